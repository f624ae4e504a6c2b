/** How a run goes, while it goes: a bar on a terminal, elsewhere a line now and then. On the standard error, which holds no result. */
import { SingleBar } from 'cli-progress';
import type { Snapshot } from './run-stress.ts';

const barIntervalMs = 250;
const lineIntervalMs = 5_000;

/** Shows what `snapshot` says until the function that it returns is called. */
export function showProgress(stream: NodeJS.WriteStream, snapshot: () => Snapshot): () => void {
  return stream.isTTY ? showBar(stream, snapshot) : showLines(stream, snapshot);
}

function showBar(stream: NodeJS.WriteStream, snapshot: () => Snapshot): () => void {
  const bar = new SingleBar({
    stream,
    // A run without an end in sight has nothing to fill a bar with.
    format: (_, { progress }, { line }: { line: string }) => {
      const width = 30;
      const done = Math.round(width * progress);
      return `${'█'.repeat(done)}${'░'.repeat(width - done)} ${line}`;
    },
    clearOnComplete: true,
    hideCursor: true,
    // Ours is the only clock.
    noTTYOutput: false,
    // What interrupts the run is asked for by whoever runs it.
    gracefulExit: false,
  });
  const update = (): void => {
    const now = snapshot();
    bar.update(Math.round(1000 * shareOf(now)), { line: describeProgress(now) });
  };
  bar.start(1000, 0, { line: '' });
  const timer = setInterval(update, barIntervalMs);
  return () => {
    clearInterval(timer);
    bar.stop();
  };
}

function showLines(stream: NodeJS.WriteStream, snapshot: () => Snapshot): () => void {
  const timer = setInterval(() => stream.write(`${describeProgress(snapshot())}\n`), lineIntervalMs);
  return () => clearInterval(timer);
}

/** 0 to 1; 0 while nobody knows. */
export function shareOf({ sent, total, elapsedS, seconds }: Snapshot): number {
  const share = seconds === undefined ? sent / (total ?? Infinity) : elapsedS / seconds;
  return Math.min(1, share);
}

export function describeProgress(now: Snapshot): string {
  if (now.isWarmup) return 'warming up';
  const { sent, failed, total, elapsedS, p50Ms } = now;
  const share = shareOf(now);
  const rate = elapsedS === 0 ? 0 : sent / elapsedS;
  return [
    `${sent}${total === undefined ? '' : ` of ${total}`}`,
    `${rate.toFixed(1)}/s`,
    ...(p50Ms === null ? [] : [`p50 ${p50Ms.toFixed(1)} ms`]),
    `${failed} failed`,
    ...(share > 0 && share < 1 && elapsedS >= 1
      ? [`${duration((elapsedS / share) * (1 - share))} left`]
      : []),
  ].join(' · ');
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}
