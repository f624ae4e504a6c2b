/**
 * `npm run pin-images`: reads at their registries what the images that the project builds on and starts are now, and writes
 * them with their digests into `.env`, where Compose and its builds find them. Either all that were asked for are
 * written or nothing is. Exit status 0: done. 1: with --check, something is not as it is at its registry. 2: refused,
 * or something could not be read.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './compose-images.ts';
import { parseImageReference } from './image-reference.ts';
import {
  ImageChoiceError,
  chosenImages,
  imageDefaults,
  kustomizeComponent,
  withValues,
  type ChosenImage,
} from './image-variables.ts';
import { readManifest, type ReadManifest } from './read-digest.ts';

/** Variables to pin; all where none is named. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    'env-file': { type: 'string', default: join(root, '.env') },
    kustomize: { type: 'string' },
  },
});
const envFile = resolve(values['env-file']);
const componentFile =
  values.kustomize === undefined ? undefined : join(resolve(values.kustomize), 'kustomization.yaml');

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

type Read = ChosenImage & ReadManifest;

async function readAll(images: readonly ChosenImage[]): Promise<readonly Read[]> {
  const answers = await Promise.allSettled(images.map(({ tagged }) => readManifest(tagged)));
  return answers.flatMap((answer, index) => {
    const image = images[index]!;
    if (answer.status === 'fulfilled') return [{ ...image, ...answer.value }];
    console.error(`${image.variable}: ${image.tagged} cannot be read: ${(answer.reason as Error).message}`);
    return [];
  });
}

function stateOf({ reference, digest }: Read): string {
  if (reference.digest === undefined) return 'NOT PINNED';
  return reference.digest === digest ? 'current' : `OUT OF DATE (${reference.digest})`;
}

function sayMore({ variable, reference, tagged, isForManyPlatforms }: Read): void {
  if (!isForManyPlatforms) console.log(`  ${tagged} is for one platform only`);
  const ours = imageDefaults.get(variable)!;
  const isOtherTag = parseImageReference(ours)?.name === reference.name && ours !== tagged;
  if (isOtherTag) console.log(`  ${ours} is what this version of Shoal takes by itself`);
}

function check(read: readonly Read[], component: string | undefined): void {
  for (const image of read) {
    const state = stateOf(image);
    console.log(`${image.variable}: ${state}: ${image.tagged} is now ${image.digest}`);
    sayMore(image);
    if (state !== 'current') process.exitCode = 1;
  }
  if (component !== undefined && textOf(componentFile!) !== component) {
    console.log(`${componentFile}: OUT OF DATE`);
    process.exitCode = 1;
  }
}

function write(read: readonly Read[], component: string | undefined): void {
  const envText = textOf(envFile);
  const pins = read.map(({ variable, tagged, digest }) => [variable, `${tagged}@${digest}`] as const);
  const pinned = withValues(envText, new Map(pins));
  if (component !== undefined) {
    mkdirSync(dirname(componentFile!), { recursive: true });
    writeFileSync(componentFile!, component);
  }
  if (pinned !== envText) writeFileSync(envFile, pinned);
  for (const image of read) {
    console.log(`${image.variable}=${image.tagged}@${image.digest}`);
    sayMore(image);
  }
}

try {
  const names = positionals.length > 0 ? positionals : [...imageDefaults.keys()];
  const images = chosenImages(names, textOf(envFile), process.env);
  const read = await readAll(images);
  const component = componentFile === undefined ? undefined : kustomizeComponent(read);
  const isComplete = read.length === images.length;
  if (values.check) check(read, isComplete ? component : undefined);
  else if (isComplete) write(read, component);
  else console.error(`Nothing was written to ${envFile}.`);
  if (!isComplete) process.exitCode = 2;
} catch (error) {
  if (!(error instanceof ImageChoiceError) && !isSystemError(error)) throw error;
  console.error(`Nothing was pinned. ${error.message}`);
  process.exitCode = 2;
}

/** A file that cannot be read or written is the operator's to mend, and no bug. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
