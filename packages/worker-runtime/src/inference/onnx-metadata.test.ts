import fc from 'fast-check';
import { PbfWriter } from 'pbf';
import { expect, test } from 'vitest';
import { writeOnnxFile } from '../testing/onnx-file.ts';
import type { OnnxGraph } from '../testing/onnx-file.ts';
import { readOnnxMetadata, readOnnxProducer } from './onnx-metadata.ts';

const graph: OnnxGraph = {
  inputs: [{ name: 'x', type: 'float32', shape: [1] }],
  outputs: [{ name: 'y', type: 'float32', shape: [1] }],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
};

test('all of the metadata is read', () => {
  const metadata = { names: "{0: 'café'}", stride: '32', empty: '' };
  expect(readOnnxMetadata(writeOnnxFile({ ...graph, metadata }))).toEqual(metadata);
});

test('a file without metadata has none', () => {
  expect(readOnnxMetadata(writeOnnxFile(graph))).toEqual({});
});

test('who wrote the file is read from beside the graph', () => {
  const told = new PbfWriter();
  told.writeStringField(2, 'pytorch');
  told.writeStringField(3, '2.4.0');
  expect(readOnnxProducer(Buffer.concat([writeOnnxFile(graph), told.finish()]))).toBe('pytorch 2.4.0');
  expect(readOnnxProducer(writeOnnxFile(graph))).toBeUndefined();
});

test('a key named like a part of every object is a key like any other', () => {
  const read = readOnnxMetadata(writeOnnxFile({ ...graph, metadata: { ['__proto__']: 'x', toString: 'y' } }));
  expect(Object.entries(read)).toEqual([
    ['__proto__', 'x'],
    ['toString', 'y'],
  ]);
});

test.each([
  ['an empty file', '', /not an ONNX file: it is empty/],
  [
    'a pointer of Git LFS',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 12\n',
    /not an ONNX file/,
  ],
  ['a web page', '<!doctype html><html><body>Not Found</body></html>', /not an ONNX file/],
  ['weights of PyTorch', 'PK\u0003\u0004\u0000\u0000model/data.pkl', /not an ONNX file/],
])('%s is refused as no ONNX file', (_, text, sentence) => {
  expect(() => readOnnxMetadata(new TextEncoder().encode(text))).toThrow(sentence);
});

test('a download that broke off is refused as such', () => {
  const whole = writeOnnxFile({ ...graph, metadata: { names: 'x'.repeat(100) } });
  expect(() => readOnnxMetadata(whole.subarray(0, whole.length - 50))).toThrow(
    /ends in the middle of a field/,
  );
});

test('any bytes give metadata or the one sentence, and an answer in any case', () => {
  const whole = writeOnnxFile({ ...graph, metadata: { names: "{0: 'a'}" } });
  const damaged = fc
    .tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(whole.length))
    .map(([at, byte, end]) => whole.with(at, byte).subarray(0, end));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
      let answer: string;
      try {
        answer = typeof readOnnxMetadata(bytes);
      } catch (error) {
        answer = (error as Error).message;
      }
      expect(answer).toMatch(/^(?:object$|this is not an ONNX file: )/);
    }),
    { numRuns: 2000 },
  );
});
