/**
 * Writes small ONNX files, so that tests run real graphs in the real runtime for export layouts of which there are no
 * weights to keep. It knows the wire format of onnx.proto and no operator: what the nodes mean is the test's.
 */
import { PbfWriter } from 'pbf';

/** `TensorProto.DataType`. */
const dataTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10 } as const;
export type OnnxType = keyof typeof dataTypes;

export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  /** A number is frozen, a string a free axis of that name. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxConstant {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  /** Little-endian bytes of the type; float16 as raw bits. */
  readonly data: Float32Array | Uint16Array | Uint8Array | Int32Array | BigInt64Array;
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** An integer, or a list of them; other kinds of attributes no test needed yet. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export interface OnnxGraph {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly constants?: readonly OnnxConstant[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Recent enough for what exporters use, old enough for every runtime that is in use. */
const irVersion = 8;
const opsetVersion = 17;

/** `TensorProto.DataType` by name, for the `to` of a Cast. */
export function onnxDataType(type: OnnxType): number {
  return dataTypes[type];
}

export function writeOnnxFile(graph: OnnxGraph): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarintField(1, irVersion);
  writer.writeMessage(7, writeGraph, graph);
  writer.writeMessage(8, writeOpset, opsetVersion);
  for (const entry of Object.entries(graph.metadata ?? {})) writer.writeMessage(14, writeMetadata, entry);
  return writer.finish();
}

function writeOpset(version: number, writer: PbfWriter): void {
  writer.writeStringField(1, '');
  writer.writeVarintField(2, version);
}

function writeMetadata([key, value]: readonly [string, string], writer: PbfWriter): void {
  writer.writeStringField(1, key);
  writer.writeStringField(2, value);
}

function writeGraph(graph: OnnxGraph, writer: PbfWriter): void {
  for (const node of graph.nodes) writer.writeMessage(1, writeNode, node);
  writer.writeStringField(2, 'test');
  for (const constant of graph.constants ?? []) writer.writeMessage(5, writeConstant, constant);
  for (const input of graph.inputs) writer.writeMessage(11, writeValue, input);
  for (const output of graph.outputs) writer.writeMessage(12, writeValue, output);
}

function writeNode(node: OnnxNode, writer: PbfWriter): void {
  for (const input of node.inputs) writer.writeStringField(1, input);
  for (const output of node.outputs) writer.writeStringField(2, output);
  writer.writeStringField(4, node.op);
  for (const attribute of Object.entries(node.attributes ?? {})) {
    writer.writeMessage(5, writeAttribute, attribute);
  }
}

/** `AttributeProto`: its type is 2 for an INT, 7 for INTS. */
function writeAttribute(
  [name, value]: readonly [string, number | readonly number[]],
  writer: PbfWriter,
): void {
  writer.writeStringField(1, name);
  if (typeof value === 'number') {
    writer.writeVarintField(3, value);
    writer.writeVarintField(20, 2);
  } else {
    for (const element of value) writer.writeVarintField(8, element);
    writer.writeVarintField(20, 7);
  }
}

function writeConstant({ name, type, dims, data }: OnnxConstant, writer: PbfWriter): void {
  for (const dim of dims) writer.writeVarintField(1, dim);
  writer.writeVarintField(2, dataTypes[type]);
  writer.writeStringField(8, name);
  writer.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValue({ name, type, shape }: OnnxValue, writer: PbfWriter): void {
  writer.writeStringField(1, name);
  writer.writeMessage(2, writeType, { type, shape });
}

function writeType(value: Pick<OnnxValue, 'type' | 'shape'>, writer: PbfWriter): void {
  writer.writeMessage(1, writeTensorType, value);
}

function writeTensorType({ type, shape }: Pick<OnnxValue, 'type' | 'shape'>, writer: PbfWriter): void {
  writer.writeVarintField(1, dataTypes[type]);
  writer.writeMessage(2, writeShape, shape);
}

function writeShape(shape: OnnxValue['shape'], writer: PbfWriter): void {
  for (const axis of shape) writer.writeMessage(1, writeAxis, axis);
}

function writeAxis(axis: number | string, writer: PbfWriter): void {
  if (typeof axis === 'number') writer.writeVarintField(1, axis);
  else writer.writeStringField(2, axis);
}
