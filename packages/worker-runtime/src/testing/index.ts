export { runBatch } from '../inference/run-batch.ts';
export { openSession } from '../inference/session.ts';
export { describeAdapter } from './describe-adapter.ts';
export type { AdapterUnderTest, ModelUnderTest } from './describe-adapter.ts';
export { describeGolden } from './describe-golden.ts';
export type { GoldenSubject } from './describe-golden.ts';
export { onnxDataType, writeOnnxFile } from './onnx-file.ts';
export type { OnnxConstant, OnnxGraph, OnnxNode, OnnxType, OnnxValue } from './onnx-file.ts';
export { testFilePath, testManifest, testModelPath } from './test-model.ts';
