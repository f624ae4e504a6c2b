/**
 * One batch through packer, session and adapter: pack, run, unpack, with the views of all pictures together. A batch that
 * throws is cut in halves until the guilty picture stands alone, so the innocent succeed. It never throws itself.
 */
import type { RgbImage } from '@shoal/vision';
import type { Detection, ModelAdapter, ModelPlan, UnpackItem } from '../adapter.ts';
import type { InferenceInput, InferenceOutcome } from './inference-protocol.ts';
import { Packer } from './packer.ts';
import type { Session } from './session.ts';

export interface BatchResult {
  /** As many as items, in their order. */
  readonly outcomes: readonly InferenceOutcome[];
  /** Inside `session.run`, and inside the adapter's `unpack` and `merge`: of the whole batch, retries included. */
  readonly inferMs: number;
  readonly unpackMs: number;
}

/** A view on its way: its pixels, what unpack needs of it, and where its detections belong. */
interface View {
  readonly image: RgbImage;
  readonly item: UnpackItem;
  readonly owner: number;
  outcome: InferenceOutcome;
}

interface Run {
  readonly session: Pick<Session, 'run'>;
  readonly adapter: ModelAdapter;
  readonly plan: ModelPlan;
  readonly packer: Packer;
  inferMs: number;
  unpackMs: number;
}

export async function runBatch(
  session: Pick<Session, 'run'>,
  adapter: ModelAdapter,
  plan: ModelPlan,
  items: readonly InferenceInput[],
  packer = new Packer(adapter, plan),
): Promise<BatchResult> {
  const run: Run = { session, adapter, plan, packer, inferMs: 0, unpackMs: 0 };
  const views = items.flatMap(toViews);
  for (const group of groupByShape(views)) {
    for (let at = 0; at < group.length; at += plan.maxBatch) {
      await runChunk(run, group.slice(at, at + plan.maxBatch));
    }
  }
  const outcomes = items.map((item, owner) =>
    toOutcome(
      run,
      item,
      views.filter((view) => view.owner === owner),
    ),
  );
  return { outcomes, inferMs: run.inferMs, unpackMs: run.unpackMs };
}

function toViews(input: InferenceInput, owner: number): View[] {
  return input.views.map((image, index) => ({
    image,
    item: { geometry: input.geometries[index]!, options: input.options },
    owner,
    outcome: { ok: false, error: 'this picture was not run' },
  }));
}

function groupByShape(views: readonly View[]): Iterable<readonly View[]> {
  return Map.groupBy(views, ({ image }) => `${image.width}x${image.height}`).values();
}

/** Sets the outcome of every view of the chunk. */
async function runChunk(run: Run, chunk: readonly View[]): Promise<void> {
  try {
    const lists = await inferChunk(run, chunk);
    for (const [index, view] of chunk.entries()) view.outcome = { ok: true, detections: lists[index]! };
  } catch (error) {
    const [first, ...others] = chunk;
    if (first !== undefined && others.length === 0) {
      first.outcome = { ok: false, error: messageOf(error) };
      return;
    }
    const middle = chunk.length >> 1;
    await runChunk(run, chunk.slice(0, middle));
    await runChunk(run, chunk.slice(middle));
  }
}

async function inferChunk(run: Run, chunk: readonly View[]): Promise<readonly (readonly Detection[])[]> {
  const { adapter, plan } = run;
  const feeds = run.packer.pack(chunk.map(({ image }) => image));
  const inferred = performance.now();
  const outputs = await run.session.run(feeds, plan.outputs).finally(() => {
    run.inferMs += performance.now() - inferred;
  });
  return timeUnpack(run, () => {
    const lists = adapter.unpack(
      outputs,
      chunk.map(({ item }) => item),
      plan,
    );
    if (lists.length !== chunk.length) {
      throw new Error(`the adapter gave ${lists.length} results for ${chunk.length} pictures`);
    }
    return lists;
  });
}

/** A picture fails when one of its views did: half a result would look like a whole one. */
function toOutcome(run: Run, item: InferenceInput, views: readonly View[]): InferenceOutcome {
  const lists: (readonly Detection[])[] = [];
  for (const { outcome } of views) {
    if (!outcome.ok) return outcome;
    lists.push(outcome.detections);
  }
  const [only, ...others] = lists;
  if (only === undefined) return { ok: false, error: 'this picture has no view' };
  if (others.length === 0) return { ok: true, detections: only };
  const { adapter, plan } = run;
  if (adapter.merge === undefined) {
    return { ok: false, error: `${adapter.family} cannot merge the ${lists.length} views of a picture` };
  }
  try {
    const detections = timeUnpack(run, () => adapter.merge!(lists, item.options, plan));
    return { ok: true, detections };
  } catch (error) {
    return { ok: false, error: messageOf(error) };
  }
}

function timeUnpack<T>(run: Run, work: () => T): T {
  const start = performance.now();
  try {
    return work();
  } finally {
    run.unpackMs += performance.now() - start;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
