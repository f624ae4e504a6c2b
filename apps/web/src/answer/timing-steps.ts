/** Reads the answer's timings as steps of one bar. */
export interface TimingStep {
  readonly name: string;
  readonly ms: number;
  /** Of the whole bar, 0 to 1. */
  readonly share: number;
}

/**
 * The steps in the server's order, without the total, and what the named steps leave of it as `other`.
 * @param timingsMs milliseconds under `<step>Ms` keys, `totalMs` among them
 */
export function timingSteps(timingsMs: Readonly<Record<string, number>>): readonly TimingStep[] {
  const named = Object.entries(timingsMs).filter(
    ([key, ms]) => key !== 'totalMs' && key.endsWith('Ms') && ms >= 0,
  );
  const sum = named.reduce((total, [, ms]) => total + ms, 0);
  const total = Math.max(timingsMs['totalMs'] ?? sum, sum);
  if (total <= 0) return [];
  const steps = named.map(([key, ms]) => ({ name: key.slice(0, -2), ms, share: ms / total }));
  const other = total - sum;
  // What rounding leaves is not a step.
  return other / total < 0.005 ? steps : [...steps, { name: 'other', ms: other, share: other / total }];
}
