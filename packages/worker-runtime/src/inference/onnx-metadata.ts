/**
 * What a session does not show of an ONNX file: the `metadata_props` (labels, stride, task) and who wrote it. It walks over
 * the outermost message only (`ModelProto` of onnx.proto) and leaves graph and weights unread.
 */
import { PbfReader } from 'pbf';

/** Field numbers of ModelProto and of its StringStringEntryProto. */
const producerNameField = 2;
const producerVersionField = 3;
const graphField = 7;
const metadataField = 14;
const keyField = 1;
const valueField = 2;

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

/** Keys to values, empty when the file has none. Throws an Error that says why the bytes are not an ONNX file. */
export function readOnnxMetadata(bytes: Uint8Array): Readonly<Record<string, string>> {
  const reader = new PbfReader(bytes);
  const entries: [string, string][] = [];
  let hasGraph = false;
  for (const field of fieldsOf(reader, bytes.length)) {
    if (field.number === graphField && field.wire === lengthDelimited) hasGraph = true;
    if (field.number === metadataField && field.wire === lengthDelimited) {
      entries.push(readEntry(reader, field.end));
    }
  }
  if (!hasGraph) throw notOnnx(bytes.length === 0 ? 'it is empty' : 'it holds no graph');
  return Object.fromEntries(entries);
}

/** The program that wrote the file, with its version: `pytorch 2.4.0`. Undefined where it does not say. Throws as above. */
export function readOnnxProducer(bytes: Uint8Array): string | undefined {
  const reader = new PbfReader(bytes);
  let [name, version] = ['', ''];
  for (const field of fieldsOf(reader, bytes.length)) {
    if (field.wire !== lengthDelimited) continue;
    if (field.number === producerNameField) name = readText(reader, field.end);
    if (field.number === producerVersionField) version = readText(reader, field.end);
  }
  return `${name} ${version}`.trim() || undefined;
}

/** The reader stands at each field's content when it is yielded, and behind it after that. */
function* fieldsOf(reader: PbfReader, end: number): Generator<Field> {
  while (reader.pos < end) {
    const field = nextField(reader, end);
    yield field;
    reader.pos = field.end;
  }
}

interface Field {
  readonly number: number;
  readonly wire: number;
  readonly end: number;
}

/** Reads a tag and leaves the reader at the field's content. pbf itself reads past the end without complaint. */
function nextField(reader: PbfReader, limit: number): Field {
  const tag = readVarint(reader, limit);
  const wire = tag & 7;
  const number = tag >>> 3;
  const end = number === 0 ? undefined : endOfField(reader, wire, limit);
  if (end === undefined) throw notOnnx('its bytes are no protocol buffer');
  if (end > limit) throw notOnnx('it ends in the middle of a field, as after a broken download');
  return { number, wire, end };
}

function endOfField(reader: PbfReader, wire: number, limit: number): number | undefined {
  if (wire === lengthDelimited) {
    const length = readVarint(reader, limit);
    return reader.pos + length;
  }
  if (wire === fixed32) return reader.pos + 4;
  if (wire === fixed64) return reader.pos + 8;
  if (wire !== varint) return undefined;
  const start = reader.pos;
  readVarint(reader, limit);
  const end = reader.pos;
  reader.pos = start;
  return end;
}

function readVarint(reader: PbfReader, limit: number): number {
  let value: number;
  try {
    value = reader.readVarint();
  } catch {
    throw notOnnx('its bytes are no protocol buffer');
  }
  if (reader.pos > limit) throw notOnnx('it ends in the middle of a field, as after a broken download');
  return value;
}

function readEntry(reader: PbfReader, end: number): [string, string] {
  let key = '';
  let value = '';
  for (const field of fieldsOf(reader, end)) {
    if (field.wire === lengthDelimited && (field.number === keyField || field.number === valueField)) {
      const text = readText(reader, field.end);
      if (field.number === keyField) key = text;
      else value = text;
    }
  }
  return [key, value];
}

function readText(reader: PbfReader, end: number): string {
  return new TextDecoder().decode(reader.buf.subarray(reader.pos, end));
}

function notOnnx(reason: string): Error {
  return new Error(`this is not an ONNX file: ${reason}`);
}
