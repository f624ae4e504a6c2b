import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvents, type ServerEvent } from './read-events.ts';

async function read(pieces: readonly Uint8Array[]): Promise<ServerEvent[]> {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const events: ServerEvent[] = [];
  for await (const event of readEvents(stream)) events.push(event);
  return events;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const sent = [
  ': heartbeat',
  'retry: 1000\nevent: state\ndata: {"place":1}',
  'event: result\r\ndata: {"label":"Ei\u00df\u2028sch \u{1f41f}"}',
  'data:one\ndata: two\nid: 7',
  'event: nothing',
];
const expected = [
  { type: 'state', data: '{"place":1}' },
  { type: 'result', data: '{"label":"Ei\u00df\u2028sch \u{1f41f}"}' },
  { type: 'message', data: 'one\ntwo' },
];

test('events are the same wherever the network cuts them', async () => {
  const whole = bytes(`${sent[0]}\n\n${sent[1]}\n\n${sent[2]}\r\n\r\n${sent[3]}\n\n${sent[4]}\n\n`);
  const cuts = fc.array(fc.nat({ max: whole.length }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(cuts, async (at) => {
      const edges = [0, ...at.sort((a, b) => a - b), whole.length];
      const pieces = edges.slice(1).map((end, index) => whole.slice(edges[index], end));
      expect(await read(pieces)).toEqual(expected);
    }),
  );
});

test('an event that is cut off does not count', async () => {
  expect(await read([bytes('event: result\ndata: {"id":"1"}\n')])).toEqual([]);
});
