/** The ledger for a minute: processes are killed and frozen at random, and everything accepted is accounted for. */
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { startProcesses } from '../chaos/process-installation.ts';
import { tableOf } from '../chaos/report.ts';
import { runChaos } from '../chaos/run-chaos.ts';

test(
  'a minute of kills: nothing accepted is lost, answered twice or answered wrongly',
  { timeout: 240_000 },
  async () => {
    const installation = await startProcesses({
      gateways: 2,
      workers: 3,
      model: 'scripted',
      durability: 'always',
    });
    onTestFinished(() => installation.stop());
    const said: string[] = [];
    const report = await runChaos(installation, {
      seconds: 60,
      seed: 1,
      perSecond: 6,
      gapMs: [3_000, 8_000],
      patienceMs: 90_000,
      say: (line) => said.push(line),
    });
    onTestFailed(() => console.log([...said, tableOf(report)].join('\n')));
    expect(report.problems).toEqual([]);
    expect(report.account.answeredOnce).toBe(report.account.accepted);
    expect(report.account.accepted).toBeGreaterThan(150);
    expect(report.account.endings['failed model_failed']).toBe(1);
    expect(report.requests.repeated).toBeGreaterThan(0);
    expect(new Set(report.recoveries.map(({ blow }) => blow))).toEqual(
      new Set([
        'gateway killed',
        'gateway paused',
        'redis killed',
        'redis paused',
        'worker died of a picture',
        'worker killed',
        'worker paused',
      ]),
    );
  },
);
