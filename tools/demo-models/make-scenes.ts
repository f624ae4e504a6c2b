// Writes scenes as PNG or JPEG files, with truths.json beside them: what to look at, to post to a server, or to measure
// a model with. The series is the one of `scenes.ts`; nothing is drawn here.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { SHAPES, drawScene } from './scenes.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '4' },
    jpeg: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
if (values.out === undefined) throw new Error('--out DIR is required');
const [seed, count] = [Number(values.seed), Number(values.count)];

await mkdir(values.out, { recursive: true });
const truths: string[] = [];
for (let index = 0; index < count; index += 1) {
  const { width, height, rgb, objects } = drawScene(seed, index);
  const name = `scene_${seed}_${index}_${width}x${height}.${values.jpeg ? 'jpg' : 'png'}`;
  const image = sharp(rgb, { raw: { width, height, channels: 3 } });
  // Without chroma subsampling: it would bleed the colours over the shapes' hard edges.
  if (values.jpeg) image.jpeg({ quality: 88, chromaSubsampling: '4:4:4' });
  await image.toFile(join(values.out, name));
  const lines = objects.map(
    ({ classId, boxXyxy }) =>
      `    { "label": "${SHAPES[classId]}", "classId": ${classId}, "boxXyxy": [${boxXyxy.join(', ')}] }`,
  );
  truths.push(`  "${name}": [\n${lines.join(',\n')}\n  ]`);
}
// One object a line, which JSON.stringify cannot do: people read this file.
await writeFile(join(values.out, 'truths.json'), `{\n${truths.join(',\n')}\n}\n`);
console.log(`${count} scenes of seed ${seed} in ${values.out}`);
