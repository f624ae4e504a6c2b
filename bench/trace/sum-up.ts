/** The budgets of many requests as one: for each step its middle, its slow end and its share. */
import { stepNames, type RequestBudget } from './join-events.ts';

export interface Spread {
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly meanMs: number;
}

export interface StepFigures extends Spread {
  readonly name: string;
  /** Of the client's median. */
  readonly share: number;
}

export interface Budget {
  readonly steps: readonly StepFigures[];
  /** As the client measured it. */
  readonly total: Spread;
  /** The medians of the steps together; where the steps vary, this is not the median of the whole. */
  readonly sumMs: number;
  readonly unaccountedMs: number;
}

/** At least one. */
export function sumUp(budgets: readonly RequestBudget[]): Budget {
  const total = spreadOf(budgets.map(({ totalMs }) => totalMs));
  const steps = stepNames.map((name, step) => {
    const spread = spreadOf(budgets.map(({ stepsMs }) => stepsMs[step]!));
    return { name, ...spread, share: spread.medianMs / total.medianMs };
  });
  const sumMs = steps.reduce((sum, { medianMs }) => sum + medianMs, 0);
  return { steps, total, sumMs, unaccountedMs: total.medianMs - sumMs };
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    medianMs: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    meanMs: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
  };
}

/** Between the two values next to it, by how near each is. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}
