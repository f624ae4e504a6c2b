/** The words of `shoal models pull`. */
import type { Command } from 'commander';

export interface PullWords {
  readonly to?: string;
  readonly name?: string;
  readonly sha256?: string;
  readonly acceptLicense?: boolean;
  readonly force?: boolean;
}

export function addPullCommand(models: Command): void {
  models
    .command('pull')
    .description(
      'Fetches a model and makes a folder of it that is served. Without a name: lists what there is.',
    )
    .argument('[name-or-url]', 'a model of the zoo, or the address of an .onnx, a model.yaml or a checkpoint')
    .option('--to <folder>', 'the folder of model folders (default: MODELS_DIR, else models)')
    .option('--name <name>', 'what the model is called, where the address does not say it')
    .option('--sha256 <digest>', 'what the file at the address must be')
    .option('--accept-license', 'take the model under its licence without being asked')
    .option('--force', 'replace a folder that is there')
    .addHelpText(
      'after',
      `
Examples:
  shoal models pull
  shoal models pull megadetector-v5a --accept-license
  shoal models pull https://models.example.org/reef.onnx --name reef

What was interrupted goes on where it ended when the same command is given again.`,
    )
    .action(async (what: string | undefined, words: PullWords) => {
      const { pullModel } = await import('./pull/pull-model.ts');
      await pullModel(what, words);
    });
}
