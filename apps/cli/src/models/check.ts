/** The words of `shoal models check`. */
import type { Command } from 'commander';
import { CommandError } from '../exit-status.ts';

export interface CheckWords {
  readonly image?: string;
  /** False after `--no-out`; undefined where nothing was said. */
  readonly out?: string | false;
  readonly json?: boolean;
}

export function addCheckCommand(models: Command): void {
  models
    .command('check')
    .description(
      'Says what a model folder holds and whether it can be served, and runs it on a picture. Needs no server.',
    )
    .argument('<folder>', 'a folder with a model.yaml, or with an export of YOLO alone')
    .option(
      '--image <file>',
      'a picture to run it on; else a built-in scene of a circle, a square and a triangle',
    )
    .option('--out <file>', 'where the picture with the boxes goes, as PNG (default: <folder>-check.png)')
    .option('--no-out', 'draw no picture')
    .option('--json', 'print the findings as one line of JSON')
    .addHelpText(
      'after',
      `
Examples:
  shoal models check models/demo-yolo
  shoal models check my-models/reef --image dive.jpg --out boxes.png

The exit status is 1 when the folder cannot be served.`,
    )
    .action(async (folder: string, words: CheckWords) => {
      const { checkFolder } = await import('./check-folder.ts');
      if (!(await checkFolder(folder, words))) throw new CommandError('');
    });
}
