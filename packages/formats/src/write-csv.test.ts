import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { writtenText } from './format-writer.ts';
import { formatWriter } from './formats.ts';
import type { FormatOptions } from './format-options.ts';
import type { PictureResult } from './picture-result.ts';
import { answered, anyPicture, anyText, broken, found } from './testing/made-up-pictures.ts';

const csv = (pictures: readonly PictureResult[], options?: FormatOptions): string =>
  writtenText(formatWriter('csv', options), pictures);

/** A reader after RFC 4180, so that what is written is not judged by its writer. */
function parse(text: string, separator = ','): string[][] {
  const rows: string[][] = [[]];
  let field = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') field += text[at++];
      else quoted = false;
    } else if (character === '"' && field === '') quoted = true;
    else if (character === separator || character === '\n') {
      rows.at(-1)!.push(character === '\n' ? field.replace(/\r$/, '') : field);
      if (character === '\n') rows.push([]);
      field = '';
    } else field += character;
  }
  return rows.slice(0, -1);
}

const records = (text: string): Record<string, string>[] => {
  const [header = [], ...rows] = parse(text);
  return rows.map((row) => Object.fromEntries(header.map((column, index) => [column, row[index]!])));
};

test('each detection is a row, a picture with none is one too, and so is a failure', () => {
  const text = csv([
    answered('dive 1/a.jpg', found('crab', 0.9), found('eel', 0.25)),
    answered('dive 1/b.jpg'),
    broken,
  ]);
  expect(text.split('\r\n')).toEqual([
    'file,outcome,label,class_id,score,x1,y1,x2,y2,image_width,image_height,model,model_version,error',
    'dive 1/a.jpg,detection,crab,0,0.9,10,20,30,60,200,100,benthic,1,',
    'dive 1/a.jpg,detection,eel,1,0.25,10,20,30,60,200,100,benthic,1,',
    'dive 1/b.jpg,nothing,,,,,,,,200,100,benthic,1,',
    'dive 2/broken.jpg,failed,,,,,,,,,,,,image_undecodable: the picture is damaged',
    '',
  ]);
});

test('below the minimum score a detection has no row, and a picture of such is one where nothing was found', () => {
  const rows = records(csv([answered('a.jpg', found('crab', 0.3))], { minScore: 0.5 }));
  expect(rows).toMatchObject([{ file: 'a.jpg', outcome: 'nothing', score: '' }]);
});

test('whatever the names hold, the table has its columns, and the numbers survive it', () => {
  fc.assert(
    fc.property(fc.array(anyPicture, { maxLength: 6 }), (pictures) => {
      const rows = records(csv(pictures));
      const detections = pictures.flatMap((picture) =>
        'prediction' in picture ? picture.prediction.detections : [],
      );
      const detected = rows.filter(({ outcome }) => outcome === 'detection');
      expect(detected).toHaveLength(detections.length);
      for (const [index, { label, score, box }] of detections.entries()) {
        const row = detected[index]!;
        expect(row['label']).toBe(label);
        expect(Number(row['score'])).toBeCloseTo(score, 5);
        expect(Number(row['x1'])).toBeCloseTo(box.x1, 1);
        expect(Number(row['y2'])).toBeCloseTo(box.y2, 1);
      }
      for (const row of rows) expect(Object.values(row)).not.toContain(undefined);
    }),
  );
});

test('no text begins a formula, in a spreadsheet that splits at commas, at semicolons or at tabs', () => {
  fc.assert(
    fc.property(anyText, anyText, (file, message) => {
      const text = csv([{ file, error: { code: message, message } }]);
      for (const separator of [',', ';', '\t']) {
        const cells = parse(text, separator).slice(1).flat();
        for (const cell of cells) expect(cell).not.toMatch(/^\s*[=+\-@]/);
      }
    }),
    { numRuns: 500 },
  );
});

test('a path that looks like a formula stays a path to the same file', () => {
  expect(records(csv([answered('=1+1.jpg'), answered('-dive/a.jpg')])).map(({ file }) => file)).toEqual([
    './=1+1.jpg',
    './-dive/a.jpg',
  ]);
});
