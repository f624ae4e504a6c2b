/** Kind `headers`, second half: where a request begins and ends, down to what is no HTTP any more. */
import {
  barePath,
  contentType,
  honest,
  only,
  recipe,
  toBytes,
  type Hostile,
  type Recipe,
} from './fuzz-case.ts';
import type { Random } from './random.ts';

const notHttp = [
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('160301020001000001fc0303', 'hex'),
  Buffer.from('EHLO a\r\n\r\n'),
  Buffer.from('*1\r\n$8\r\nFLUSHALL\r\n'),
];
const lengths = [
  '-1',
  'x',
  '1e3',
  '0x10',
  '1, 1',
  '',
  '+5',
  '1 1',
  '99999999999999999999',
  '18446744073709551616',
  '5\0',
];
const encodings = [
  'gzip',
  'identity',
  'gzip, chunked',
  'chunked, chunked',
  'chunked, gzip',
  'xchunked',
  '\tchunked',
  'chunked\x0b',
  '"chunked"',
  'CHUNKED',
];
const extensions = ['a', 'a=b', 'a="b"', 'x'.repeat(20_000), '\xff', '\0'];
const brokenLines = [' folded', '\tfolded', 'x', ': y', 'x : y', 'x\0: y', 'x: \0', 'x: a\rb', '\x80: y'];
const versions = ['0.9', '1.0', '1.2', '2.0', '3', '11', 'x', ''];
const upgrades = ['h2c', 'websocket', 'TLS/1.0', 'x'.repeat(500), ''];
const expectations = ['200-ok', '', '100-continue, 100-continue', 'x'.repeat(500)];

type Steps = Hostile['steps'];
const unreadable = (steps: Steps): Hostile => only([400, 408, 413, 431], steps);
const raw = (text: string, body: Buffer = Buffer.alloc(0)): Steps => [
  Buffer.concat([Buffer.from(text, 'latin1'), body]),
];
const head = (...lines: readonly string[]): string =>
  [`POST ${barePath} HTTP/1.1`, 'host: a', 'content-type: image/jpeg', ...lines, '', ''].join('\r\n');

export function framingRecipes(picture: Buffer): readonly Recipe[] {
  const trueLength = `content-length: ${picture.length}`;
  const inChunks = (lines: readonly string[], size: number, say?: (length: number) => string): Steps =>
    raw(head('connection: close', ...lines), chunks(picture, size, say));
  const withLine = (line: string): Steps => raw(head(line, 'connection: close', trueLength), picture);
  return [
    recipe(
      'a length that is no number',
      (random) => unreadable(raw(head(`content-length: ${random.pick(lengths)}`), picture)),
      2,
    ),
    recipe(
      'a length too small',
      (random) => {
        const length = `content-length: ${random.integer(0, picture.length - 1)}`;
        return honest(raw(head('connection: close', length), picture));
      },
      2,
    ),
    recipe('a length of terabytes', () => only([413], raw(head('content-length: 999999999999'), picture))),
    recipe(
      'two lengths',
      (random) =>
        unreadable(raw(head(trueLength, `content-length: ${random.pick([picture.length, 0, 5])}`), picture)),
      2,
    ),
    recipe(
      'a length and chunks',
      (random) => {
        const both = ['content-length: 5', 'transfer-encoding: chunked'];
        return unreadable(inChunks(random.chance(0.5) ? both : both.toReversed(), 1_000));
      },
      2,
    ),
    recipe('sound chunks', (random) =>
      only([200], inChunks(['transfer-encoding: chunked'], random.pick([1, 7, 1_000, 65_536]))),
    ),
    recipe(
      'chunks with extensions and trailers',
      (random) =>
        honest(
          inChunks(['transfer-encoding: chunked', 'trailer: x'], 1_000, (length) => {
            return `${length.toString(16)};${random.pick(extensions)}`;
          }),
        ),
      2,
    ),
    recipe(
      'chunks that lie',
      (random) =>
        unreadable(inChunks(['transfer-encoding: chunked'], 1_000, (length) => lie(random, length))),
      2,
    ),
    recipe(
      'another transfer encoding',
      (random) => honest(inChunks([`transfer-encoding: ${random.pick(encodings)}`], 1_000)),
      2,
    ),
    recipe(
      'Expect: 100-continue',
      () => only([200], [...raw(head('expect: 100-continue', 'connection: close', trueLength)), 50, picture]),
      2,
    ),
    recipe('Expect of something else', (random) => honest(withLine(`expect: ${random.pick(expectations)}`))),
    recipe(
      'an upgrade that is none',
      (random) => {
        const upgrade = `connection: Upgrade, HTTP2-Settings\r\nupgrade: ${random.pick(upgrades)}`;
        return only(
          [200],
          raw(head(upgrade, 'http2-settings: AAMAAABkAAQAoAAAAAIAAAAA', trueLength), picture),
        );
      },
      3,
    ),
    recipe('HTTP/2, TLS, or another protocol', (random) => unreadable([random.pick(notHttp)]), 2),
    recipe(
      'noise from the start',
      (random) =>
        unreadable([Buffer.concat([random.bytes(random.integer(1, 2_000)), Buffer.from('\r\n\r\n')])]),
      2,
    ),
    recipe(
      'another version of HTTP',
      (random) =>
        honest(
          raw(`POST ${barePath} HTTP/${random.pick(versions)}\r\nhost: a\r\n${trueLength}\r\n\r\n`, picture),
        ),
      2,
    ),
    recipe(
      'lines that end in LF or CR',
      (random) => {
        const ending = random.pick(['\n', '\n\r', '\r\r\n']);
        return honest(raw(head('connection: close', trueLength).replaceAll('\r\n', ending), picture));
      },
      2,
    ),
    recipe('folded and broken header lines', (random) => honest(withLine(random.pick(brokenLines))), 2),
    recipe(
      'a second request behind the first',
      () => {
        const second = Buffer.from(head('connection: close', trueLength));
        return only([200], raw(head(trueLength), Buffer.concat([picture, second, picture])));
      },
      2,
    ),
    recipe('a request that stops in its head', (random) => ({
      steps: [
        toBytes({ headers: [contentType('image/jpeg')] }).subarray(0, random.integer(1, 60)),
        random.integer(0, 50),
      ],
      leaves: true,
    })),
  ];
}

function chunks(body: Buffer, size: number, say = (length: number): string => length.toString(16)): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${say(piece.length)}\r\n`, 'latin1'), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

const lie = (random: Random, length: number): string =>
  random.pick([`-${length}`, 'x', 'fffffffffffffffff', `0x${length}`, (length - 1).toString(16), '']);
