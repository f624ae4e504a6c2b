/** The ledger in containers, through the front door, with workers and gateways cut off from Redis as well as killed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareContainers } from '../chaos/container-installation.ts';
import { tableOf } from '../chaos/report.ts';
import { runChaos } from '../chaos/run-chaos.ts';
import { composeUp, type ComposeStack } from '../support/compose-stack.ts';
import { hasDockerEngine } from '../support/docker.ts';

const hasEngine = await hasDockerEngine();

describe.skipIf(!hasEngine)('containers that are killed, frozen and cut off for a minute', () => {
  let stack: ComposeStack;

  beforeAll(async () => {
    stack = await composeUp('shoal-chaos');
  });

  afterAll(async () => {
    await stack?.down();
  });

  test(
    'nothing is lost, nothing answered twice, nothing answered wrongly',
    { timeout: 400_000 },
    async () => {
      const report = await runChaos(await prepareContainers(stack, { gateways: 2, workers: 3 }), {
        seconds: 60,
        seed: 1,
        perSecond: 4,
        gapMs: [4_000, 8_000],
        patienceMs: 120_000,
        say: (line) => console.log(line),
      });
      console.log(tableOf(report));
      expect(report.problems).toEqual([]);
      // It was a storm. On a machine that is busy one blow or another may miss.
      const blows = report.recoveries.map(({ blow }) => blow);
      expect(blows).toEqual(expect.arrayContaining(['redis killed', 'worker cut off', 'worker killed']));
      expect(blows.length).toBeGreaterThanOrEqual(5);
      expect(report.missedBlows.length).toBeLessThanOrEqual(3);
      expect(report.account.accepted).toBeGreaterThan(150);
    },
  );
});
