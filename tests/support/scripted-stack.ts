/** A stack with one scripted model, which ends with the test that asked for it. */
import { onTestFinished } from 'vitest';
import { connectConsumer, type Redis } from '../../packages/shared/src/redis/index.ts';
import { makeModelsFolder } from './scripted-models.ts';
import { startStack, type Stack, type StackOptions } from './stack.ts';

export interface ScriptedStackOptions extends Omit<StackOptions, 'models' | 'modelsDir'> {
  /** Further lines of the manifest. */
  readonly yaml?: string;
}

/** One thread and as many pictures at once as the manifest says, so that a test knows who computes with whom. */
const oneThread = { SHOAL_INFERENCE_THREADS: '1', SHOAL_BATCH_MAX: '8' };

export async function startScriptedStack(options: ScriptedStackOptions = {}): Promise<Stack> {
  const models = await makeModelsFolder();
  onTestFinished(() => models.remove());
  await models.add('scripted', options.yaml);
  const env = { ...oneThread, ...options.env };
  const stack = await startStack({ ...options, env, models: ['scripted'], modelsDir: models.dir });
  onTestFinished(() => stack.stop());
  return stack;
}

/** A look into the stack's Redis from outside. */
export function lookInto(stack: Stack): Redis {
  const redis = connectConsumer(stack.redis.url);
  // Some tests stop Redis on purpose.
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
}
