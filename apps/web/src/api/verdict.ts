/** What a failure means for a run of many pictures: is it about this picture, or would every other fail the same way? */

/** It passes by itself: the run waits, and goes on. */
const PASSING: ReadonlySet<string> = new Set([
  'unreachable',
  'overloaded',
  'rate_limited',
  'redis_unavailable',
  'shutting_down',
  'model_unavailable',
]);

/** Every picture would fail until somebody does something. */
const LASTING: ReadonlySet<string> = new Set([
  'unauthorized',
  'model_unknown',
  'options_invalid',
  'route_unknown',
]);

export function verdictOn(code: string): 'hold' | 'stop' | 'picture' {
  if (PASSING.has(code)) return 'hold';
  return LASTING.has(code) ? 'stop' : 'picture';
}
