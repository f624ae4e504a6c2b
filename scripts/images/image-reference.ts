/**
 * What an image is called: `name:tag@digest`, as engines, Compose and the FROM of a Dockerfile read it. Knows nothing of
 * registries, and makes no digest.
 */
export interface ImageReference {
  /** With the registry in front, where one is named. */
  readonly name: string;
  readonly tag?: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest?: string;
}

const form =
  /^([a-z0-9][\w.-]*(?::\d+(?=\/))?(?:\/[\w.-]+)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/i;

/** Undefined when `text` is no reference. A port of the registry is not taken for a tag. */
export function parseImageReference(text: string): ImageReference | undefined {
  const [, name, tag, digest] = form.exec(text) ?? [];
  if (name === undefined) return undefined;
  return { name, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** The name and the tag, which is what a person chose. */
export const taggedName = ({ name, tag }: ImageReference): string =>
  tag === undefined ? name : `${name}:${tag}`;
