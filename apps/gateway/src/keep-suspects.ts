/**
 * The ending of a prediction that no worker answered lets go of its picture. If a worker died with it alone by then, it is
 * probably poison, and nobody would learn of it: callers that wait have gone before it was tried often enough to be given
 * up. So such a picture goes into quarantine before it is ended. Whether it can or not, it is ended.
 */
import { suspectOf, type Quarantined, type Settings } from '@shoal/shared/contract';
import {
  quarantineLimits,
  readCondition,
  type ExchangeStore,
  type QuarantineStore,
  type Redis,
  type Starts,
} from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';

export interface SuspectSources {
  readonly redis: Redis;
  readonly exchange: Pick<ExchangeStore, 'publishResult' | 'inspect' | 'look'>;
  readonly quarantine: Pick<QuarantineStore, 'setAside'>;
  readonly settings: Pick<Settings, 'SHOAL_QUARANTINE_TTL_MS' | 'SHOAL_QUARANTINE_BYTES_MAX'>;
  readonly log: Pick<Logger, 'warn'>;
}

/** One may be a run that is under way and well. */
const runsAloneOfTheInnocent = 1;

/** What is published through it are endings, by deadline or by the caller. */
export function keepSuspects(sources: SuspectSources): Pick<ExchangeStore, 'publishResult'> {
  const { exchange, log } = sources;
  return {
    async publishResult(result, job, options) {
      // Without Redis this fails as the ending would, and is tried again with it.
      const { starts } = await exchange.inspect(job.id);
      if (starts.alone > runsAloneOfTheInnocent && result.status !== 'succeeded') {
        await keep(job.id, result.status, starts, sources).catch((error: unknown) =>
          log.warn({ err: error, id: job.id }, 'a suspect could not be kept for the operator'),
        );
      }
      return exchange.publishResult(result, job, options);
    },
  };
}

async function keep(
  id: string,
  answeredAs: Quarantined['answeredAs'],
  deaths: Starts,
  { redis, exchange, quarantine, settings, log }: SuspectSources,
): Promise<void> {
  const [look, { maxBytes }] = await Promise.all([exchange.look(id), readCondition(redis)]);
  if (look?.kind !== 'open') return;
  const { job } = look.open;
  const kept = await quarantine.setAside(
    { ...suspectOf(job), answeredAs, setAsideAtMs: Date.now(), deaths },
    quarantineLimits(settings, maxBytes),
  );
  log.warn({ id, requestId: job.requestId, deaths, ...kept }, 'a suspect that ended was put into quarantine');
}
