/** Ids of predictions: UUIDs of version 7 (RFC 9562), which begin with the time and so lie side by side in an index. */
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const idBytes = 16;
/** Random bytes for many ids: to fetch them for each is most of what an id costs. */
const pool = new Uint8Array(256 * idBytes);
let used = pool.length;

export function newPredictionId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return v7({ random: pool.subarray(used, (used += idBytes)) });
}
