/** The commands that documents show, and what they show as the answer, in order. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { repository } from './service-process.ts';

export interface DocumentedCommand {
  /** `docs/x.md:12` */
  readonly at: string;
  readonly script: string;
  /** The JSON that is shown right after it, if one is. */
  readonly answer: unknown;
}

/** Of a document, the blocks of a shell in which curl is called. */
export async function documentedCommands(document: string): Promise<readonly DocumentedCommand[]> {
  const lines = (await readFile(path.join(repository, document), 'utf8')).split('\n');
  const blocks: { language: string; at: string; from: number; to: number; text: string }[] = [];
  let open: (typeof blocks)[number] | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = /^\s*```(\w*)$/.exec(line);
    if (fence === null) {
      if (open) open.text += `${line}\n`;
    } else if (open) {
      blocks.push({ ...open, to: index });
      open = undefined;
    } else {
      open = { language: fence[1]!, at: `${document}:${index + 1}`, from: index, to: index, text: '' };
    }
  }
  return blocks.flatMap(({ language, at, text, to }, index) => {
    if (language !== 'sh' || !/\bcurl /.test(text)) return [];
    const next = blocks[index + 1];
    // Further down it is another subject.
    const shows = next !== undefined && next.from - to <= 4;
    return [{ at, script: text, answer: shows ? jsonOf(next) : undefined }];
  });
}

function jsonOf({ language, text }: { language: string; text: string }): unknown {
  if (language === 'json') return JSON.parse(text) as unknown;
  // The body of an answer that is shown with its head.
  const body = language === 'http' && text.startsWith('HTTP/') ? text.split('\n\n')[1] : undefined;
  return body === undefined ? undefined : (JSON.parse(body) as unknown);
}

/** The names of all fields, of lists by their first entry: what an answer looks like, whatever it says. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, shapeOf(held)]));
}
