/**
 * How many jobs of each class of urgency a worker may have in flight. The classes that have jobs waiting share the slots by
 * weight, so that one alone has the whole worker, and under a flood of any other each still moves. One without jobs keeps
 * what it takes to begin at once. Pure arithmetic; who takes the jobs is somebody else's business.
 */
import { priorities, priorityWeights, type Priority } from '@shoal/shared/contract';

export type PerPriority<T> = Readonly<Record<Priority, T>>;

/**
 * `isWaiting` says which classes have jobs that wait. Every limit is at least 1. Together the limits may exceed `slots`
 * by what the classes without jobs would begin with.
 */
export function slotLimits(slots: number, isWaiting: PerPriority<boolean>): PerPriority<number> {
  return perPriority((priority) => {
    const sharing = priorities.filter((other) => other === priority || isWaiting[other]);
    const weights = sharing.reduce((sum, other) => sum + priorityWeights[other], 0);
    return Math.max(1, Math.round((slots * priorityWeights[priority]) / weights));
  });
}

export function perPriority<T>(valueOf: (priority: Priority) => T): PerPriority<T> {
  return { high: valueOf('high'), normal: valueOf('normal'), low: valueOf('low') };
}
