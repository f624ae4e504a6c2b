/** The stack that is sent hostile requests: as in earnest, with an upload time that a run can wait for. */
import { collectsOnRequest } from '../support/garbage.ts';
import { startStack, type Stack } from '../support/stack.ts';

export const fuzzModel = 'demo-yolo';

export interface FuzzStackOptions {
  readonly uploadTimeoutMs: number;
}

export function startFuzzStack({ uploadTimeoutMs }: FuzzStackOptions): Promise<Stack> {
  return startStack({
    models: [fuzzModel],
    env: {
      SHOAL_UPLOAD_TIMEOUT_MS: String(uploadTimeoutMs),
      // A line for each of thousands of requests would only be kept by the one who started the process.
      SHOAL_LOG_LEVEL: 'warn',
      ...collectsOnRequest,
    },
    redis: { memoryBytesMax: 512 * 2 ** 20 },
  });
}
