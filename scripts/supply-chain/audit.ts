/**
 * `npm run audit`: says what is known against the packages that are shipped. Exit status 0: asked, and nothing is
 * known. 1: something is known. 2: nobody could be asked, so nothing can be said.
 */
import { askForAdvisories } from './ask-for-advisories.ts';
import { NoPnpmError } from './run-pnpm.ts';

const [registry] = process.argv.slice(2);
const answer = await askForAdvisories(registry).catch((error: unknown) => {
  if (!(error instanceof NoPnpmError)) throw error;
  return { kind: 'not asked', reason: error.message } as const;
});

switch (answer.kind) {
  case 'clean':
    console.log(`Nothing is known against the ${answer.packages} packages that are shipped.`);
    break;
  case 'found':
    for (const { package: name, severity, title, url, vulnerableVersions } of answer.advisories)
      console.error(`${severity}: ${name} ${vulnerableVersions}: ${title} (${url})`);
    process.exitCode = 1;
    break;
  case 'not asked':
    console.error(`NOT AUDITED: ${answer.reason}`);
    process.exitCode = 2;
    break;
}
