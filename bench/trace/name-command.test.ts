import { expect, test } from 'vitest';
import { nameCommand, wokenIds } from './name-command.ts';

const id = '01a1fa15-8051-75c2-a3ed-80665e3b4c9b';
const other = '01a1fa15-7efa-7087-b218-d34af2065acc';
const digest = 'a868382b129f61a9d7f26a859cb0800daeb541d6';
const queue = '{shoal}:queue:demo-yolo';

/** As ioredis tells of them: what might be secret or large is a question mark. */
test.each([
  ['the bytes are stored', 'set', [`{shoal}:upload:${id}`, '?', '?', '?'], 'OK', 'store'],
  ['the bytes are fetched', 'get', [`{shoal}:upload:${id}`], Buffer.from('picture'), 'fetch'],
  ['a picture is admitted', 'evalsha', [digest, '6', `{shoal}:upload:${id}`], ['accepted', 0], 'admit'],
  ['a job is begun', 'evalsha', [digest, '3', `{shoal}:result:${id}`], [0, 0, 0, 1], 'mark'],
  ['an answer is written', 'evalsha', [digest, '9', `{shoal}:result:${id}`], '', 'publish'],
  ['a job is added', 'evalsha', [digest, '9', `${queue}:wait`, `${queue}:paused`], id, 'enqueue'],
  ['a job is taken', 'evalsha', [digest, '11', `${queue}:wait`], [['data', '{}'], id, 0, 0], 'take'],
  ['the next one is taken', 'evalsha', [digest, '14', `${queue}:wait`], [['data', '{}'], id, 0, 0], 'take'],
])('%s', (_, command, args, reply, event) => {
  expect(nameCommand(command, args, reply)).toEqual({ event, id });
});

test.each([
  ['a queue that is empty', 'evalsha', [digest, '11', `${queue}:wait`], [0, 0, 0, 0]],
  ['a job that is done, with none after it', 'evalsha', [digest, '14', `${queue}:wait`], 0],
  ['a look at the queue', 'bzpopmin', [`${queue}:marker`, '5'], [`${queue}:marker`, '0', '0']],
  ['a look at a prediction', 'evalsha', [digest, '4', `{shoal}:result:${id}`], ['', '', 0, 0]],
  ['a sign of life', 'evalsha', [digest, '4', '{shoal}:worker:demo-yolo/1'], null],
  ['a command without arguments', 'info', [], 'redis_version:8'],
])('%s is no step', (_, command, args, reply) => {
  expect(nameCommand(command, args, reply)).toBeUndefined();
});

const message = (text: string): string =>
  `*3\r\n$7\r\nmessage\r\n$49\r\n{shoal}:wake:2a1a30e7-1688-460e-8dcc-748879cdd0dc\r\n$${text.length}\r\n${text}\r\n`;

test('each wake-up in a piece of the stream is found, with an answer and without', () => {
  const stream = message(`${id} {"id":"${id}","status":"succeeded"}`) + message(other);
  expect(wokenIds(stream)).toEqual([id, other]);
});

test('the word of a webhook wakes nobody', () => {
  expect(wokenIds(message(`webhook ${id}`))).toEqual([]);
});
