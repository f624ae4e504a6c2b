/** The words of `shoal predict`. */
import type { Command } from 'commander';
import { withServerOptions, type ServerOptions } from '../ask-server.ts';
import { withPredictionOptions, type PredictionWords } from '../prediction-options.ts';

export type PredictWords = ServerOptions & PredictionWords & { readonly json?: boolean };

export function addPredictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('Says what is in pictures, and waits for it.')
    .argument('<files...>', 'pictures');
  withServerOptions(withPredictionOptions(command))
    .option('--json', 'print each answer as one line of JSON')
    .addHelpText(
      'after',
      `
Examples:
  shoal predict reef.jpg --model demo-yolo
  shoal predict *.jpg --min-score 0.5 --json | jq .detections`,
    )
    .action(async (files: readonly string[], words: PredictWords) => {
      const { predictFiles } = await import('./predict-files.ts');
      await predictFiles(files, words);
    });
}
