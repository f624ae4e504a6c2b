/** The words of `shoal watch`. */
import type { Command } from 'commander';
import { withFolderOptions, type FolderWords } from '../map/map-command.ts';
import { readSeconds } from '../prediction-options.ts';

export interface WatchWords extends FolderWords {
  readonly interval: number;
  readonly once?: boolean;
}

export function addWatchCommand(program: Command): void {
  const command = program
    .command('watch')
    .description(
      'Does what `map` does, and goes on with every picture that comes, until Ctrl-C. It looks again and again, since the ' +
        'folders of a network share tell nobody of what is new.',
    )
    .argument('<folder>', 'a folder of pictures')
    .option(
      '--interval <s>',
      'how often it looks; a file that has not changed since then is whole',
      readSeconds,
      10,
    )
    .option('--once', 'look twice, do what is there, and end');
  withFolderOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  shoal watch /nas/incoming --model demo-yolo --out results.jsonl
  shoal watch /nas/incoming --out results.csv --interval 60`,
    )
    .action(async (folder: string, words: WatchWords) => {
      const { watchFolder } = await import('./watch-folder.ts');
      await watchFolder(folder, words);
    });
}
