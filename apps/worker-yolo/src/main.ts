/** The YOLO worker process: the runtime, with this family's adapter. */
import { runWorker } from '@shoal/worker-runtime';
import { adapter } from './adapter.ts';

await runWorker({ adapter, entry: import.meta.url });
