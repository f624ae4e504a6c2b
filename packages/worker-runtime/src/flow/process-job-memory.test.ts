/** What a worker holds of a picture while the model looks at it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { testJob, useRedis } from '../../../../tests/support/exchange.ts';
import { processJob } from './process-job.ts';
import { admitForTest, findsASquare, testContext, testPicture } from './test-context.ts';

const world = useRedis();

test('the bytes of a picture are let go of before it is inferred', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const context = testContext(world, {
    async compute(items) {
      for (let turn = 0; turn < 50 && upload?.deref() !== undefined; turn += 1) {
        await sleep(10);
        collectGarbage();
      }
      heldWhileInferred = upload?.deref() !== undefined;
      return findsASquare(items);
    },
  });
  let upload: WeakRef<Uint8Array> | undefined;
  let heldWhileInferred: boolean | undefined;
  const job = await admitForTest(testJob(), await testPicture(), context);
  const { decode } = context;
  const watched: typeof decode = (bytes, options) => {
    upload = new WeakRef(bytes);
    return decode(bytes, options);
  };
  await processJob({ job, isLast: false }, { ...context, decode: watched });
  expect(upload).toBeDefined();
  expect(heldWhileInferred).toBe(false);
});
