/** `shoal stress` as people type it, against a real stack, against a stand-in for the older server, and against nobody. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/redis/ports.ts';
import type { StressResult } from '../../apps/cli/src/stress/stress-result.ts';
import { startOldServer } from '../support/old-server.ts';
import { sampleScene } from '../support/pictures.ts';
import { repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

let stack: Stack;
let folder: string;
let goodBytes: number;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-stress-'));
  const scene = await sampleScene();
  goodBytes = scene.byteLength;
  writeFileSync(path.join(folder, 'good.jpg'), scene);
  writeFileSync(path.join(folder, 'broken.jpg'), scene.subarray(0, 3_000));
  writeFileSync(path.join(folder, 'key.txt'), 'a-secret\n');
  stack = await startStack({ models: ['demo-yolo'], env: { SHOAL_LOG_LEVEL: 'warn' } });
});

afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What stands behind `npm run shoal -- stress`, typed in the folder of the pictures. */
function start(words: string) {
  const main = path.join(repository, 'apps/cli/src/main.ts');
  const child = spawn(process.execPath, [main, 'stress', ...words.split(' ')], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function stress(words: string): Promise<{ status: number | null; output: string; errors: string }> {
  const child = start(words);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, output, errors };
}

/** With `--json`, whose only output is one object. */
async function measure(words: string): Promise<StressResult & { status: number | null }> {
  const { status, output } = await stress(`${words} --json`);
  return { status, ...(JSON.parse(output) as StressResult) };
}

const at = (url: string, pictures = '--image good.jpg'): string =>
  `--url ${url} --model demo-yolo ${pictures}`;

describe('against a stack', () => {
  test.each(['multipart', 'raw', 'legacy'])(
    'every picture in the form %s succeeds, and is counted once',
    async (form) => {
      const sent = 24;
      const result = await measure(
        `${at(stack.url)} --form ${form} --requests ${sent} --concurrency 4 --warmup 4 --option minScore=0.4`,
      );
      expect(result).toMatchObject({
        status: 0,
        url: stack.url,
        model: 'demo-yolo',
        form,
        schedule: { kind: 'closed', concurrency: 4 },
        sent,
        succeeded: sent,
        failed: 0,
        byStatus: { '200': sent },
        failures: [],
        heldBack: 0,
        sentLate: 0,
        isInterrupted: false,
      });
      expect(result.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(sent);
      const { min, p50, p99, max } = result.latencyMs!;
      expect(min > 0 && min <= p50 && p50 <= p99 && p99 <= max).toBe(true);
      expect(result.perS * result.seconds).toBeCloseTo(sent, 0);
      expect(result.cpu.userMs).toBeGreaterThan(0);
    },
  );

  test('a broken picture among good ones fails alone, with its code, and so does the run', async () => {
    const { status, output } = await stress(
      `${at(stack.url, '--image good.jpg --image broken.jpg')} --requests 10 --quiet`,
    );
    expect(status).toBe(1);
    expect(output).toContain('10 sent in');
    expect(output).toContain('5 succeeded, 5 failed');
    expect(output).toMatch(/^ {2}200 +5$/m);
    expect(output).toMatch(/^ {2}422 image_undecodable +5$/m);
    expect(output).toMatch(/^ {2}\d × 422 image_undecodable: the picture cannot be decoded/m);
  });

  test('an open loop sends what its schedule has, with the same seed the same', async () => {
    const words = `${at(stack.url)} --rate 20 --seconds 2 --seed 5`;
    const [one, other] = [await measure(words), await measure(words)];
    expect(one.schedule).toEqual({ kind: 'open', perS: 20, seed: 5 });
    expect(one.sent).toBe(other.sent);
    // 40 are expected, with a deviation of 6.3.
    expect(one.sent).toBeGreaterThan(20);
    expect(one.sent).toBeLessThan(60);
    expect(one.sent).toBe(one.succeeded + one.failed);
  });

  test('a server that cannot keep the rate is said not to, and every picture that was due is sent', async () => {
    const result = await measure(`${at(stack.url)} --rate 500 --requests 30 --in-flight 2`);
    expect(result).toMatchObject({ status: 0, sent: 30 });
    expect(result.heldBack).toBeGreaterThan(0);
  });

  test('a folder is sent once, whatever else lies in it', async () => {
    const scenes = path.join(folder, 'scenes');
    mkdirSync(path.join(scenes, 'below'), { recursive: true });
    for (const name of ['a.jpg', 'below/b.JPG', 'below/c.jpg', 'below/notes.txt'])
      copyFileSync(path.join(folder, 'good.jpg'), path.join(scenes, name));
    const words = at(stack.url, '--folder scenes');
    expect(await measure(words)).toMatchObject({ status: 0, sent: 3, succeeded: 3 });
    expect(await measure(`${words} --requests 7`)).toMatchObject({ status: 0, sent: 7 });
  });

  test('a model that is not there is told in the words of the server', async () => {
    const { status, output } = await stress(
      `--url ${stack.url} --model nothing --image good.jpg --requests 3 --quiet`,
    );
    expect(status).toBe(1);
    expect(output).toMatch(/3 × 404 model_unknown: .*demo-yolo/);
    expect(output).not.toContain('latency');
  });

  test('the report has its plots', async () => {
    const { status, output } = await stress(
      `${at(stack.url)} --requests 12 --html report.html --api-key-file key.txt`,
    );
    expect([status, output]).toEqual([0, expect.stringContaining('report.html')]);
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    const plots = [...html.matchAll(/<figure><svg [^>]*viewBox.*?<\/svg><\/figure>/gs)].map(([plot]) => plot);
    expect(plots).toHaveLength(4);
    for (const plot of plots)
      expect(plot).toMatch(/class="mark-(?:line|rect)[^"]*"[^>]*>.*?<path [^>]*d="M/s);
    expect(html).toContain('<td>12</td>');
    expect(html).not.toContain('a-secret');
  });
});

describe('against the older server', () => {
  test('the legacy form is understood, and success: false is a failure', async () => {
    const old = await startOldServer((picture) => picture.byteLength < goodBytes);
    onTestFinished(() => old.stop());
    const { status, failures, ...result } = await measure(
      `--url ${old.url}/predictor/ --model image_queue_yolov5 --image good.jpg --image broken.jpg --requests 20`,
    );
    expect(status).toBe(1);
    expect(result).toMatchObject({ form: 'legacy', succeeded: 10, failed: 10, byStatus: { '200': 20 } });
    expect(failures).toEqual([
      { status: 200, code: 'success_false', message: 'it says success: false', count: 10 },
    ]);
    expect(old.posted).toHaveLength(20);
    expect(old.posted.find(({ bytes }) => bytes === goodBytes)).toEqual({
      model: 'image_queue_yolov5',
      bytes: goodBytes,
      fields: ['model_type', 'file'],
    });
  });

  test('whoever takes the wrong form is led to the right one', async () => {
    const old = await startOldServer(() => false);
    onTestFinished(() => old.stop());
    const words = `${at(old.url)} --requests 2 --quiet`;
    const { status, output } = await stress(words);
    expect([status, output]).toEqual([1, expect.stringContaining('--form legacy')]);
    expect(await stress(`${words} --form legacy`)).toMatchObject({ status: 0 });
  });
});

test('Ctrl-C ends it early, and what was measured is printed', async () => {
  const old = await startOldServer(() => false);
  onTestFinished(() => old.stop());
  const child = start(`${at(`${old.url}/predictor`)} --seconds 600 --json`);
  const output = text(child.stdout);
  await waitFor('some answers', () => old.posted.length > 20);
  child.kill('SIGINT');
  await once(child, 'close');
  const result = JSON.parse(await output) as StressResult;
  expect(child.exitCode).toBe(130);
  expect(result).toMatchObject({ isInterrupted: true, failed: 0 });
  expect(result.sent).toBeGreaterThan(0);
});

describe('against nobody', () => {
  test('a dead address is one sentence', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await stress(`${at(url)} --seconds 600`)).toEqual({
      status: 3,
      output: '',
      errors: `error: nothing listens at ${url}\n`,
    });
  });

  const nobody = 'http://127.0.0.1:1';

  test.each([
    ['--url nowhere --model m --image good.jpg', '--url: expected'],
    [at(nobody, '--image nowhere.jpg'), '--image: there is no file'],
    [at(nobody, '--folder nowhere'), '--folder: there is no folder'],
    [at(nobody, '--folder empty'), '--folder: there is no picture (.jpg '],
    [`${at(nobody)} --html no/where.html`, '--html: cannot write into'],
  ])('%s is not understood', async (words, sentence) => {
    mkdirSync(path.join(folder, 'empty'), { recursive: true });
    const { status, output, errors } = await stress(words);
    expect([status, output]).toEqual([2, '']);
    expect(errors.startsWith(`error: ${sentence}`)).toBe(true);
    expect(errors).toContain('shoal stress --model NAME');
  });

  test('--help is an answer', async () => {
    const { status, output, errors } = await stress('--help');
    expect([status, errors]).toEqual([0, '']);
    expect(output).toContain('--rate R');
  });
});
