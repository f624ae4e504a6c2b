/**
 * What the figures are held to. A target is what is promised on a quiet machine; a floor, far below, is what a short run on a busy
 * one must still reach, or something is wrong with the code. Only ratios have a floor.
 */
import type { BenchReport } from './run-bench.ts';

export interface Target {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Which side is good. */
  readonly is: 'at least' | 'at most';
  readonly target: number;
  readonly floor?: number;
}

const throughputTargets: Readonly<Record<string, number>> = {
  'coco/zidane.jpg': 0.9,
  'coco/bus.jpg': 0.9,
  'benthic/00_01_13_13.png': 0.75,
};
/** Of its target, what a run on a busy machine must reach. */
const floorShare = 0.6;

export function targetsOf(report: BenchReport): readonly Target[] {
  return [...ofPictures(report), ...ofExchange(report), ...ofScale(report)];
}

export const isMet = ({ value, is, target }: Target): boolean => isWithin(value, is, target);

export const isAboveFloor = ({ value, is, floor }: Target): boolean =>
  floor === undefined || isWithin(value, is, floor);

function isWithin(value: number, is: Target['is'], bound: number): boolean {
  return is === 'at least' ? value >= bound : value <= bound;
}

function ofPictures({ pictures = [] }: BenchReport): Target[] {
  return pictures.flatMap(({ picture, rows }) => {
    const row = (concurrency: number) =>
      rows.find((each) => each.form === 'raw' && each.concurrency === concurrency);
    const [loaded, alone] = [row(16), row(1)];
    const target = throughputTargets[picture] ?? 0.9;
    return [
      ...(loaded === undefined
        ? []
        : [
            atLeast(
              `${picture}: of the ceiling at 16 callers`,
              loaded.ofCeiling,
              '',
              target,
              target * floorShare,
            ),
          ]),
      ...(alone === undefined || picture !== 'coco/zidane.jpg'
        ? []
        : [atMost(`${picture}: added to a lone picture`, alone.addedMs, 'ms', 5)]),
    ];
  });
}

function ofExchange({ exchange = [], queuedBytes, idle }: BenchReport): Target[] {
  const loaded = exchange.find(({ concurrency }) => concurrency === 64);
  return [
    ...(loaded === undefined
      ? []
      : [atLeast('the exchange alone at 64 callers', loaded.perS, 'a second', 1_500)]),
    ...(queuedBytes === undefined
      ? []
      : [
          atMost(
            'Redis beyond the bytes of a queued job',
            queuedBytes.beyondBareBytes,
            'bytes',
            2_000,
            3_000,
          ),
        ]),
    ...(idle === undefined
      ? []
      : [atMost('an idle stack', idle['together'] ?? Number.NaN, '% of a core', 1)]),
  ];
}

function ofScale({ depth = [], workers = [], waitingMemory }: BenchReport): Target[] {
  const most = workers.at(-1);
  return [
    ...(depth.length < 2
      ? []
      : [
          atMost(
            'enqueue: dearest of cheapest by depth',
            spread(depth.map((row) => row.enqueueUs)),
            '',
            1.2,
            3,
          ),
          atMost('take: dearest of cheapest by depth', spread(depth.map((row) => row.takeUs)), '', 1.2, 3),
        ]),
    ...(most === undefined
      ? []
      : [atLeast(`${most.workers} workers: of linear`, most.ofLinear, '', 0.95, 0.6)]),
    ...(waitingMemory === undefined
      ? []
      : [
          atMost(
            'a waiting client: memory of its upload that stays',
            waitingMemory.bytesPerClient / waitingMemory.uploadBytes,
            '',
            0.2,
            0.5,
          ),
        ]),
  ];
}

/** The largest, as a multiple of the smallest. */
function spread(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values);
}

function atLeast(name: string, value: number, unit: string, target: number, floor?: number): Target {
  return { name, value, unit, is: 'at least', target, ...(floor !== undefined && { floor }) };
}

function atMost(name: string, value: number, unit: string, target: number, floor?: number): Target {
  return { name, value, unit, is: 'at most', target, ...(floor !== undefined && { floor }) };
}
