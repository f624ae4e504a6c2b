/** The words of `shoal map`, and those that `shoal watch` shares with it. */
import { Option, type Command } from 'commander';
import { withServerOptions, type ServerOptions } from '../ask-server.ts';
import {
  readCount,
  readSeconds,
  withPredictionOptions,
  type PredictionWords,
} from '../prediction-options.ts';
import { outputFormats, type OutputFormat } from './output-format.ts';

export interface FolderWords extends ServerOptions, PredictionWords {
  readonly out?: string;
  readonly format?: OutputFormat;
  readonly cocoAnnotations?: string;
  readonly concurrency: number;
  readonly patience: number;
  readonly recursive: boolean;
  readonly retryFailed?: boolean;
  readonly moved?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function withFolderOptions(command: Command): Command {
  withPredictionOptions(command)
    .option('-o, --out <file>', 'where the results go; the standard output without it, as lines of JSON')
    .addOption(
      new Option(
        '-f, --format <format>',
        'how they are written; without it the name of the file tells',
      ).choices(outputFormats),
    )
    .option('--coco-annotations <file>', 'for the COCO formats: take the numbers of this data set')
    .option('--concurrency <n>', 'pictures under way at once', readCount, 16)
    .option(
      '--patience <s>',
      'how long a picture is tried while the server is away or full',
      readSeconds,
      3600,
    )
    .option('--no-recursive', 'only this folder, and none in it')
    .option('--retry-failed', 'try those again that failed before')
    .option('--moved', 'the folder had another path when the results were begun');
  return withServerOptions(command)
    .option('--json', 'print the summary as JSON')
    .option('--quiet', 'show no progress');
}

export function addMapCommand(program: Command): void {
  const command = program
    .command('map')
    .description(
      'Says what is in all pictures of a folder. Interrupted in any way, the same command goes on where it ended.',
    )
    .argument('<folder>', 'a folder of pictures');
  withFolderOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  shoal map photos --model demo-yolo --out results.jsonl
  shoal map /nas/cameras --out results.csv --min-score 0.4
  shoal map /nas/cameras --out timelapse.json --format megadetector
  shoal map photos --out results.jsonl --retry-failed`,
    )
    .action(async (folder: string, words: FolderWords) => {
      const { mapFolder } = await import('./map-folder.ts');
      await mapFolder(folder, words);
    });
}
