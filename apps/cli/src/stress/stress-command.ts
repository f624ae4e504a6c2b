/** The words of `shoal stress`, which reads them itself: with them come the forms and the habits of other servers. */
import type { Command } from 'commander';

export function addStressCommand(program: Command): void {
  program
    .command('stress')
    .description('Posts pictures to a running server, and says how fast it answered and what failed.')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[words...]', '`shoal stress --help` names them')
    .action(async (words: readonly string[]) => {
      const { stressServer } = await import('./stress-server.ts');
      await stressServer(words);
    });
}
