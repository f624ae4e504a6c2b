import { expect, test } from 'vitest';
import { testJob } from '../../../../tests/support/exchange.ts';
import { modelOfRow, parseRow } from './ledger-row.ts';

const job = testJob({ options: { classes: ['a b', 'c\n"d"', '{'] } });
const webhook = { url: 'https://hooks.test/', secret: 'whsec_c2VjcmV0' };

test('a row says its number and all of the prediction that was accepted', () => {
  const open = { job, webhook };
  expect(parseRow(`17 4096 normal tiny ${JSON.stringify(open)}`)).toEqual({ number: 17, open });
});

test('a row of a version that knew less is filled with what was meant then', () => {
  const { priority: _priority, keepMs: _keepMs, ...old } = job;
  expect(parseRow(`1 4096 normal tiny ${JSON.stringify({ job: old })}`)?.open.job).toEqual({
    ...job,
    priority: 'normal',
    keepMs: 60_000,
  });
});

test.each([
  ['an earlier form', '4096 tiny'],
  ['a later form', `1 4096 normal tiny ${JSON.stringify({ task: job })}`],
  ['nothing that can be read', '1 4096 normal tiny {"job":'],
  ['nothing', ''],
])('a row of %s is none', (_what, row) => {
  expect(parseRow(row)).toBeUndefined();
});

test.each([
  ['reef-2.1', '1 4096 low reef-2.1 {"of":"a later version"}'],
  ['reef-2.1', '4096 reef-2.1'],
  ['', 'no row at all'],
  ['', ''],
])('the model is %j, also of a row that cannot be read whole', (model, row) => {
  expect(modelOfRow(row)).toBe(model);
});
