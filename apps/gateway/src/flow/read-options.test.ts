import { ServiceError } from '@shoal/shared/contract';
import { describe, expect, test } from 'vitest';
import { testRecord } from '../../../../tests/support/exchange.ts';
import { ModelRegistry } from '../model-registry.ts';
import { readOptions } from './read-options.ts';
import { legacyForm, predictionForm } from './request-form.ts';

const snapshot = {
  record: testRecord({ aliases: ['old_name'], labels: ['circle', 'square', 'sea star'] }),
  lastSeenMs: 0,
  workers: [],
};
const registry = new ModelRegistry({ list: async () => [snapshot] });

const read = (fields: Record<string, unknown>, form = predictionForm) =>
  readOptions(new Map(Object.entries(fields)), form, registry);

const refusal = async (fields: Record<string, unknown>, form = predictionForm): Promise<ServiceError> => {
  const error: unknown = await read(fields, form).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ServiceError)) throw new Error(`expected a refusal, came ${String(error)}`);
  return error;
};

describe('the model', () => {
  test('is found by its name and by an alias, in the field of the route', async () => {
    expect(await read({ model: 'tiny' })).toEqual({ model: snapshot, options: {} });
    expect(await read({ model_type: 'old_name' }, legacyForm)).toEqual({ model: snapshot, options: {} });
  });

  test.each([
    [undefined, 'nothing'],
    ['', '""'],
    [['a', 'b'], '["a","b"]'],
    [7, '7'],
  ])('%j is no name', async (model, shown) => {
    const error = await refusal(model === undefined ? {} : { model });
    expect(error.toData()).toEqual({
      code: 'options_invalid',
      message: `model: expected the name of a model, came ${shown}`,
    });
  });

  test('that nobody serves is model_unknown', async () => {
    expect((await refusal({ model: 'tinny' })).code).toBe('model_unknown');
  });
});

describe('options', () => {
  const options = {
    minScore: 0.5,
    iou: 0.4,
    maxDetections: 7,
    classes: ['circle', 'sea star'],
    allowTruncated: true,
  };

  test('text of a form and values of JSON mean the same', async () => {
    const text = {
      minScore: '0.5',
      iou: ' .4 ',
      maxDetections: '7',
      classes: 'circle, sea star',
      allowTruncated: 'true',
    };
    expect((await read({ model: 'tiny', ...text })).options).toEqual(options);
    expect((await read({ model: 'tiny', ...options })).options).toEqual(options);
  });

  test('a switch in a form is true or false, in so many letters', async () => {
    expect((await read({ model: 'tiny', allowTruncated: 'false' })).options).toEqual({
      allowTruncated: false,
    });
    expect((await refusal({ model: 'tiny', allowTruncated: 'yes' })).message).toContain('allowTruncated');
  });

  test('a field that came twice is a list', async () => {
    expect((await read({ model: 'tiny', classes: ['circle', 'square'] })).options).toEqual({
      classes: ['circle', 'square'],
    });
  });

  test('all problems are told at once: the field, and what came', async () => {
    const error = await refusal({ model: 'tiny', minScore: '2', iou: 'half', maxDetections: '', other: '1' });
    expect(error.code).toBe('options_invalid');
    const problems = error.message.split('; ');
    expect(problems).toHaveLength(4);
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^minScore: .*came 2$/),
        expect.stringMatching(/^iou: .*came "half"$/),
        expect.stringMatching(/^maxDetections: .*came ""$/),
        'other: there is no such option',
      ]),
    );
  });

  test('an option that does not exist is ignored for old clients, and one that does is still checked', async () => {
    const fields = { model_type: 'tiny', client: 'vars', minScore: '0.5' };
    expect((await read(fields, legacyForm)).options).toEqual({ minScore: 0.5 });
    expect((await refusal({ ...fields, minScore: 'x' }, legacyForm)).message).toMatch(/^minScore: /);
  });

  test('what a client sends is repeated only so far', async () => {
    const error = await refusal({ model: 'tiny', minScore: 'x'.repeat(10_000), ['y'.repeat(10_000)]: '1' });
    expect(error.message.length).toBeLessThan(400);
  });
});

describe('classes', () => {
  test('a name that the model does not have is refused, with those it has', async () => {
    const { message } = await refusal({ model: 'tiny', classes: 'circle,hexagon,Square' });
    expect(message).toBe('classes: tiny has no class "hexagon", "Square"; it has circle, square, sea star');
  });

  test('a class that has only a number may be asked for by it', async () => {
    expect((await read({ model: 'tiny', classes: 'class_7' })).options).toEqual({ classes: ['class_7'] });
    expect((await refusal({ model: 'tiny', classes: 'class_x' })).code).toBe('options_invalid');
  });

  test('of many names the first are told, and how many there are', async () => {
    const labels = Array.from({ length: 691 }, (_, index) => `name ${index}`);
    const large = new ModelRegistry({ list: async () => [{ ...snapshot, record: testRecord({ labels }) }] });
    const fields = new Map([
      ['model', 'tiny'],
      ['classes', 'hexagon'],
    ]);
    const refused = readOptions(fields, predictionForm, large);
    await expect(refused).rejects.toThrow(/name 19, … \(691 in all\)$/);
  });
});
