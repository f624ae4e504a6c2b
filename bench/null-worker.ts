/** The worker of a null model as a process: `MODEL` is its name, `NULL_MODEL_COMPUTE_MS` how long it sleeps for a picture. */
import { serveNullModel } from '../packages/worker-runtime/src/testing/index.ts';

await serveNullModel({
  name: process.env['MODEL'] ?? 'null',
  computeMs: Number(process.env['NULL_MODEL_COMPUTE_MS'] ?? 0),
});
