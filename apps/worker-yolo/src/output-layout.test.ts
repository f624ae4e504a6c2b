import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideLayout } from './output-layout.ts';
import type { OutputFacts } from './output-layout.ts';

const facts: OutputFacts = {
  labelCount: 80,
  endToEnd: null,
  saysDetection: false,
  inputWidth: 640,
  inputHeight: 640,
};

describe('the layout of an output', () => {
  test.each([
    ['YOLOv5 at 640', [25200, 85], 80, 'rows'],
    ['YOLOv8 at 640', [84, 8400], 80, 'columns'],
    ['YOLOv10', [300, 6], 80, 'end-to-end'],
    ['YOLOv8 of two classes, whose six columns lie the other way', [6, 8400], 2, 'columns'],
    ['YOLOv5 of one class', [25200, 6], 1, 'rows'],
    ['one class, end-to-end', [300, 6], 1, 'end-to-end'],
    ['rows whose number is free', [null, 85], 80, 'rows'],
    ['columns whose number is free', [84, null], 80, 'columns'],
    ['end-to-end of a free number', [null, 6], 80, 'end-to-end'],
    ['rows without labels', [25200, 85], null, 'rows'],
    ['columns without labels', [84, 8400], null, 'columns'],
    ['a few rows of six without labels', [300, 6], null, 'end-to-end'],
    ['many rows of six without labels', [25200, 6], null, 'rows'],
    ['a known second axis without labels, which may be anchors', [null, 8400], null, null],
    ['a known first axis without labels, which may be anchors', [25200, null], null, null],
    ['anchors known and columns free', [25200, null], 80, null],
    ['a toy that fits both ways, with more rows', [100, 101], 96, 'columns'],
    ['nothing known', [null, null], 80, null],
    ['nothing known, not even labels', [null, null], null, null],
    ['six columns of an unknown number and one class', [null, 6], 1, null],
  ] as const)('%s', (_, axes, labelCount, expected) => {
    expect(decideLayout(axes, { ...facts, labelCount })).toBe(expected);
  });

  test('an export that says it is not end-to-end is not, even with few rows of six', () => {
    expect(decideLayout([300, 6], { ...facts, labelCount: 1, endToEnd: false })).toBe('rows');
  });

  test('two equal axes without labels are refused, because both readings are possible', () => {
    expect(() => decideLayout([100, 100], { ...facts, labelCount: null })).toThrow(/could be read both ways/);
  });

  test('is found again for any number of classes and anchors, with and without labels', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 1000 }),
        fc.integer({ min: 2000, max: 100_000 }),
        (classes, anchors) => {
          for (const labelCount of [classes, null]) {
            const known = { ...facts, labelCount };
            expect(decideLayout([anchors, 5 + classes], known)).toBe('rows');
            expect(decideLayout([4 + classes, anchors], known)).toBe('columns');
          }
        },
      ),
    );
  });

  test('a free axis never changes the answer that its length would give', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 200 }),
        fc.integer({ min: 2000, max: 30_000 }),
        fc.boolean(),
        fc.constantFrom(0, 1, 2),
        (classes, anchors, inRows, freed) => {
          const axes = inRows ? [anchors, 5 + classes] : [4 + classes, anchors];
          const known = { ...facts, labelCount: classes };
          const some = decideLayout([freed === 0 ? null : axes[0]!, freed === 1 ? null : axes[1]!], known);
          expect([null, decideLayout([axes[0]!, axes[1]!], known)]).toContain(some);
        },
      ),
    );
  });
});
