/** Three times the work that a stack can do, for a few seconds. How fast it all is, `npm run overload` says. */
import { expect, test } from 'vitest';
import { SeededRandom } from '../../tools/demo-models/random.ts';
import { runOverload } from '../overload/run-overload.ts';
import { sampleScene } from '../support/pictures.ts';

test(
  'whoever cannot be served in time is refused with a time to come back, and nobody is served late',
  { timeout: 120_000 },
  async () => {
    const random = new SeededRandom(1);
    const deadlineMs = 2_000;
    const { replies } = await runOverload({
      model: 'demo-yolo',
      picture: await sampleScene(),
      seconds: 8,
      capacitySeconds: 6,
      deadlineMs,
      times: 3,
      random: () => random.between(0, 1),
      say: () => undefined,
    });
    const by = (status: number) => replies.filter((reply) => reply.status === status);
    expect(by(200).length + by(503).length + by(504).length).toBe(replies.length);
    expect(by(200).length).toBeGreaterThan(0);
    expect(by(503).length).toBeGreaterThan(0);
    expect(by(503).filter(({ code }) => code !== 'overloaded')).toEqual([]);
    expect(by(503).filter(({ retryAfterS }) => (retryAfterS ?? 0) < 1)).toEqual([]);
    expect(by(200).filter(({ totalMs }) => totalMs === undefined || totalMs > deadlineMs)).toEqual([]);
  },
);
