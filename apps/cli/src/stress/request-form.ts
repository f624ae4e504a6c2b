/**
 * The three forms in which a picture is posted: where to, and what stands before and behind its bytes. It reads no file and
 * opens no connection.
 */
import { randomBytes } from 'node:crypto';
import { mediaTypeOf } from '../pictures/picture-names.ts';

export const formKinds = ['multipart', 'raw', 'legacy'] as const;
export type FormKind = (typeof formKinds)[number];

export interface RequestFormOptions {
  readonly kind: FormKind;
  /** Of the address, without a slash at its end: `` or `/model/v1`. */
  readonly prefix: string;
  readonly model: string;
  /** Further fields: parts of a form, or the query of a bare body. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface RequestForm {
  readonly kind: FormKind;
  /** With the query. */
  readonly path: string;
  /** What surrounds the bytes of a picture of this name. */
  frame(fileName: string): Frame;
}

export interface Frame {
  readonly contentType: string;
  readonly head: Buffer;
  readonly tail: Buffer;
}

const empty = Buffer.alloc(0);

export function makeRequestForm({ kind, prefix, model, fields }: RequestFormOptions): RequestForm {
  if (kind === 'raw') {
    const query = new URLSearchParams([
      ['model', model],
      ...fields.map(([name, value]): [string, string] => [name, value]),
    ]);
    return {
      kind,
      path: `${prefix}/v1/predictions?${query.toString()}`,
      frame: (fileName) => ({ contentType: mediaTypeOf(fileName), head: empty, tail: empty }),
    };
  }
  const names =
    kind === 'legacy' ? { model: 'model_type', picture: 'file' } : { model: 'model', picture: 'image' };
  const boundary = `shoal-${randomBytes(16).toString('hex')}`;
  const texts = [[names.model, model] as const, ...fields]
    .map(([name, value]) => part(boundary, `name="${quoted(name)}"`, `\r\n\r\n${value}\r\n`))
    .join('');
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    kind,
    // The older server answers the address without the slash with a redirect.
    path: kind === 'legacy' ? `${prefix}/predictor/` : `${prefix}/v1/predictions`,
    frame: (fileName) => {
      const file = part(
        boundary,
        `name="${names.picture}"; filename="${quoted(fileName)}"`,
        `\r\nContent-Type: ${mediaTypeOf(fileName)}\r\n\r\n`,
      );
      return {
        contentType: `multipart/form-data; boundary=${boundary}`,
        head: Buffer.from(texts + file),
        tail,
      };
    },
  };
}

const part = (boundary: string, names: string, rest: string): string =>
  `--${boundary}\r\nContent-Disposition: form-data; ${names}${rest}`;

/** As browsers write names (HTML standard, multipart form data). */
const quoted = (name: string): string =>
  name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
