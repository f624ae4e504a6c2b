// Writes the YOLO demo's training set as plain arrays, so that the trainer needs no image library and both sides
// agree on every pixel: pictures.u8 [count, side, side, 3] RGB, truths.f32 [objects, 6] rows of
// (picture, class, x1, y1, x2, y2) in network pixels, and set.json with the numbers to read them by.
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { letterbox } from './letterbox.ts';
import type { Resampler } from './letterbox.ts';
import { drawScene } from './scenes.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '4000' },
    side: { type: 'string', default: '320' },
    out: { type: 'string' },
  },
});
if (values.out === undefined) throw new Error('--out DIR is required');
const [seed, count, side] = [Number(values.seed), Number(values.count), Number(values.side)];

await mkdir(values.out, { recursive: true });
const truths: number[] = [];
await using pictures = await open(join(values.out, 'pictures.u8'), 'w');
for (let index = 0; index < count; index += 1) {
  const scene = drawScene(seed, index);
  const resampler: Resampler = index % 2 === 0 ? 'bilinear' : 'area';
  const { rgb, geometry } = await letterbox(scene, side, resampler);
  await pictures.writeFile(rgb);
  for (const { classId, boxXyxy } of scene.objects) {
    const [x1, y1, x2, y2] = boxXyxy;
    const { scale, left, top } = geometry;
    truths.push(index, classId, x1 * scale + left, y1 * scale + top, x2 * scale + left, y2 * scale + top);
  }
}
await writeFile(join(values.out, 'truths.f32'), new Uint8Array(Float32Array.from(truths).buffer));
await writeFile(
  join(values.out, 'set.json'),
  `${JSON.stringify({ seed, count, side, objects: truths.length / 6 })}\n`,
);
console.log(`${count} scenes of seed ${seed}, ${truths.length / 6} objects, in ${values.out}`);
