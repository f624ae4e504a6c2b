/** `shoal doctor`: looks at a server from outside to inside, then at the checkout, and says what was found line by line. */
import { connect, readApiKey } from '../ask-server.ts';
import { CommandError, exitStatus } from '../exit-status.ts';
import { paintFor, printJson } from '../terminal.ts';
import type { DoctorWords } from './doctor-command.ts';
import type { Finding, Outcome } from './finding.ts';
import { lookAtCheckout } from './look-at-checkout.ts';
import { lookAtModels } from './look-at-models.ts';
import { lookAtServer } from './look-at-server.ts';

const paint = paintFor(process.stdout);
const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const satisfies Record<Outcome, string>;

export async function examine(words: DoctorWords): Promise<void> {
  const client = await connect(words);
  const found: Finding[] = [];
  const tell = (findings: readonly Finding[]): void => {
    found.push(...findings);
    if (words.json !== true) for (const finding of findings) print(finding);
  };
  const server = await lookAtServer(words.url, await readApiKey(words));
  tell(server.findings);
  if (server.isUsable) tell(await lookAtModels(client, words.model));
  tell(await lookAtCheckout());
  const isBroken = found.some(({ outcome }) => outcome === 'fail');
  if (words.json === true) printJson({ ok: !isBroken, findings: found });
  if (isBroken) throw new CommandError('', server.isReached ? exitStatus.failed : exitStatus.unreachable);
}

function print({ about, outcome, message, advice }: Finding): void {
  console.log(`${paint(colours[outcome], outcome.padEnd(4))}  ${about.padEnd(20)}  ${message}`);
  if (advice !== undefined) console.log(`${' '.repeat(28)}${paint('dim', advice)}`);
}
