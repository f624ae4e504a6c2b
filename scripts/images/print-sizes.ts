/**
 * Prints how large the images are, and what each adds to its base; `npm run image-sizes`. Ends with status 1 when one adds
 * more than it may. Builds nothing.
 */
import { parseArgs } from 'node:util';
import { containerVariables } from '../../packages/shared/src/contract/container-variables.ts';
import { composeImages, imageBytes, megabytes } from './compose-images.ts';

/** What an image may add to its base, by the beginning of its target's name. A GPU's provider has no limit but its own. */
const addedBytesMax: Readonly<Record<string, number>> = {
  gateway: 60e6,
  'worker-yolo': 130e6,
  'worker-detectron': 130e6,
};

const { positionals: files } = parseArgs({ allowPositionals: true });
const base = process.env['NODE_IMAGE'] || containerVariables.NODE_IMAGE.default;
const baseBytes = imageBytes(base);

for (const { name, target } of composeImages(files)) {
  const bytes = imageBytes(name);
  if (bytes === undefined) {
    console.log(`${name}: not on this machine`);
    if (target !== undefined) process.exitCode = 1;
    continue;
  }
  const bytesMax = target === undefined ? undefined : addedBytesMax[target];
  if (bytesMax === undefined || baseBytes === undefined) {
    console.log(`${name}: ${megabytes(bytes)}`);
    continue;
  }
  const added = bytes - baseBytes;
  const isTooLarge = added > bytesMax;
  if (isTooLarge) process.exitCode = 1;
  const verdict = isTooLarge ? `MORE THAN the ${megabytes(bytesMax)} it may` : `of ${megabytes(bytesMax)}`;
  console.log(`${name}: ${megabytes(bytes)}, which is ${base} and ${megabytes(added)} ${verdict}`);
}
