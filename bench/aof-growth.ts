/**
 * What serving pictures writes to Redis' append-only file: starts a stack of its own with one demo model, sends pictures
 * one after the other, and prints how much the file grew for each, beside the size of the picture.
 *   node bench/aof-growth.ts --count 300 --picture examples/scene_2033_0_640x512.jpg
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { connectConsumer } from '../packages/shared/src/redis/index.ts';
import { predict } from '../tests/support/ask.ts';
import { startStack } from '../tests/support/stack.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    picture: { type: 'string', default: 'examples/scene_2033_0_640x512.jpg' },
  },
});

const count = Number(values.count);
const picture = await readFile(values.picture);
const stack = await startStack({ models: ['demo-yolo'], redis: { isAppendOnly: true } });
const redis = connectConsumer(stack.redis.url);

/** Bytes written since the last rewrite; the base file is not counted. */
async function fileBytes(): Promise<number> {
  const info = await redis.info('persistence');
  return Number(/^aof_current_size:(\d+)/m.exec(info)?.[1]);
}

// No rewrite in between, which would make the file smaller than what was written.
await redis.config('SET', 'auto-aof-rewrite-percentage', '0');
const before = await fileBytes();
for (let sent = 0; sent < count; sent += 1) {
  const { status } = await predict(stack.url, 'demo-yolo', picture);
  if (status !== 200) throw new Error(`a picture was answered with ${status}`);
}
const perPicture = ((await fileBytes()) - before) / count;
console.log(`${count} pictures of ${picture.length} bytes: ${Math.round(perPicture)} bytes of file each,`);
console.log(`which is the picture and ${Math.round(perPicture - picture.length)} bytes more`);
redis.disconnect();
await stack.stop();
process.exit(0);
