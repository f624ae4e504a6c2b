/** How a run goes, in words and as a share. */
import { describeDuration } from '../terminal.ts';
import type { Snapshot } from './run-stress.ts';

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
      ? [`${describeDuration((elapsedS / share) * (1 - share))} left`]
      : []),
  ].join(' · ');
}
