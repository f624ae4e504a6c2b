/**
 * The variables that name images, and what `.env` says of them: reads the text of that file and makes a new one with
 * pinned images in it. Opens no file and asks no registry.
 */
import { parseEnv } from 'node:util';
import { variables, type Variable } from '../../packages/shared/src/contract/index.ts';
import { parseImageReference, taggedName, type ImageReference } from './image-reference.ts';

/** Every image that is not our own is named by one of these, with its default; a test holds the project to that. */
export const imageDefaults: ReadonlyMap<string, string> = new Map(
  Object.entries<Variable>(variables)
    .filter(([name]) => name.endsWith('_IMAGE'))
    .map(([name, { default: image = '' }]) => [name, image]),
);

/** Those of them that deploy/kubernetes starts as well. */
export const kubernetesImages: readonly string[] = ['REDIS_IMAGE'];

export interface ChosenImage {
  readonly variable: string;
  readonly reference: ImageReference;
  /** What the reference has for a tag; engines take `latest` where there is none. */
  readonly tagged: string;
}

/** What cannot be pinned, with the reason. */
export class ImageChoiceError extends Error {}

/**
 * What Compose would take for each variable: the value in `envText`, which is a `.env` file, or else the default. Throws
 * `ImageChoiceError` where that is not to be pinned.
 */
export function chosenImages(
  names: readonly string[],
  envText: string,
  environment: NodeJS.ProcessEnv,
): readonly ChosenImage[] {
  const written = parseEnv(envText);
  return names.map((variable) => {
    const byDefault = imageDefaults.get(variable);
    if (byDefault === undefined) {
      throw new ImageChoiceError(`${variable} names no image: ${[...imageDefaults.keys()].join(', ')} do`);
    }
    if (environment[variable] !== undefined) {
      throw new ImageChoiceError(
        `${variable} is set in the environment, which Compose takes before any file: unset it, or name the others`,
      );
    }
    const value = written[variable] || byDefault;
    const reference = parseImageReference(value);
    if (reference === undefined) throw new ImageChoiceError(`${variable}: "${value}" is not name:tag`);
    if (reference.tag === undefined && reference.digest !== undefined) {
      throw new ImageChoiceError(`${variable}: ${value} has no tag that its digest could be read for`);
    }
    return { variable, reference, tagged: taggedName({ tag: 'latest', ...reference }) };
  });
}

/** `envText` with these values, and all else as it was. Throws `ImageChoiceError` where an edit would change more. */
export function withValues(envText: string, values: ReadonlyMap<string, string>): string {
  let text = envText;
  for (const [name, value] of values) {
    const line = new RegExp(`^([ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=).*?([ \\t]+#.*)?$`, 'gm');
    const last = [...text.matchAll(line)].at(-1);
    if (last === undefined) {
      text += `${text === '' || text.endsWith('\n') ? '' : '\n'}${name}=${value}\n`;
    } else {
      const [whole, beginning = '', comment = ''] = last;
      const rest = text.slice(last.index + whole.length);
      text = `${text.slice(0, last.index)}${beginning}${value}${comment}${rest}`;
    }
  }
  const before = { ...parseEnv(envText), ...Object.fromEntries(values) };
  const after = parseEnv(text);
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[name] !== after[name])
      throw new ImageChoiceError(`the line of ${name} cannot be edited safely`);
  }
  return text;
}

/**
 * A kustomize component that gives the images of deploy/kubernetes their names, tags and digests. Throws
 * `ImageChoiceError` where none of them is among those that were read.
 */
export function kustomizeComponent(read: readonly (ChosenImage & { readonly digest: string })[]): string {
  const images = read.filter(({ variable }) => kubernetesImages.includes(variable));
  if (images.length === 0) throw new ImageChoiceError(`Kubernetes runs ${kubernetesImages.join(', ')} only`);
  return `${[
    '# Written by `npm run pin-images`. An overlay takes it in by naming this folder under `components`.',
    'apiVersion: kustomize.config.k8s.io/v1alpha1',
    'kind: Component',
    'images:',
    ...images.flatMap(({ variable, tagged, digest }) => {
      const { name, tag } = parseImageReference(tagged)!;
      return [
        `  - name: ${parseImageReference(imageDefaults.get(variable)!)!.name}`,
        `    newName: ${name}`,
        `    newTag: '${tag}'`,
        `    digest: ${digest}`,
      ];
    }),
  ].join('\n')}\n`;
}
