/**
 * One run: callers and a saboteur at the same time, then quiet, in which everything accepted must come to its answer, then
 * the account. What is under test is handed in, and not started or stopped here.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { accountOf, type Judgement } from './account.ts';
import { call, finalOf } from './call.ts';
import { startClient, type Client } from './client.ts';
import { dueWebhooks, emptyHistory, type History, type SentRequest } from './history.ts';
import type { Installation } from './installation.ts';
import { drawNumbered, drawScripted, mismatchOf, numberedPicture } from './numbered-picture.ts';
import { startReader, type Reader } from './reader.ts';
import { reportOf, type Report } from './report.ts';
import { planRequests, type PlannedRequest } from './request-plan.ts';
import { planSabotage } from './sabotage-plan.ts';
import { startSabotage, type Saboteur } from './saboteur.ts';
import { startReceiver } from './webhook-receiver.ts';

export interface ChaosOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly perSecond: number;
  readonly gapMs: readonly [min: number, max: number];
  /** After the last blow everything accepted must be answered within this. */
  readonly patienceMs: number;
  /** Ends the run early, in order. */
  readonly signal?: AbortSignal;
  readonly say: (line: string) => void;
}

const progressIntervalMs = 5_000;
const waitDeadlineMs = 25_000;
const asyncDeadlineMs = 3_600_000;

export async function runChaos(installation: Installation, options: ChaosOptions): Promise<Report> {
  const { seconds, seed, signal } = options;
  const history = emptyHistory();
  await installation.watch(history);
  const receiver = installation.callsBack ? await startReceiver(history) : undefined;
  const reader = startReader(installation.urls, history);
  const startMs = Date.now();
  const client = startClient(planRequests({ ...options, ...installation }), startMs, {
    urls: installation.urls,
    model: installation.model,
    run: randomBytes(6).toString('hex'),
    history,
    webhook: receiver,
    draw: (request) => draw(seed, request),
    onAccepted: (id) => reader.track(id),
  });
  const counts = { worker: 0, gateway: 0, redis: 0 };
  for (const { kind } of installation.victims) counts[kind] += 1;
  const canCut = installation.victims.some((victim) => victim.cut !== undefined);
  const blows = planSabotage({ seed, seconds, counts, canCut, gapMs: options.gapMs });
  const saboteur = startSabotage(blows, installation.victims, startMs, history);
  const progress = setInterval(
    () => options.say(progressLine(startMs, history, client, reader, saboteur)),
    progressIntervalMs,
  );
  let ranMs = 0;
  try {
    await delay(seconds * 1_000, undefined, signal && { signal }).catch(() => undefined);
    client.stop();
    ranMs = Date.now() - startMs;
    await saboteur.stop();
    options.say('quiet from now on: everything accepted must come to its answer');
    await settle(installation, client, reader, history, options);
  } finally {
    clearInterval(progress);
    client.stop();
    await saboteur.stop();
    await reader.stop();
    receiver?.stop();
  }
  await installation.collect(history);
  const { open } = await installation.knownIds();
  const account = accountOf(history, await judgementOf(installation, history, options));
  return reportOf(history, account, {
    seed,
    seconds: Math.round(ranMs / 1_000),
    model: installation.model,
    leftOpen: open.length,
  });
}

function draw(seed: number, { index, sort, isSlow }: PlannedRequest): Promise<Buffer> {
  if (sort === 'poison') return drawScripted(seed, index, 'dies');
  return isSlow ? drawScripted(seed, index, 'takesLong') : drawNumbered(seed, index);
}

async function settle(
  installation: Installation,
  client: Client,
  reader: Reader,
  history: History,
  { patienceMs }: ChaosOptions,
): Promise<void> {
  const endMs = Date.now() + patienceMs;
  await Promise.race([client.done, delay(patienceMs)]);
  // Whoever was never told what became of a request: Redis knows which prediction it is.
  const known = new Set(history.acceptances.map(({ id }) => id));
  const { claimed, open } = await installation.knownIds();
  for (const [ids, by] of [
    [claimed, 'claim'],
    [open, 'row'],
  ] as const) {
    for (const id of ids) {
      if (known.has(id)) continue;
      known.add(id);
      history.acceptances.push({ id, request: undefined, atMs: Date.now(), by });
      reader.track(id);
    }
  }
  while (reader.open().length > 0 && Date.now() < endMs) await delay(500);
  const isDelivered = (): boolean => {
    const delivered = new Set(history.deliveries.map(({ id }) => id));
    return dueWebhooks(history).every((id) => delivered.has(id));
  };
  while (installation.callsBack && !isDelivered() && Date.now() < endMs) await delay(500);
  await reader.askAll();
}

/**
 * A model may see nothing where a shape is. Of each answer that does not fit, the picture is sent again in the quiet: if
 * it gets the same then, the answer was its own.
 */
async function judgementOf(
  { urls, model }: Installation,
  history: History,
  { seed }: ChaosOptions,
): Promise<Judgement> {
  const requestOf = new Map(history.acceptances.map(({ id, request }) => [id, request]));
  const fits = new Set<string>();
  const plainMismatch = (request: SentRequest, result: Parameters<Judgement['mismatch']>[1]) =>
    mismatchOf(numberedPicture(seed, request.index), result, request.isSlow);
  const looked = new Set<string>();
  for (const { id, result } of history.answers) {
    const request = history.requests.get(requestOf.get(id) ?? -1);
    if (looked.has(id) || request === undefined || plainMismatch(request, result) === undefined) continue;
    looked.add(id);
    const { body } = await call(`${urls[0]}/v1/predictions?model=${model}`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: await draw(seed, request),
      timeoutMs: 30_000,
    });
    const again = finalOf(body);
    if (again?.status !== 'succeeded' || result.status !== 'succeeded') continue;
    const told = ({ image, detections }: typeof again) =>
      JSON.stringify([
        image,
        detections.map(({ label, box }) => [label, Math.round(box.x1), Math.round(box.y1)]),
      ]);
    if (told(again) === told(result)) fits.add(id);
  }
  return {
    mismatch: (request, result) => (fits.has(result.id) ? undefined : plainMismatch(request, result)),
    deadlineMsOf: ({ sort }) =>
      sort === 'waits' || sort === 'waits briefly' || sort === 'hangs up' ? waitDeadlineMs : asyncDeadlineMs,
  };
}

function progressLine(
  startMs: number,
  history: History,
  client: Client,
  reader: Reader,
  saboteur: Saboteur,
): string {
  const atS = Math.round((Date.now() - startMs) / 1_000);
  const refused = history.attempts.filter(({ outcome }) => outcome === 'refused').length;
  const broken = history.attempts.filter(({ outcome }) => outcome === 'broken').length;
  const accepted = new Set(history.acceptances.map(({ id }) => id)).size;
  return (
    `${String(atS).padStart(4)} s  sent ${history.requests.size}, accepted ${accepted}, open ${reader.open().length}, ` +
    `callers waiting ${client.underWay}, refused ${refused}, broken ${broken}; ` +
    `blows ${history.disturbances.length}, last: ${saboteur.last}`
  );
}
