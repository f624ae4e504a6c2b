/** Nothing that opens a door lies in the repository: keys, tokens, passwords in addresses, files that hold such things. */
import { basename } from 'node:path';
import { checkRule } from './check-rule.ts';
import { isForTests, isText } from './project.ts';
import type { Rule } from './project.ts';

const patterns: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a private key', pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/ },
  { what: 'a key of AWS', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { what: 'a token of GitHub', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,})/ },
  { what: 'a token of GitLab', pattern: /\bglpat-[\w-]{20,}/ },
  { what: 'a token of npm', pattern: /\bnpm_[A-Za-z0-9]{36}\b|_authToken\s*=\s*[^\s$]/ },
  { what: 'a token of Slack', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/ },
  { what: 'a key of Google', pattern: /\bAIza[\w-]{35}\b/ },
  { what: 'a signed token', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/ },
  { what: 'a key of Shoal', pattern: /\bshoal_[\w-]{43}/ },
  { what: 'an apparent secret', pattern: assignment() },
];

/** A long value that mixes letters and digits, given in quotes to a name that says what it is. */
function assignment(): RegExp {
  const name = '(?:passw(?:or)?d|secret|token|api_?key|credentials?)';
  return new RegExp(`${name}["']?\\s*[:=]\\s*["'](?=[^"']*\\d)(?=[^"']*[a-z])[\\w+/=-]{20,}["']`, 'i');
}

const addressWithPassword = /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@'"`<>{}$()]*:([^\s/@'"`<>{}$()]+)@/gi;

/** What stands for a password in tests and in examples, where everybody can see that it is none. */
const placeholders = new Set(['secret', 'hunter2', 'password', 'known', 'p', 'a%40b%3Ac%2Fd%2541', '…']);

const secretFiles =
  /^(?:\.env(?:\.(?!example$).+)?|\.netrc|\.pgpass|id_(?:rsa|dsa|ecdsa|ed25519)|.+\.(?:pem|key|p12|pfx|jks))$/;

const secrets: Rule = (project) =>
  project.paths.flatMap((path) => {
    if (secretFiles.test(basename(path))) return [`${path}: a file of this name holds a secret`];
    if (!isText(path) || path === 'pnpm-lock.yaml') return [];
    return project
      .read(path)
      .split('\n')
      .flatMap((line, index) => {
        const passwords = [...line.matchAll(addressWithPassword)].map(([, password = '']) => password);
        const isReal = passwords.some(
          (word) => !placeholders.has(word) || !(isForTests(path) || path.endsWith('.md')),
        );
        const found = [
          ...patterns.filter(({ pattern }) => pattern.test(line)).map(({ what }) => what),
          ...(isReal ? ['an address with a password'] : []),
        ];
        return found.map((what) => `${path}:${index + 1}: looks like ${what}`);
      });
  });

// Put together here, so that this file holds none of them.
const planted = (...parts: readonly string[]): Readonly<Record<string, string>> => ({
  'scripts/plant.ts': `// A line before it.\n${parts.join('')}\n`,
});
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

checkRule('no secret lies in the repository', 'what was committed once is public for ever', secrets, [
  {
    files: planted('-----BEGIN ', 'OPENSSH PRIVATE KEY', '-----'),
    found: 'scripts/plant.ts:2: looks like a private key',
  },
  { files: planted('-----BEGIN ', 'PRIVATE KEY', '-----'), found: 'looks like a private key' },
  { files: planted('AK', 'IA', 'ABCDEFGHIJKLMNOP'), found: 'looks like a key of AWS' },
  { files: planted('gh', 'p_', letters), found: 'looks like a token of GitHub' },
  { files: planted('glp', 'at-', letters), found: 'looks like a token of GitLab' },
  { files: planted('//registry.example/:_auth', 'Token=', 'x'), found: 'looks like a token of npm' },
  { files: planted('xo', 'xb-', letters), found: 'looks like a token of Slack' },
  { files: planted('AI', 'za', letters.slice(0, 35)), found: 'looks like a key of Google' },
  { files: planted('sho', 'al_', letters, letters.slice(0, 7)), found: 'looks like a key of Shoal' },
  {
    files: planted('ey', 'J', letters, '.ey', 'J', letters, '.', letters),
    found: 'looks like a signed token',
  },
  { files: planted('const pass', "word = '", letters, "'"), found: 'looks like an apparent secret' },
  { files: planted('redis://:', letters, '@redis:6379'), found: 'looks like an address with a password' },
  // A placeholder is for tests and documents; a default in a program would be a password.
  { files: planted('redis://:', 'secret', '@redis:6379'), found: 'looks like an address with a password' },
  { files: { 'traefik/files/site.key': '' }, found: 'traefik/files/site.key: a file of this name' },
  { files: { '.env': '' }, found: '.env: a file of this name' },
]);
