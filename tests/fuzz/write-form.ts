/** A multipart form as it is written on the wire (RFC 7578), sound unless told otherwise. */
import { contentType, toBytes } from './fuzz-case.ts';

export interface Part {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly fileName?: string;
  readonly type?: string;
  /** Instead of the lines that the other fields make. */
  readonly headLines?: readonly string[];
}

export const boundary = 'reef-4711';

export function partBytes({ name, content, fileName, type, headLines }: Part): Buffer {
  const disposition = `content-disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}`;
  const lines = headLines ?? [disposition, ...(type === undefined ? [] : [`content-type: ${type}`])];
  const head = lines.map((line) => `${line}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), Buffer.from(content)]);
}

export function formBody(parts: readonly Part[], ending = `--${boundary}--\r\n`): Buffer {
  const between = Buffer.from(`--${boundary}\r\n`);
  const line = Buffer.from('\r\n');
  return Buffer.concat([...parts.flatMap((part) => [between, partBytes(part), line]), Buffer.from(ending)]);
}

export const formType = `multipart/form-data; boundary=${boundary}`;

/** The whole request. */
export function form(path: string, parts: readonly Part[], ending?: string): Buffer {
  return toBytes({ path, headers: [contentType(formType)], body: formBody(parts, ending) });
}
