/**
 * Has onnxruntime-node load its CUDA provider, in the image that is to run it, and fails when a library is missing; the
 * runtime itself writes which. It needs no GPU: that there is none may only show after everything was loaded. Plain
 * JavaScript, since the build of the image runs it; the argument is the folder of the package.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [folder = 'node_modules/onnxruntime-node'] = process.argv.slice(2);
const { InferenceSession } = createRequire(import.meta.url)(resolve(folder));

/** The smallest graph: y = -x. */
const graph = Buffer.from(
  'CAg6NQoLCgF4EgF5IgNOZWcSBHRlc3RaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAR',
  'base64',
);

try {
  await InferenceSession.create(graph, { executionProviders: ['cuda'] });
  console.log('The CUDA provider loads, and there is a GPU.');
} catch (error) {
  // Only a provider that was loaded gets as far as asking the driver.
  const reason = /CUDA failure \d+: [^;]+/.exec(error.message)?.[0];
  if (reason === undefined) throw error;
  console.log(`The CUDA provider loads; without a GPU it ends with: ${reason}`);
}
