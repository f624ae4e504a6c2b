import { expect, test } from 'vitest';
import { letterbox, letterboxOf } from './letterbox.ts';
import { drawScene } from './scenes.ts';

test('a wide picture lies in the middle, an odd pixel of padding below', () => {
  expect(letterboxOf(640, 480, 320)).toEqual({ scale: 0.5, width: 320, height: 240, left: 0, top: 40 });
  expect(letterboxOf(320, 255, 320)).toMatchObject({ height: 255, top: 32 });
});

test('an upright picture is padded at its sides', () => {
  expect(letterboxOf(480, 640, 320)).toEqual({ scale: 0.5, width: 240, height: 320, left: 40, top: 0 });
});

test.each(['bilinear', 'area'] as const)(
  '%s keeps the colours in place and fills the rest with grey',
  async (resampler) => {
    const scene = drawScene(21, 0, { width: 640, height: 480 });
    const [object] = scene.objects.slice(-1);
    const [x1, y1, x2, y2] = object!.boxXyxy;
    const { rgb, geometry } = await letterbox(scene, 320, resampler);
    // Two thirds down and in the middle every shape is solid.
    const x = Math.round(((x1 + x2) / 2) * geometry.scale) + geometry.left;
    const y = Math.round((y1 + ((y2 - y1) * 2) / 3) * geometry.scale) + geometry.top;
    expect([...rgb.subarray((y * 320 + x) * 3, (y * 320 + x) * 3 + 3)]).toEqual([...object!.colour]);
    expect(new Set(rgb.subarray(0, 39 * 320 * 3))).toEqual(new Set([114]));
    expect(new Set(rgb.subarray(281 * 320 * 3))).toEqual(new Set([114]));
  },
);
