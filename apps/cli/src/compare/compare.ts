/** The words of `shoal compare`. */
import { Option, type Command } from 'commander';
import { withServerOptions, type ServerOptions } from '../ask-server.ts';
import { readCount, readShare } from '../prediction-options.ts';

export interface CompareWords extends ServerOptions {
  readonly urlB?: string;
  readonly out?: string;
  readonly minScore?: number;
  readonly overlap: number;
  readonly anyClass?: boolean;
  readonly worst: number;
  readonly concurrency: number;
  readonly json?: boolean;
}

export function addCompareCommand(program: Command): void {
  const command = program
    .command('compare')
    .description(
      'Says where two models, two versions or two files of results find different things in the same pictures.',
    )
    .argument(
      '<a>',
      'a model, NAME@URL for one on another server, or a file of results that `shoal map` has written',
    )
    .argument('<b>', 'the same')
    .argument('[folder]', 'the pictures; needed for a model, and for showing them in the report');
  withServerOptions(command)
    .option('--url-b <url>', 'where the server of <b> is, if it is another one')
    .option(
      '-o, --out <folder>',
      'write a report there: index.html with the pictures that differ most, comparison.json',
    )
    .option(
      '--min-score <score>',
      'look at detections from this score on, 0 to 1; else each model’s own',
      readShare,
    )
    .addOption(
      new Option('--overlap <share>', 'two boxes are the same thing from this IoU on')
        .argParser(readShare)
        .default(0.5),
    )
    .option('--any-class', 'boxes of different classes may be the same thing as well')
    .addOption(new Option('--worst <n>', 'pictures in the report').argParser(readCount).default(24))
    .addOption(
      new Option('--concurrency <n>', 'pictures under way at once, for each side')
        .argParser(readCount)
        .default(4),
    )
    .option('--json', 'print the comparison as one line of JSON')
    .addHelpText(
      'after',
      `
Examples:
  shoal compare reef-2 reef-3 dives/ --out report
  shoal compare reef reef@http://staging:8080 dives/
  shoal compare monday.jsonl friday.jsonl dives/ --out report --min-score 0.4

Both sides get the same API key.`,
    )
    .action(async (a: string, b: string, folder: string | undefined, words: CompareWords) => {
      const { compareSides } = await import('./compare-sides.ts');
      await compareSides(a, b, folder, words);
    });
}
