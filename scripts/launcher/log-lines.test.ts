import { expect, test } from 'vitest';
import { lineSplitter, readableLine } from './log-lines.ts';

test('a warning is shown with its cause', () => {
  const line = JSON.stringify({
    level: 'warn',
    msg: 'Redis is away',
    err: { message: 'connection refused' },
  });
  expect(readableLine(line)).toBe('warning: Redis is away: connection refused');
});

test('a message that repeats its cause is shown once', () => {
  expect(readableLine(JSON.stringify({ level: 'fatal', msg: 'no file', err: { message: 'no file' } }))).toBe(
    'error: no file',
  );
});

test('what is only information stays in the log file', () => {
  expect(readableLine(JSON.stringify({ level: 'info', msg: 'ready' }))).toBeUndefined();
});

test.each(['Error: cannot find module', '{"level":', '[]', 'null', '{"msg":"no level"}'])(
  'a line that is no log entry is shown as it is: %s',
  (line) => {
    expect(readableLine(line)).toBe(line);
  },
);

test('a line that arrives in two pieces is one line, and the last one needs no line end', () => {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  splitter.push('on');
  splitter.push('e\ntwo\nthr');
  splitter.push('ee');
  splitter.flush();
  expect(lines).toEqual(['one', 'two', 'three']);
});
