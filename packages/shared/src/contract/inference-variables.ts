/** The variables of how a worker computes: in how many threads, how many pictures at once, and for how long. */
import { flag, optionalVariable, variable, wholeNumber, type Variable } from './variable.ts';

const worker = ['worker'] as const;

export const inferenceVariables = {
  SHOAL_INFERENCE_TIMEOUT_MS: variable(
    worker,
    wholeNumber(100, 3_600_000),
    '20000',
    'A batch that takes longer means a stuck device: the worker ends itself.',
  ),
  SHOAL_INFERENCE_THREADS: optionalVariable(
    worker,
    wholeNumber(1, 64),
    'Sessions of the model in one worker, each in a thread; unset: one a core while memory lasts, two on a GPU.',
  ),
  SHOAL_ORT_THREADS: optionalVariable(
    worker,
    wholeNumber(0, 1_024),
    'Threads inside one session; 0 lets the runtime choose; unset: so many that no core is left over.',
  ),
  SHOAL_WIDE_SESSION: variable(
    worker,
    flag,
    'true',
    'Whether a picture that is alone is computed by one more session, on all cores, where memory lasts; true or false.',
  ),
  SHOAL_BATCH_MAX: optionalVariable(
    worker,
    wholeNumber(1, 1_024),
    'Pictures in one run, at most the maxBatch of the model; unset: one on a CPU, that maxBatch on a GPU.',
  ),
} as const satisfies Record<string, Variable>;
