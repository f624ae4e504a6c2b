import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { lacksItsEnd } from './lacks-its-end.ts';

const noise = sharp({
  create: {
    width: 200,
    height: 150,
    channels: 3,
    background: '#000',
    noise: { type: 'gaussian', mean: 128, sigma: 60 },
  },
});
const share = (bytes: Buffer, part: number): Buffer => bytes.subarray(0, Math.floor(bytes.length * part));

describe.each([true, false])('a JPEG, progressive: %s', (progressive) => {
  test('that is whole has its end, whatever follows it', async () => {
    const bytes = await noise.clone().jpeg({ progressive }).toBuffer();
    expect(lacksItsEnd(bytes)).toBe(false);
    expect(lacksItsEnd(Buffer.concat([bytes, Buffer.from('trailing')]))).toBe(false);
  });

  test('that was cut off anywhere in its pixels lacks it', async () => {
    const bytes = await noise.clone().jpeg({ progressive }).toBuffer();
    for (const part of [0.3, 0.5, 0.9, 0.999]) expect(lacksItsEnd(share(bytes, part))).toBe(true);
  });
});

test('other formats and no format lack nothing that is known here', async () => {
  const png = await noise.clone().png().toBuffer();
  expect([share(png, 0.5), Buffer.alloc(0), Buffer.from([0xff])].map(lacksItsEnd)).toEqual([
    false,
    false,
    false,
  ]);
});
