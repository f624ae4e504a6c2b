/** Reads the answer's timings as steps, one after the other. */
export interface TimingStep {
  readonly name: string;
  readonly ms: number;
  /** Of the whole, 0 to 1: where the step begins, and how much of it it takes. */
  readonly start: number;
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
  const other = total - sum;
  // What rounding leaves is not a step.
  const all = other / total < 0.005 ? named : [...named, ['otherMs', other] as const];
  let before = 0;
  return all.map(([key, ms]) => {
    const start = before / total;
    before += ms;
    return { name: key.slice(0, -2), ms, start, share: ms / total };
  });
}
