import { expect, test } from 'vitest';
import { requestIdOf } from './request-id.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${trace}-b7ad6b7169203331-01`;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test('a caller’s own id wins over its trace, and the trace over a new one', () => {
  expect(requestIdOf({ 'x-request-id': 'dive-12.frame:7', traceparent })).toBe('dive-12.frame:7');
  expect(requestIdOf({ traceparent })).toBe(trace);
  expect(requestIdOf({})).toMatch(uuid);
  expect(requestIdOf({})).not.toBe(requestIdOf({}));
});

test.each([
  ['spaces', 'a b'],
  ['a line end', 'a\nb'],
  ['nothing', ''],
  ['too much', 'x'.repeat(129)],
])('an own id of %s is passed over', (_what, given) => {
  expect(requestIdOf({ 'x-request-id': given, traceparent })).toBe(trace);
});

test.each([
  ['of an invalid version', traceparent.replace('00', 'ff')],
  ['of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['with a parent of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
  ['in capitals', traceparent.toUpperCase()],
  ['that is cut off', traceparent.slice(0, -3)],
  ['with something behind it', `${traceparent}1`],
])('a trace %s is passed over', (_what, given) => {
  expect(requestIdOf({ traceparent: given })).toMatch(uuid);
});

test('a trace of a later version may say more', () => {
  expect(requestIdOf({ traceparent: `${traceparent.replace('00', '01')}-more` })).toBe(trace);
});
