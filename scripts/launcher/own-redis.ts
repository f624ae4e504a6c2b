/**
 * The private Redis of one start: data below the data directory, kept from start to start, one folder for each port of the
 * gateway. A Redis that a killed launcher left behind is stopped first; one that dies is started again at once.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../redis/ports.ts';
import { startPrivateRedis } from '../redis/private-redis.ts';
import type { PrivateRedis, PrivateRedisSettings } from '../redis/private-redis.ts';
import type { RedisSource, Say } from '../redis/redis-source.ts';
import { commandOf, endProcess } from './process-command.ts';
import { restartDelayMs, startingAgain } from './restart-delay.ts';
import { describeEnd } from './service-process.ts';

const memoryBytesMax = 2 * 1024 ** 3;
const stopWithinMs = 10_000;

export class OwnRedis {
  readonly #source: RedisSource;
  readonly #settings: PrivateRedisSettings;
  readonly #say: Say;
  #redis: PrivateRedis | undefined;
  #isStopping = false;

  private constructor(source: RedisSource, settings: PrivateRedisSettings, say: Say) {
    this.#source = source;
    this.#settings = settings;
    this.#say = say;
  }

  /** Throws when another launcher uses the folder, or when Redis does not come up. */
  static async start(
    source: RedisSource,
    directory: string,
    say: Say,
    { isSyncedAlways }: Pick<Required<PrivateRedisSettings>, 'isSyncedAlways'>,
  ): Promise<OwnRedis> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    await stopLeftover(directory, say);
    const settings = {
      directory,
      port: await freePort(),
      password: randomBytes(24).toString('hex'),
      memoryBytesMax: Math.min(memoryBytesMax, Math.floor(totalmem() / 2)),
      isAppendOnly: true,
      isSyncedAlways,
    };
    const own = new OwnRedis(source, settings, say);
    await own.#run();
    return own;
  }

  get url(): string {
    return this.#redis!.url;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#redis?.stop(stopWithinMs);
    rmSync(pidFile(this.#settings.directory), { force: true });
  }

  async #run(): Promise<void> {
    this.#redis = await startPrivateRedis(this.#source, this.#settings);
    writeFileSync(pidFile(this.#settings.directory), `${this.#redis.pid} ${process.pid}\n`);
    void this.#redis.ended.then((end) => this.#restart(describeEnd(end)));
  }

  async #restart(why: string): Promise<void> {
    for (let failures = 0; !this.#isStopping; failures++) {
      const waitMs = restartDelayMs(failures);
      const what = failures === 0 ? `Redis ended (${why})` : 'Redis did not come back';
      this.#say(`${what}; ${startingAgain(waitMs)}.`);
      await delay(waitMs);
      if (this.#isStopping) return;
      try {
        await this.#run();
        this.#say('Redis is ready again.');
        return;
      } catch (error) {
        this.#say((error as Error).message);
      }
    }
  }
}

function pidFile(directory: string): string {
  return join(directory, 'redis.pid');
}

async function stopLeftover(directory: string, say: Say): Promise<void> {
  let text: string;
  try {
    text = readFileSync(pidFile(directory), 'utf8');
  } catch {
    return;
  }
  const [redisPid, launcherPid] = text.trim().split(' ').map(Number);
  if (!redisPid || !launcherPid) return;
  if (launcherPid !== process.pid && commandOf(launcherPid)?.includes('scripts/launcher/main.ts')) {
    throw new Error(`Another npm start uses ${directory} (process ${launcherPid}); choose another PORT.`);
  }
  if (/redis|valkey/.test(commandOf(redisPid) ?? '')) {
    say(`Stopping a Redis that an earlier start left behind (process ${redisPid}).`);
    await endProcess(redisPid, stopWithinMs);
  }
}
