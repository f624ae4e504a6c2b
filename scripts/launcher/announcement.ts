/**
 * The words of a successful start: the address, the models with their devices, and a curl line that works as pasted.
 * Pure: it is given what there is and opens nothing.
 */
import type { ReadyModel } from './readiness.ts';

export interface Announced {
  readonly address: string;
  readonly host: string;
  readonly models: readonly ReadyModel[];
  /** A picture that exists, as a path from where the line is pasted. */
  readonly examplePath: string | undefined;
  /** The line that is pasted needs one. */
  readonly asksForKeys: boolean;
}

/** Quotes for a POSIX shell only where it is needed, to keep the usual line plain. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

export function announcement({ address, host, models, examplePath, asksForKeys }: Announced): string {
  const isOpen = host === '0.0.0.0' || host === '::';
  const width = Math.max(...models.map((model) => model.name.length));
  const lines = [
    `Shoal is ready at ${address}${isOpen ? ' and at every other address of this machine' : ''}`,
  ];
  for (const model of models) lines.push(`  ${model.name.padEnd(width)}  ${model.device}  ready`);
  const first = models[0];
  if (first !== undefined && examplePath !== undefined) {
    const file = shellWord(`image=@${examplePath}`);
    const key = asksForKeys ? '-H "Authorization: Bearer $KEY" ' : '';
    lines.push(
      asksForKeys ? 'Try it, with a key of yours (npm run keys -- add NAME makes one) in $KEY:' : 'Try it:',
      `  curl ${key}-F model=${first.name} -F ${file} ${shellWord(`${address}/v1/predictions`)}`,
    );
  }
  lines.push('Ctrl-C stops it.');
  return lines.join('\n');
}
