/**
 * The story of one start, from the settings to the last process gone. Every failure before the services are ready ends
 * in a sentence and exit status 1, with nothing left running.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readSettings } from '../../packages/shared/src/service/settings.ts';
import { listModelFolders } from '../../packages/worker-runtime/src/model-folder/list-model-folders.ts';
import { readModelFolder } from '../../packages/worker-runtime/src/model-folder/read-model-folder.ts';
import { findRedis } from '../redis/find-redis.ts';
import { freePort, whyNotListen } from '../redis/ports.ts';
import { ensureProgramBuild, ensureWebBuild } from '../setup/web-build.ts';
import { addressFor, explainPort } from './address.ts';
import { announcement } from './announcement.ts';
import { chooseModels, listFamilies } from './choose-models.ts';
import type { FoundModel, ModelToStart } from './choose-models.ts';
import { OwnRedis } from './own-redis.ts';
import { serve } from './serve.ts';
import type { StopRequest } from './stop-request.ts';

/** On top of what a service may take to finish what is in flight. */
const stopMarginMs = 3_000;

const say = (line: string): void => console.log(line);

/** The exit status: 0 after a stop that was asked for, 1 when it did not come to be ready. */
export async function launch(root: string, env: NodeJS.ProcessEnv, request: StopRequest): Promise<number> {
  try {
    await startAndKeep(root, env, request);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

async function startAndKeep(root: string, env: NodeJS.ProcessEnv, request: StopRequest): Promise<void> {
  const settings = readSettings(env);
  const host = settings.HOST;
  const port = settings.PORT === 0 ? await freePort() : settings.PORT;
  const portProblem = await whyNotListen(host, port);
  if (portProblem !== undefined) throw new Error(explainPort(portProblem, host, port, await freePort()));
  const modelsDirectory = resolve(root, settings.MODELS_DIR);
  const models = await readModels(root, modelsDirectory, settings.MODELS);
  await ensureWebBuild(root, say);
  await ensureProgramBuild(root, say);

  const dataDirectory = join(root, '.data');
  const address = addressFor(host, port);
  const redis =
    settings.REDIS_URL === undefined
      ? await OwnRedis.start(await findRedis(dataDirectory, say), join(dataDirectory, `redis-${port}`), say, {
          isSyncedAlways: settings.SHOAL_REDIS_FSYNC === 'always',
        })
      : undefined;
  try {
    const serving = {
      root,
      models,
      address,
      say,
      logDirectory: join(dataDirectory, `logs-${port}`),
      env: {
        ...env,
        HOST: host,
        PORT: String(port),
        REDIS_URL: redis?.url ?? settings.REDIS_URL,
        MODELS_DIR: modelsDirectory,
      },
      stopWithinMs: settings.SHOAL_LAME_DUCK_MS + settings.SHOAL_DRAIN_MS + stopMarginMs,
    };
    const examplePath = findExample(root, env);
    const asksForKeys = settings.SHOAL_API_KEYS_FILE !== undefined;
    await serve(
      {
        ...serving,
        announce: (ready) => announcement({ address, host, models: ready, examplePath, asksForKeys }),
      },
      request,
    );
  } finally {
    await redis?.stop();
  }
  say('Stopped.');
}

async function readModels(
  root: string,
  directory: string,
  wanted: readonly string[] | undefined,
): Promise<ModelToStart[]> {
  const found = (await listModelFolders(directory)).map(
    async (folder): Promise<[string, FoundModel | Error]> => {
      try {
        const { name, manifest } = await readModelFolder(join(directory, folder));
        return [folder, { name, adapter: manifest.adapter }];
      } catch (error) {
        return [folder, error as Error];
      }
    },
  );
  return chooseModels(
    { directory, folders: new Map(await Promise.all(found)), families: listFamilies(root) },
    wanted,
  );
}

/** Relative to where the person typed `npm start`, which npm remembers while it runs the script in the root. */
function findExample(root: string, env: NodeJS.ProcessEnv): string | undefined {
  const directory = join(root, 'examples');
  if (!existsSync(directory)) return undefined;
  const picture = readdirSync(directory)
    .filter((name) => /\.(png|jpe?g|webp)$/i.test(name))
    .toSorted()[0];
  return picture === undefined
    ? undefined
    : relative(env['INIT_CWD'] ?? process.cwd(), join(directory, picture));
}
