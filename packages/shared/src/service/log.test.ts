import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

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
