import { describe, expect, test } from 'vitest';
import { variables } from '../contract/index.ts';
import { SettingsError, readSettings, renderEnvExample } from './settings.ts';

function problemsOf(source: Record<string, string>): string[] {
  try {
    readSettings(source);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.message.split('\n').slice(1);
  }
  return [];
}

describe('values', () => {
  test('an empty environment gives the defaults, as values and not as text', () => {
    expect(readSettings({})).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8080,
      REDIS_URL: undefined,
      MODELS: undefined,
      CORS_ORIGINS: ['*'],
      DEVICE: 'cpu',
      SHOAL_DEADLINE_MS: 25_000,
    });
    expect(Object.keys(readSettings({})).sort()).toEqual(Object.keys(variables).sort());
  });

  test('what is given counts', () => {
    const given = { PORT: '0', MODELS: ' a, b ,,c', REDIS_URL: 'rediss://:secret@redis:6380/1' };
    expect(readSettings(given)).toMatchObject({ ...given, PORT: 0, MODELS: ['a', 'b', 'c'] });
  });

  test('an empty value is an unset one', () => {
    expect(readSettings({ PORT: '', MODEL: '', REDIS_URL: '', SHOAL_LOG_LEVEL: '' })).toEqual(
      readSettings({}),
    );
  });

  test('the variables of other programs are ignored', () => {
    expect(readSettings({ PATH: '/bin', LANG: 'C', SHOALS: '1', PORTS: 'x' })).toEqual(readSettings({}));
  });
});

describe('problems', () => {
  test('all of them are told at once: the name, what was expected and what came', () => {
    const problems = problemsOf({
      PORT: 'eighty',
      DEVICE: 'abacus',
      SHOAL_UPLOAD_BYTES_MAX: '-1',
      SHOAL_REDIS_PREFIX: 'Shoal:',
      SHOAL_SPEED: 'high',
    });
    expect(problems).toHaveLength(5);
    expect(problems).toEqual([
      expect.stringMatching(/PORT: expected a whole number; came "eighty"/),
      expect.stringMatching(/DEVICE: .*"cpu".*; came "abacus"/),
      expect.stringMatching(/SHOAL_REDIS_PREFIX: lower-case letters, digits and dashes; came "Shoal:"/),
      expect.stringMatching(/SHOAL_UPLOAD_BYTES_MAX: expected a whole number; came "-1"/),
      expect.stringMatching(/SHOAL_SPEED: there is no such variable/),
    ]);
  });

  test.each(['80.5', '1e3', '0x10', ' 8080', '70000', '99999999999999999999'])(
    'a malformed or absurd number is an error, never the default: %j',
    (value) => {
      expect(problemsOf({ PORT: value })).toEqual([expect.stringContaining(`came "${value}"`)]);
    },
  );

  test('the value of REDIS_URL is never repeated: it may hold a password', () => {
    const [problem, ...others] = problemsOf({ REDIS_URL: 'http://me:hunter2@redis' });
    expect(problem).toMatch(/REDIS_URL: expected redis:\/\/… or rediss:\/\/…/);
    expect(problem).not.toMatch(/hunter2|me:/);
    expect(others).toEqual([]);
  });

  test('a secret that is malformed is not repeated either', () => {
    const [problem] = problemsOf({ SHOAL_WEBHOOK_SECRET: 'whsec_hunter2' });
    expect(problem).toMatch(/SHOAL_WEBHOOK_SECRET: expected whsec_ .*; came something else/);
    expect(problem).not.toContain('hunter2');
  });

  test('an unknown SHOAL_ variable is a spelling mistake, and the nearest name is told', () => {
    expect(problemsOf({ SHOAL_UPLOAD_MAX_BYTES: '1' })).toEqual([
      expect.stringMatching(/SHOAL_UPLOAD_MAX_BYTES: .*did you mean SHOAL_UPLOAD_BYTES_MAX\?/),
    ]);
    expect(problemsOf({ SHOAL_BANANA: '1' })).toEqual([expect.not.stringContaining('did you mean')]);
  });
});

describe('relations', () => {
  const deadline = '25000';

  test.each([
    ['SHOAL_INFERENCE_TIMEOUT_MS', 'SHOAL_DEADLINE_MS', { SHOAL_INFERENCE_TIMEOUT_MS: deadline }],
    ['SHOAL_REDIS_TIMEOUT_MS', 'SHOAL_DEADLINE_MS', { SHOAL_REDIS_TIMEOUT_MS: deadline }],
    ['SHOAL_DEADLINE_MS', 'SHOAL_DRAIN_MS', { SHOAL_DRAIN_MS: deadline }],
  ])('%s must be below %s, and an error names both with their values', (lower, upper, given) => {
    expect(problemsOf(given)).toEqual([
      expect.stringContaining(`${lower} (${deadline}) must be below ${upper} (${deadline})`),
    ]);
    const oneLess = lower in given ? '24999' : '25001';
    expect(problemsOf(Object.fromEntries(Object.keys(given).map((name) => [name, oneLess])))).toEqual([]);
  });

  test.each([
    ['SHOAL_DEADLINE_MS', { SHOAL_DEADLINE_MS: '25000', SHOAL_ASYNC_DEADLINE_MS: '100' }],
    ['SHOAL_ASYNC_DEADLINE_MS', { SHOAL_ASYNC_DEADLINE_MS: '25000' }],
  ])('%s may be the longest deadline that can be asked for, and no longer', (name, given) => {
    expect(problemsOf({ ...given, SHOAL_DEADLINE_MAX_MS: '25000' })).toEqual([]);
    const problems = problemsOf({ ...given, [name]: '25001', SHOAL_DEADLINE_MAX_MS: '25000' });
    expect(problems).toEqual([
      expect.stringContaining(`${name} (25001) must be at most SHOAL_DEADLINE_MAX_MS (25000)`),
    ]);
  });

  test('a gateway that tells the front door where it is stays until that has noticed it leaving', () => {
    const given = { SHOAL_GATEWAY_URL: 'auto', SHOAL_LAME_DUCK_MS: '2999' };
    expect(problemsOf(given)).toEqual([
      expect.stringContaining(
        'SHOAL_LAME_DUCK_MS (2999) must be at least 3000 where SHOAL_GATEWAY_URL is set',
      ),
    ]);
    expect(problemsOf({ ...given, SHOAL_LAME_DUCK_MS: '3000' })).toEqual([]);
    expect(problemsOf({ SHOAL_LAME_DUCK_MS: '0' })).toEqual([]);
  });

  test('a container that would be killed before it has drained does not start', () => {
    const given = { SHOAL_LAME_DUCK_MS: '4000', SHOAL_DRAIN_MS: '27000' };
    expect(problemsOf({ ...given, SHOAL_STOP_GRACE_MS: '33001' })).toEqual([]);
    expect(problemsOf({ ...given, SHOAL_STOP_GRACE_MS: '33000' })).toEqual([
      expect.stringMatching(
        /LAME_DUCK_MS \(4000\), SHOAL_DRAIN_MS \(27000\) .* below SHOAL_STOP_GRACE_MS \(33000\)/,
      ),
    ]);
  });

  test('several broken relations are told together', () => {
    expect(problemsOf({ SHOAL_DEADLINE_MS: '1000' })).toHaveLength(2);
  });
});

describe('.env.example', () => {
  const lines = renderEnvExample().split('\n');

  test('each variable stands there once, commented out, under its meaning and its readers', () => {
    for (const [name, { meaning, readBy }] of Object.entries(variables)) {
      const rows = lines.filter((line) => line.startsWith(`# ${name}=`));
      expect(rows).toHaveLength(1);
      expect(lines[lines.indexOf(rows[0]!) - 1]).toBe(`# ${meaning} (${readBy.join(', ')})`);
    }
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  test('uncommented as it is, it changes nothing', () => {
    const rows = lines.flatMap((line) => [...line.matchAll(/^# ([A-Z_]+)=(.*)$/g)]);
    const source = Object.fromEntries(rows.map(([, name, value]) => [name!, value!]));
    expect(Object.keys(source)).toEqual(Object.keys(variables));
    expect(readSettings(source)).toEqual(readSettings({}));
  });
});
