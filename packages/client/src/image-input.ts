/** The forms in which a caller may hand over a picture. Each can be sent more than once, since a request may be repeated. */

export type ImageBytes = Blob | Uint8Array | ArrayBuffer;

/** A picture that is opened when its turn comes, and again for every repetition. */
export interface LazyImage {
  /** What it is called in a form; a file's base name. */
  readonly name?: string | undefined;
  /** Counted against the local queue's `bytesMax`; a picture that does not say its size counts as nothing. */
  readonly sizeBytes?: number | undefined;
  open(): ImageBytes | Promise<ImageBytes>;
}

/** A `URL` is fetched by the server, where its operator allows the host. */
export type ImageInput = ImageBytes | LazyImage | URL;
