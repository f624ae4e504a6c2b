/** The words of `shoal doctor`. */
import { Option, type Command } from 'commander';
import { withServerOptions, type ServerOptions } from '../ask-server.ts';

export interface DoctorWords extends ServerOptions {
  readonly model?: string;
  readonly json?: boolean;
}

export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('Says what is wrong with an installation, and what to do about it. It changes nothing.')
    .addOption(new Option('-m, --model <name>', 'the model that gets a picture').env('SHOAL_MODEL'));
  withServerOptions(command)
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      `
Examples:
  shoal doctor
  shoal doctor --url https://shoal.example.org --api-key-file key.txt

The exit status is 1 when something is broken, 3 when no server answers; warnings are no failure.`,
    )
    .action(async (words: DoctorWords) => {
      const { examine } = await import('./examine.ts');
      await examine(words);
    });
}
