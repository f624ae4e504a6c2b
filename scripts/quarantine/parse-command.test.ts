import { describe, expect, test } from 'vitest';
import { UsageError, parseCommand } from './parse-command.ts';

const id = '01a1f95b-d4f2-7019-882b-31a88c643b85';
const other = '01a1f95b-cc80-754b-81ba-69a2fe072864';

describe('a command', () => {
  test.each([
    ['list', { kind: 'list', isJson: false }],
    ['list --json', { kind: 'list', isJson: true }],
    [`show ${id}`, { kind: 'show', id, out: undefined, isJson: false }],
    [`show --out - ${id}`, { kind: 'show', id, out: '-', isJson: false }],
    [`drop ${id} ${other}`, { kind: 'drop', ids: [id, other], isJson: false }],
    ['drop --all', { kind: 'drop all', isJson: false }],
    [`retry ${id}`, { kind: 'retry', id, waitS: 0, gateway: undefined, keyFile: undefined, isJson: false }],
    [
      `retry ${id} --wait 30 --gateway https://shoal.example:8443/a/ --key-file key --json`,
      {
        kind: 'retry',
        id,
        waitS: 30,
        gateway: 'https://shoal.example:8443/a',
        keyFile: 'key',
        isJson: true,
      },
    ],
    ['--help', { kind: 'help', isJson: false }],
    ['retry -h', { kind: 'help', isJson: false }],
    ['help', { kind: 'help', isJson: false }],
  ])('"%s" is understood', (words, command) => {
    expect(parseCommand(words.split(' '))).toEqual(command);
  });

  test.each([
    ['', 'expected list, show, retry or drop, came nothing'],
    ['look', 'came "look"'],
    ['toString', 'came "toString"'],
    ['list all', '"all" is not the id of a prediction'],
    [`list ${id}`, 'list takes no id'],
    ['show', 'show: expected one id, came 0'],
    [`show ${id} ${other}`, 'show: expected one id, came 2'],
    ['show ../rows', '"../rows" is not the id'],
    ['show rows', '"rows" is not the id'],
    [`show ${id} --wait 1`, 'show takes no --wait'],
    [`retry ${id} --out x`, 'retry takes no --out'],
    [`retry ${id} --wait 0`, '--wait: expected 1 to 3600 seconds, came 0'],
    [`retry ${id} --wait 3601`, '--wait: expected 1 to 3600 seconds'],
    [`retry ${id} --wait soon`, '--wait: expected 1 to 3600 seconds, came soon'],
    [`retry ${id} --gateway localhost:8080`, '--gateway: expected http://… or https://…'],
    ['drop', 'drop: expected ids, or --all'],
    [`drop ${id} --all`, 'drop takes ids or --all, not both'],
    ['list --yes', '--yes'],
    [`show ${id} --out`, '--out'],
  ])('"%s" is refused: %s', (words, reason) => {
    const parse = () => parseCommand(words.split(' ').filter(Boolean));
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(reason);
  });
});
