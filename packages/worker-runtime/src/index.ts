export type * from './adapter.ts';
export { runWorker } from './run-worker.ts';
