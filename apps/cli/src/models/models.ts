/** The words of `shoal models`: what a server has, and the commands that make and check model folders. */
import type { Command } from 'commander';
import { withServerOptions, type ServerOptions } from '../ask-server.ts';
import { addCheckCommand } from './check.ts';
import { addPullCommand } from './pull.ts';

export type ModelsWords = ServerOptions & { readonly json?: boolean };

export function addModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .description('Lists the models of a server; its commands make and check model folders.');
  const list = models.command('list', { isDefault: true }).description('Lists the models of a server.');
  withServerOptions(list)
    .option('--json', 'print what the server says of them')
    .addHelpText(
      'after',
      `
Examples:
  shoal models
  shoal models --url http://shoal.example.org:8082 --json`,
    )
    .action(async (words: ModelsWords) => {
      const { listModels } = await import('./list-models.ts');
      await listModels(words);
    });
  addPullCommand(models);
  addCheckCommand(models);
}
