/**
 * The whole stack beside the ceiling, picture by picture. Within a round the two alternate, so that a machine which slows down
 * slows both; what is said is the median of the rounds' ratios.
 */
import { basename, dirname, join } from 'node:path';
import type { BenchStack } from '../bench-stack.ts';
import { inFlightOf, threadings, type Ceiling } from '../ceiling/ceiling.ts';
import type { CeilingFigures, Threading } from '../ceiling/ceiling-item.ts';
import type { Form } from '../generate-load.ts';
import { measureStack, median, medianOf, type StackFigures } from '../measure-stack.ts';

export interface PictureOptions {
  readonly model: string;
  /** Paths. */
  readonly pictures: readonly string[];
  readonly concurrencies: readonly number[];
  readonly forms: readonly Form[];
  readonly rounds: number;
  readonly seconds: number;
  /** Before the first picture is measured. */
  readonly warmUpSeconds: number;
  readonly say: (line: string) => void;
}

export interface StackRow extends StackFigures {
  readonly form: Form;
  readonly concurrency: number;
  /** Of the ceiling's throughput in the same round; the median over the rounds. */
  readonly ofCeiling: number;
  /** Beyond the ceiling's time for a lone picture, at the median, in milliseconds. */
  readonly addedMs: number;
}

export interface PictureFigures {
  readonly picture: string;
  readonly ceiling: CeilingFigures & Threading;
  /** A lone picture at the ceiling. */
  readonly alone: CeilingFigures & Threading;
  readonly rows: readonly StackRow[];
}

export async function measurePictures(
  bench: BenchStack,
  ceiling: Ceiling,
  options: PictureOptions,
): Promise<readonly PictureFigures[]> {
  await warmUp(bench, options);
  const measured: PictureFigures[] = [];
  for (const picture of options.pictures)
    measured.push(await measurePicture(bench, ceiling, picture, options));
  return measured;
}

/**
 * A service runs for days, and what is measured here is not its first minute: V8 compiles what was called a few thousand times. A
 * model that is nothing brings a gateway there in seconds; the worker has to do its share with pictures.
 */
async function warmUp(
  bench: BenchStack,
  { model, pictures, forms, warmUpSeconds, say }: PictureOptions,
): Promise<void> {
  say('warming up');
  const nothing = await bench.startNullWorker('null-warm');
  const load = { picture: pictures[0]!, seconds: warmUpSeconds / 4 } as const;
  for (const form of forms) await measureStack(bench, { ...load, model: 'null-warm', form, concurrency: 64 });
  await nothing.kill();
  await measureStack(bench, { ...load, model, form: 'raw', concurrency: 16, seconds: warmUpSeconds });
}

type Run = { readonly form: Form; readonly concurrency: number; readonly figures: StackFigures } & Ceilings;
interface Ceilings {
  readonly loaded: CeilingFigures;
  readonly alone: CeilingFigures;
}

async function measurePicture(
  bench: BenchStack,
  ceiling: Ceiling,
  picture: string,
  { model, concurrencies, forms, rounds, seconds, say }: PictureOptions,
): Promise<PictureFigures> {
  const name = join(basename(dirname(picture)), basename(picture));
  const best = await bestThreading(ceiling, picture, seconds);
  const runs: Run[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const form of forms) {
      for (const concurrency of concurrencies) {
        // The two ceilings come before each run, and so between any two runs of the stack.
        const loaded = await ceiling.measure({
          ...best.loaded,
          picture,
          inFlight: inFlightOf(best.loaded),
          seconds,
        });
        const alone = await ceiling.measure({ ...best.alone, picture, inFlight: 1, seconds: seconds / 2 });
        const figures = await measureStack(bench, { model, picture, form, concurrency, seconds });
        runs.push({ form, concurrency, figures, loaded, alone });
        const share = (figures.perS / loaded.perS).toFixed(3);
        say(
          `${name} ${form} ${concurrency} callers, round ${round}: ${figures.perS.toFixed(1)} a second, ` +
            `${share} of the ceiling's ${loaded.perS.toFixed(1)}`,
        );
      }
    }
  }
  return {
    picture: name,
    ceiling: { ...best.loaded, ...medianOf(runs.map(({ loaded }) => loaded)) },
    alone: { ...best.alone, ...medianOf(runs.map(({ alone }) => alone)) },
    rows: forms.flatMap((form) => concurrencies.map((concurrency) => toRow(runs, form, concurrency))),
  };
}

function toRow(all: readonly Run[], form: Form, concurrency: number): StackRow {
  const runs = all.filter((run) => run.form === form && run.concurrency === concurrency);
  return {
    form,
    concurrency,
    ...medianOf(runs.map(({ figures }) => figures)),
    ofCeiling: median(runs.map(({ figures, loaded }) => figures.perS / loaded.perS)),
    addedMs: median(runs.map(({ figures, alone }) => figures.p50Ms - alone.p50Ms)),
  };
}

/** Measured, not believed: which threading computes most, and which is fastest with one picture. */
async function bestThreading(
  ceiling: Ceiling,
  picture: string,
  seconds: number,
): Promise<{ readonly loaded: Threading; readonly alone: Threading }> {
  const tried = [];
  for (const threading of threadings()) {
    const loaded = await ceiling.measure({ ...threading, picture, inFlight: inFlightOf(threading), seconds });
    const alone = await ceiling.measure({ ...threading, picture, inFlight: 1, seconds: seconds / 2 });
    tried.push({ threading, perS: loaded.perS, p50Ms: alone.p50Ms });
  }
  return {
    loaded: tried.toSorted((a, b) => b.perS - a.perS)[0]!.threading,
    alone: tried.toSorted((a, b) => a.p50Ms - b.p50Ms)[0]!.threading,
  };
}
