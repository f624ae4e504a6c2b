import { expect, test } from 'vitest';
import { decodeImage } from './decode-image.ts';
import { PixelBudget } from './pixel-budget.ts';
import { testPicture } from './test-context.ts';

test('of pictures that were decoded, none is kept', { timeout: 60_000 }, async () => {
  const size = 640;
  const bytes = await testPicture(size, size);
  const limits = { imagePixelsMax: size * size, heldPixels: new PixelBudget(size * size) };
  const decode = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) {
      await decodeImage(
        bytes,
        { fit: 'letterbox', sizes: [{ width: size, height: size }], padValue: 0 },
        limits,
      );
    }
  };
  await decode(100);
  const before = process.memoryUsage().rss;
  const times = 300;
  await decode(times);
  const kept = process.memoryUsage().rss - before;
  expect(kept).toBeLessThan((times * size * size * 3) / 3);
});
