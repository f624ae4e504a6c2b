import { describe, expect, test } from 'vitest';
import { CommandError } from '../exit-status.ts';
import { parseCommand, usage } from './parse-command.ts';

const least = '--url http://127.0.0.1:8082 --model demo-yolo --image a.jpg';
const parse = (text: string) => parseCommand(text.split(' '));

describe('a stress test', () => {
  test('needs an address, a model and a picture; the rest has a default', () => {
    expect(parse(least)).toEqual({
      kind: 'stress',
      origin: 'http://127.0.0.1:8082',
      prefix: '',
      model: 'demo-yolo',
      pictures: { kind: 'files', paths: ['a.jpg'] },
      schedule: { kind: 'closed', concurrency: 8 },
      limit: { requests: 100, seconds: undefined },
      form: 'multipart',
      fields: [],
      apiKeyFile: undefined,
      timeoutMs: 30_000,
      warmup: 0,
      html: undefined,
      isJson: false,
      isQuiet: false,
    });
  });

  test('takes everything that its usage names', () => {
    const command = parse(
      '--url https://example.org/model/v1/ --model m --image a.jpg --image b.png --rate 12.5 --seed 9 --in-flight 40 --seconds 60 ' +
        '--form raw --option minScore=0.5 --option classes=a,b=c --priority low --api-key-file k --timeout 2.5 --warmup 3 ' +
        '--html r.html --json --quiet',
    );
    expect(command).toEqual({
      kind: 'stress',
      origin: 'https://example.org',
      prefix: '/model/v1',
      model: 'm',
      pictures: { kind: 'files', paths: ['a.jpg', 'b.png'] },
      schedule: { kind: 'open', perS: 12.5, seed: 9, inFlightMax: 40 },
      limit: { requests: undefined, seconds: 60 },
      form: 'raw',
      fields: [
        ['minScore', '0.5'],
        ['classes', 'a,b=c'],
        ['priority', 'low'],
      ],
      apiKeyFile: 'k',
      timeoutMs: 2_500,
      warmup: 3,
      html: 'r.html',
      isJson: true,
      isQuiet: true,
    });
  });

  test('finds its server and its key where every command does', () => {
    expect(parse('--model m --image a.jpg')).toMatchObject({ origin: 'http://127.0.0.1:8080' });
    const environment = { SHOAL_URL: 'http://b:1', SHOAL_API_KEY_FILE: 'key' };
    expect(parseCommand(['--model', 'm', '--image', 'a.jpg'], environment)).toMatchObject({
      origin: 'http://b:1',
      apiKeyFile: 'key',
    });
  });

  test('a folder is sent once unless something else is asked for', () => {
    const folder = '--url http://a --model m --folder pictures';
    expect(parse(folder)).toMatchObject({
      pictures: { kind: 'folder', path: 'pictures' },
      limit: { requests: undefined, seconds: undefined },
    });
    expect(parse(`${folder} --requests 7`)).toMatchObject({ limit: { requests: 7 } });
  });

  test.each([
    ['http://a', '', 'multipart'],
    ['http://a/', '', 'multipart'],
    ['http://a/predictor', '', 'legacy'],
    ['http://a/x/predictor/', '/x', 'legacy'],
    ['http://a/v1/predictions', '', 'multipart'],
    ['http://a/model/v1', '/model/v1', 'multipart'],
    ['http://a/model/v1/v1/predictions', '/model/v1', 'multipart'],
    ['http://a/predictors', '/predictors', 'multipart'],
  ])('%s is below "%s", and posted to as %s', (url, prefix, form) => {
    expect(parse(`--url ${url} --model m --image a.jpg`)).toMatchObject({
      origin: 'http://a',
      prefix,
      form,
    });
  });

  test('the form that is asked for holds over the one that the address suggests', () => {
    expect(parse('--url http://a/predictor --model m --image a.jpg --form raw')).toMatchObject({
      form: 'raw',
      prefix: '',
    });
  });

  test.each(['--help', '-h', `${least} --help`])('%s is a question', (text) => {
    expect(parse(text)).toEqual({ kind: 'help' });
  });

  test.each([
    ['--url http://a --image a.jpg', '--model: expected a name'],
    ['--url http://a --model m', 'expected --image or --folder'],
    [`${least} --folder b`, 'expected --image or --folder'],
    ['--url localhost:8082 --model m --image a.jpg', '--url: expected http://… or https://…'],
    ['--url ftp://a --model m --image a.jpg', '--url: expected http://…'],
    ['--url http://me:secret@a --model m --image a.jpg', '--url: expected no name, password'],
    ['--url http://a?model=x --model m --image a.jpg', '--url: expected no name'],
    [`${least} --concurrency 0`, '--concurrency: expected a whole number from 1'],
    [`${least} --concurrency 2.5`, '--concurrency: expected a whole number'],
    [`${least} --concurrency 2 --rate 5`, 'expected --concurrency or --rate'],
    [`${least} --rate 0`, '--rate: expected a number from 0.001'],
    [`${least} --rate fast`, '--rate: expected a number'],
    [`${least} --seed 4`, '--seed and --in-flight go with --rate'],
    [`${least} --in-flight 4`, '--seed and --in-flight go with --rate'],
    [`${least} --requests 5 --seconds 5`, 'expected --requests or --seconds'],
    [`${least} --requests 0`, '--requests: expected a whole number from 1'],
    [`${least} --seconds -1`, '--seconds'],
    [`${least} --form xml`, '--form: expected multipart, raw, legacy, came xml'],
    [`${least} --option minScore`, '--option: expected NAME=VALUE, came minScore'],
    [`${least} --option =1`, '--option: expected NAME=VALUE'],
    [`${least} --option model=x`, '--option: model is not one of them'],
    [`${least} --priority urgent`, '--priority: expected high, normal or low, came urgent'],
    [`${least} --form legacy --priority high`, '--priority: /predictor has none'],
    [`${least} --timeout 0`, '--timeout: expected a number'],
    [`${least} --warmup some`, '--warmup: expected a whole number'],
    [`${least} --nothing`, 'nothing'],
    [`${least} stray`, 'stray'],
  ])('%s is refused with a sentence', (text, sentence) => {
    expect(() => parse(text)).toThrow(CommandError);
    expect(() => parse(text)).toThrow(sentence);
  });

  test('the usage names every option', () => {
    const names = [...usage.matchAll(/--([a-z-]+)/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(
      new Set(
        (
          'url model image folder concurrency rate seed in-flight requests seconds form option priority api-key-file ' +
          'timeout warmup html json quiet'
        ).split(' '),
      ),
    );
  });
});
