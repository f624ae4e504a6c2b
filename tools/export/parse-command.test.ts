import { describe, expect, test } from 'vitest';
import { parseCommand, usage } from './parse-command.ts';

describe('the words of export-model', () => {
  test('are a checkpoint and a folder; the check and nothing else is on by itself', () => {
    expect(parseCommand(['best.pt', '--to', 'models/reef'])).toMatchObject({
      weights: 'best.pt',
      to: 'models/reef',
      isForced: false,
      isChecked: true,
    });
    expect(parseCommand(['best.pt', '--to', 'x', '--force', '--no-check'])).toMatchObject({
      isForced: true,
      isChecked: false,
    });
    expect(parseCommand(['--help'])).toBe('help');
    expect(parseCommand(['--prepare'])).toBe('prepare');
  });

  test.each([
    [[], 'expected one checkpoint, came 0'],
    [['a.pt', 'b.pt', '--to', 'x'], 'expected one checkpoint, came 2'],
    [['a.pt'], '--to: expected the folder'],
    [['a.pt', '--to', 'x', '--like', 'zoo/yolov5n', '--license', 'MIT'], '--like brings labels'],
    [['a.pt', '--into', 'x'], "Unknown option '--into'"],
  ])('%j are refused', (argv, sentence) => {
    expect(() => parseCommand(argv)).toThrow(sentence);
  });

  test('are all in the help', () => {
    for (const option of [
      'config',
      'name',
      'labels',
      'like',
      'license',
      'python',
      'force',
      'no-check',
      'prepare',
    ])
      expect(usage).toContain(`--${option}`);
  });
});
