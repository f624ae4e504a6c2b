import { spawn, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { waitFor } from '../../../../tests/support/wait-for.ts';

test('an error of Redis is logged without its command, which may hold a password or a picture', () => {
  const script = `
    import { createLog } from '${new URL('./log.ts', import.meta.url).href}';
    const error = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['s3cret'] } });
    createLog('test', { SHOAL_LOG_LEVEL: 'info' }).warn({ err: error }, 'Redis is away');
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const line = JSON.parse(stdout) as { err: { message: string } };
  expect(line.err.message).toBe('WRONGPASS');
  expect(stdout).not.toContain('s3cret');
});

test('a line of trouble is written at once with what came before it, and a quiet line soon', async () => {
  const script = `
    import { createLog } from '${new URL('./log.ts', import.meta.url).href}';
    const log = createLog('test', { SHOAL_LOG_LEVEL: 'info' });
    log.info('first');
    log.warn('trouble');
    process.on('SIGTERM', () => log.info('quiet'));
    setInterval(() => {}, 1_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.push(
      ...text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { msg: string }).msg),
    );
  });
  try {
    await waitFor('the trouble', () => said.length >= 2);
    expect(said).toEqual(['first', 'trouble']);
    child.kill('SIGTERM');
    await waitFor('the quiet line', () => said.length === 3);
    expect(said[2]).toBe('quiet');
  } finally {
    child.kill('SIGKILL');
  }
});

test('what was not written yet is written when the process ends, also by an error that nobody caught', () => {
  const script = `
    import { createLog } from '${new URL('./log.ts', import.meta.url).href}';
    createLog('test', { SHOAL_LOG_LEVEL: 'info' }).info('the last line');
    throw new Error('nobody caught this');
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stdout).toContain('the last line');
});
