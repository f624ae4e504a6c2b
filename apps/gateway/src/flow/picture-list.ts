/** The pictures of one request as they are read: bounded in number and in bytes together, each with its own refusal. */
import { ServiceError } from '@shoal/shared/contract';
import { lengthOf, type Bytes } from '@shoal/shared/redis';

/** The bytes of a picture, or why there are none: in a list, that is no reason to refuse the others. */
export type ReadPicture = Bytes | ServiceError;

export interface PictureListLimits {
  readonly requestBytesMax: number;
  readonly picturesMax: number;
}

export class PictureList {
  readonly #limits: PictureListLimits;
  readonly #pictures: ReadPicture[] = [];
  #bytes = 0;

  constructor(limits: PictureListLimits) {
    this.#limits = limits;
  }

  get pictures(): readonly ReadPicture[] {
    return this.#pictures;
  }

  /** Throws when they are too many, in number or in bytes, or when what failed is not the picture's own fault. */
  async add(field: string, reading: Promise<Bytes>): Promise<void> {
    const { picturesMax, requestBytesMax } = this.#limits;
    const picture = await reading.catch((error: unknown) => {
      if (error instanceof ServiceError && error.kind === 'answer') return error;
      throw error;
    });
    if (this.#pictures.length >= picturesMax) {
      throw new ServiceError(
        'options_invalid',
        `${field}: expected at most ${picturesMax} pictures, came more`,
      );
    }
    const length = picture instanceof ServiceError ? undefined : lengthOf(picture);
    this.#bytes += length ?? 0;
    if (this.#bytes > requestBytesMax) {
      throw new ServiceError(
        'upload_too_large',
        `the pictures of this request are larger than ${requestBytesMax} bytes together: send them in several`,
      );
    }
    this.#pictures.push(
      length === 0
        ? new ServiceError('upload_missing', `${field}: expected a picture, came 0 bytes`)
        : picture,
    );
  }
}
