/**
 * Looks at a model folder as a worker does (the same reader, session, adapter, first run and batches), and goes on where a worker
 * stops: what can be found out is reported beside what is wrong. Nothing is served, and no Redis is needed.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Settings } from '@shoal/shared/contract';
import type { ModelAdapter, ModelIo, ModelPlan } from '../adapter.ts';
import { decodeImage, type DecodedImage } from '../flow/decode-image.ts';
import { labelOf } from '../flow/label-of.ts';
import { chooseBatching } from '../inference/choose-batching.ts';
import { readOnnxProducer } from '../inference/onnx-metadata.ts';
import { runBatch } from '../inference/run-batch.ts';
import { openSession, type Session } from '../inference/session.ts';
import { warmUp } from '../inference/warm-up.ts';
import { ModelFolderError, readModelFolder, requireFamily, type ModelFolder } from '../model-folder/index.ts';
import type { CheckReport, FileFindings, RunFindings } from './check-report.ts';
import { listContradictions } from './list-contradictions.ts';

/** A picture to run the model on. */
export interface CheckPicture {
  /** Absent for the built-in scene. */
  readonly name?: string;
  readonly bytes: Uint8Array;
}

type Draft = { -readonly [Field in keyof CheckReport]: CheckReport[Field] } & {
  readonly problems: string[];
  readonly notes: string[];
};

/** More would prove nothing more, and a large model takes seconds for a picture on a CPU. */
const comparedMax = 2;

/**
 * Throws `OtherFamilyError` where the folder is readable and of another family, and `ImageError` where the picture cannot be
 * decoded. What is wrong with the folder is in the report.
 */
export async function checkFolder(
  adapter: ModelAdapter,
  dir: string,
  picture: CheckPicture,
  { SHOAL_IMAGE_PIXELS_MAX: imagePixelsMax }: Pick<Settings, 'SHOAL_IMAGE_PIXELS_MAX'>,
): Promise<CheckReport> {
  const draft: Draft = {
    folder: path.basename(path.resolve(dir)),
    isServable: false,
    problems: [],
    notes: [],
  };
  const folder = await readFolder(dir, draft);
  if (folder !== undefined) requireFamily(folder, adapter.family);
  const weights = folder?.modelPath ?? (await findWeights(dir));
  const session = weights === undefined ? undefined : await open(weights, folder?.sha256, draft);
  if (session === undefined || folder === undefined) return draft;
  try {
    const plan = describe(adapter, session.io, folder, draft);
    if (plan !== undefined) await dryRun({ session, adapter, plan, folder, picture, imagePixelsMax }, draft);
  } finally {
    await session.release();
  }
  draft.isServable = draft.problems.length === 0;
  return draft;
}

async function readFolder(dir: string, draft: Draft): Promise<ModelFolder | undefined> {
  try {
    const folder = await readModelFolder(dir);
    if (existsSync(path.join(folder.dir, 'model.yaml'))) draft.manifest = folder.manifest;
    return folder;
  } catch (error) {
    if (!(error instanceof ModelFolderError)) throw error;
    draft.problems.push(...error.problems);
    return undefined;
  }
}

/** Where the manifest does not lead to them: weights that lie there all the same. */
async function findWeights(dir: string): Promise<string | undefined> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.onnx'));
  const name = names.includes('model.onnx') ? 'model.onnx' : names.length === 1 ? names[0] : undefined;
  return name === undefined ? undefined : path.join(dir, name);
}

async function open(weights: string, sha256: string | undefined, draft: Draft): Promise<Session | undefined> {
  try {
    const session = await openSession(weights, { device: 'cpu' });
    draft.file = await describeFile(weights, sha256, session.io);
    return session;
  } catch (error) {
    const sentence = messageOf(error);
    // A folder without a manifest is read by its file, which then was complained of already.
    if (!draft.problems.some((problem) => problem.endsWith(sentence))) draft.problems.push(sentence);
    return undefined;
  }
}

async function describeFile(
  weights: string,
  sha256: string | undefined,
  { inputs, outputs, metadata }: ModelIo,
): Promise<FileFindings> {
  const bytes = await readFile(weights);
  const producer = readOnnxProducer(bytes);
  return {
    name: path.basename(weights),
    bytes: bytes.length,
    ...(sha256 !== undefined && { sha256 }),
    ...(producer !== undefined && { producer }),
    inputs,
    outputs,
    metadata,
  };
}

function describe(
  adapter: ModelAdapter,
  io: ModelIo,
  { manifest, version }: ModelFolder,
  draft: Draft,
): ModelPlan | undefined {
  const contradictions = listContradictions(adapter, io, manifest);
  draft.problems.push(...contradictions);
  if (contradictions.length > 0) return undefined;
  const plan = adapter.describe(io, manifest);
  draft.plan = {
    family: adapter.family,
    version,
    resize: plan.resize,
    channels: plan.channels,
    maxBatch: plan.maxBatch,
    comparedBatch: 1,
    labels: plan.labels,
    ...(plan.classCount !== undefined && { classCount: plan.classCount }),
    defaults: manifest.defaults,
    fixedOptions: plan.fixedOptions ?? [],
  };
  if (plan.labels.length === 0)
    draft.notes.push('there are no labels: classes will be named class_0, class_1 and so on');
  return plan;
}

interface DryRun {
  readonly session: Session;
  readonly adapter: ModelAdapter;
  readonly plan: ModelPlan;
  readonly folder: ModelFolder;
  readonly picture: CheckPicture;
  readonly imagePixelsMax: number;
}

async function dryRun(dry: DryRun, draft: Draft): Promise<void> {
  const { session, adapter, plan, picture, imagePixelsMax } = dry;
  const decoding = performance.now();
  const decoded = await decodeImage(picture.bytes, plan.resize, { imagePixelsMax });
  const decodeMs = performance.now() - decoding;
  try {
    await warmUp(session, adapter, plan);
    await compareBatch(dry, draft);
    draft.run = await detect(dry, decoded, decodeMs);
  } catch (error) {
    draft.problems.push(messageOf(error));
  }
}

async function compareBatch({ session, adapter, plan }: DryRun, draft: Draft): Promise<void> {
  const { max, notes } = await chooseBatching({ session, adapter, plan, device: 'cpu' }, comparedMax);
  draft.notes.push(...notes);
  const isOff = plan.maxBatch > 1 && max === 1;
  draft.plan = { ...draft.plan!, maxBatch: isOff ? 1 : plan.maxBatch, comparedBatch: max };
}

async function detect(
  { session, adapter, plan, folder, picture }: DryRun,
  decoded: DecodedImage,
  decodeMs: number,
): Promise<RunFindings> {
  const { defaults } = folder.manifest;
  const { outcomes, inferMs, unpackMs } = await runBatch(session, adapter, plan, [
    { views: decoded.views, geometries: decoded.geometries, options: defaults },
  ]);
  const outcome = outcomes[0]!;
  if (!outcome.ok) throw new Error(`the model fails on the picture: ${outcome.error}`);
  return {
    ...(picture.name !== undefined && { image: picture.name }),
    width: decoded.width,
    height: decoded.height,
    timings: { decodeMs, inferMs, unpackMs },
    detections: outcome.detections.map(({ classId, score, box }) => ({
      label: labelOf(classId, plan.labels),
      classId,
      score,
      box,
    })),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
