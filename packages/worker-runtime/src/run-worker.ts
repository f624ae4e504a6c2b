/**
 * The entry of every worker app. The app's main file runs twice: in the main thread, which does I/O, and again in the
 * inference threads, which do arithmetic. With `check` as its first argument it looks at a folder, and serves nothing. Each
 * side loads only what it needs.
 */
import { isMainThread } from 'node:worker_threads';
import type { ModelAdapter } from './adapter.ts';

/** `entry` is the `import.meta.url` of the app's main file: what an inference thread is started from. */
export async function runWorker(app: { adapter: ModelAdapter; entry: string }): Promise<void> {
  if (isMainThread && process.argv[2] === 'check') {
    const { checkCommand } = await import('./check/check-command.ts');
    process.exitCode = await checkCommand(app.adapter, process.argv.slice(3));
  } else if (isMainThread) {
    const { serveModel } = await import('./serve-model.ts');
    await serveModel(app.adapter, new URL(app.entry));
  } else {
    const { serveInference } = await import('./inference/inference-thread.ts');
    await serveInference(app.adapter);
  }
}
