/** The commands and their words. Only the parts that a command needs are loaded, when it runs. */
import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addCompareCommand } from './compare/compare.ts';
import { addDoctorCommand } from './doctor/doctor-command.ts';
import { addMapCommand } from './map/map-command.ts';
import { addModelsCommand } from './models/models.ts';
import { addPredictCommand } from './predict/predict-command.ts';
import { addStressCommand } from './stress/stress-command.ts';
import { addWatchCommand } from './watch/watch-command.ts';

/** Whoever asked for nothing sees the help as a refusal. */
export function buildProgram(): Command {
  const program = new Command('shoal')
    .description('Finds things in pictures, with the models of a Shoal server.')
    .version(manifest.version, '--version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .configureHelp({ showGlobalOptions: true });
  addPredictCommand(program);
  addMapCommand(program);
  addWatchCommand(program);
  addModelsCommand(program);
  addCompareCommand(program);
  addStressCommand(program);
  addDoctorCommand(program);
  return program;
}
