/**
 * The door between the environment and typed settings. Takes text, gives values, reports every problem at once.
 * An empty value is an unset one, since Compose passes empty strings for what `.env` leaves out.
 */
import {
  closingMarginMs,
  frontDoorNoticeMs,
  variables,
  type Settings,
  type Variable,
  type VariableName,
} from '../contract/index.ts';

type Source = Readonly<Record<string, string | undefined>>;

/** All that is wrong with the environment, one line a problem. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(`the environment has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`);
    this.name = 'SettingsError';
  }
}

/**
 * Reads every declared variable. Other programs' variables are ignored, but an undeclared `SHOAL_*` is a spelling
 * mistake that would otherwise go unnoticed.
 */
export function readSettings(source: Source): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};

  for (const [name, declared] of Object.entries<Variable>(variables)) {
    const given = source[name];
    const value = given === undefined || given === '' ? declared.default : given;
    const parsed = declared.schema.safeParse(value);
    if (parsed.success) {
      values[name] = parsed.data;
    } else {
      // A connection string may hold a password; hashes and secrets are not for logs either.
      const came = /_(?:URL|USERS|SECRET)$/.test(name) ? 'something else' : `"${value ?? ''}"`;
      problems.push(`${name}: ${parsed.error.issues.map((issue) => issue.message).join(', ')}; came ${came}`);
    }
  }
  for (const name of Object.keys(source)) {
    if (name.startsWith('SHOAL_') && !(name in variables)) {
      problems.push(`${name}: there is no such variable${nearest(name)}`);
    }
  }
  if (problems.length === 0) problems.push(...brokenRelations(values as Settings));
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Settings;
}

/** The ladder of time-outs and the sums of limits: each rule names both variables and their values. */
function brokenRelations(settings: Settings): string[] {
  const problems: string[] = [];
  const below = (lower: VariableName, upper: VariableName, why: string) => {
    const [low, high] = [Number(settings[lower]), Number(settings[upper])];
    if (!(low < high)) {
      problems.push(`${lower} (${low}) must be below ${upper} (${high}): ${why}`);
    }
  };
  const notAbove = (lower: VariableName, upper: VariableName, why: string) => {
    const [low, high] = [Number(settings[lower]), Number(settings[upper])];
    if (low > high) problems.push(`${lower} (${low}) must be at most ${upper} (${high}): ${why}`);
  };
  below('SHOAL_INFERENCE_TIMEOUT_MS', 'SHOAL_DEADLINE_MS', 'a stuck device must show before callers give up');
  below('SHOAL_REDIS_TIMEOUT_MS', 'SHOAL_DEADLINE_MS', 'a refusal must come before the deadline');
  below('SHOAL_DEADLINE_MS', 'SHOAL_DRAIN_MS', 'a waiting request must be able to end while draining');
  notAbove(
    'SHOAL_DEADLINE_MS',
    'SHOAL_DEADLINE_MAX_MS',
    'the usual deadline must be one that may be asked for',
  );
  notAbove(
    'SHOAL_ASYNC_DEADLINE_MS',
    'SHOAL_DEADLINE_MAX_MS',
    'the usual deadline must be one that may be asked for',
  );
  const { SHOAL_GATEWAY_URL: gatewayUrl, SHOAL_LAME_DUCK_MS: lameDuckMs } = settings;
  if (gatewayUrl !== undefined && lameDuckMs < frontDoorNoticeMs) {
    problems.push(
      `SHOAL_LAME_DUCK_MS (${lameDuckMs}) must be at least ${frontDoorNoticeMs} where SHOAL_GATEWAY_URL is set: ` +
        'the front door must notice that a gateway leaves while it still serves',
    );
  }
  const { SHOAL_STOP_GRACE_MS: graceMs } = settings;
  if (graceMs !== undefined && lameDuckMs + settings.SHOAL_DRAIN_MS + closingMarginMs >= graceMs) {
    problems.push(
      `SHOAL_LAME_DUCK_MS (${lameDuckMs}), SHOAL_DRAIN_MS (${settings.SHOAL_DRAIN_MS}) and ${closingMarginMs} ms for closing must together ` +
        `be below SHOAL_STOP_GRACE_MS (${graceMs}): who is killed loses what is in flight`,
    );
  }
  return problems;
}

function nearest(name: string): string {
  const known = Object.keys(variables).filter((candidate) => candidate.startsWith('SHOAL_'));
  const words = new Set(name.split('_'));
  const shared = (candidate: string) => candidate.split('_').filter((word) => words.has(word)).length;
  const best = known.toSorted((a, b) => shared(b) - shared(a))[0];
  return best !== undefined && shared(best) > 1 ? `; did you mean ${best}?` : '';
}

/** `.env.example`: every variable with its meaning and its default, in the order of declaration. */
export function renderEnvExample(): string {
  const head = [
    '# Every variable that Shoal reads, with its default. Copy to `.env` and uncomment what you change.',
    '# This file is generated: `npm run env-example`.',
  ];
  const rows = Object.entries<Variable>(variables).flatMap(([name, { default: value, meaning, readBy }]) => [
    '',
    `# ${meaning} (${readBy.join(', ')})`,
    `# ${name}=${value ?? ''}`,
  ]);
  return `${[...head, ...rows].join('\n')}\n`;
}
