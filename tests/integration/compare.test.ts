/** `shoal compare` as people type it, between models of a real stack, another gateway, and files of results. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Comparison } from '../../apps/cli/src/compare/compare-pictures.ts';
import { predict } from '../support/ask.ts';
import { repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const scenes = readdirSync(path.join(repository, 'examples')).filter((name) => name.endsWith('.jpg'));

let stack: Stack;
let folder: string;
/** A second way in, to the same models. */
let otherUrl: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-compare-'));
  mkdirSync(path.join(folder, 'pictures', 'deep & down'), { recursive: true });
  for (const [index, name] of scenes.entries()) {
    const place = index === 0 ? path.join('deep & down', name) : name;
    copyFileSync(path.join(repository, 'examples', name), path.join(folder, 'pictures', place));
  }
  stack = await startStack({ models: ['demo-yolo', 'demo-detectron'], env: { SHOAL_LOG_LEVEL: 'warn' } });
  otherUrl = (await stack.startGateway()).url;
});

afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function shoal(...words: string[]): Promise<{ status: number | null; out: string; told: string }> {
  const child = spawn(process.execPath, [path.join(repository, 'apps/cli/src/main.ts'), ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', SHOAL_URL: stack.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [out, told] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, out, told };
}

const compare = async (...words: string[]): Promise<Comparison> => {
  const { status, out, told } = await shoal('compare', ...words, '--json');
  expect(told).toBe(
    words.includes('--out') ? `The report is ${path.join(words.at(-1)!, 'index.html')}\n` : '',
  );
  expect(status).toBe(0);
  return JSON.parse(out) as Comparison;
};

async function detectionsIn(model: string, scene: string): Promise<readonly unknown[]> {
  const { body } = await predict(stack.url, model, readFileSync(path.join(repository, 'examples', scene)));
  return body.detections!;
}

/** A file of results of the sample scenes, without the first `drop` detections of each. */
async function writeResults(name: string, model: string, drop: number): Promise<void> {
  const lines = await Promise.all(
    scenes.map(async (scene) => {
      const { body } = await predict(
        stack.url,
        model,
        readFileSync(path.join(repository, 'examples', scene)),
      );
      const prediction = { ...body, detections: body.detections!.slice(drop) };
      return `${JSON.stringify({ file: scene, folder: '/data', prediction })}\n`;
    }),
  );
  writeFileSync(path.join(folder, name), lines.join(''));
}

describe('two models of a server', () => {
  test('are compared over every picture of a folder, and the report shows where they differ', async () => {
    // So that a lucky agreement of the demo models leaves something to show.
    const words = ['demo-yolo', 'demo-detectron', 'pictures', '--overlap', '0.97', '--out', 'report'];
    const { status, out, told } = await shoal('compare', ...words);
    expect(told).toBe(`The report is ${path.join('report', 'index.html')}\n`);
    expect(status).toBe(0);
    expect(out).toMatch(/^A {2}demo-yolo .* at http.*\nB {2}demo-detectron /);
    expect(out).toContain(`${scenes.length} pictures compared`);

    const comparison = JSON.parse(
      readFileSync(path.join(folder, 'report/comparison.json'), 'utf8'),
    ) as Comparison;
    expect(comparison.pictures).toMatchObject({ compared: scenes.length, unanswered: 0 });
    const { onlyA, onlyB } = comparison.total;
    expect(onlyA + onlyB).toBeGreaterThan(0);
    // No two models agree to the last digit, so every picture is one of those that differ.
    expect(comparison.worst).toHaveLength(scenes.length);
    for (const { file, both, ...alone } of comparison.worst) {
      const [ofA, ofB] = await Promise.all(
        ['demo-yolo', 'demo-detectron'].map((model) => detectionsIn(model, path.basename(file))),
      );
      expect(both.length + alone.onlyA.length).toBe(ofA!.length);
      expect(both.length + alone.onlyB.length).toBe(ofB!.length);
    }
    const page = readFileSync(path.join(folder, 'report/index.html'), 'utf8');
    expect(page.match(/<img src="data:image\/jpeg;base64,/g)).toHaveLength(scenes.length);
    expect(page.match(/<rect /g)).toHaveLength(
      comparison.worst.reduce(
        (sum, one) => sum + 2 * one.both.length + one.onlyA.length + one.onlyB.length,
        0,
      ),
    );
    expect(page).toContain('deep &amp; down/');
    // Nothing is fetched from anywhere.
    expect(page).not.toMatch(/(?:src|href)="(?!data:)|<script|url\(/);
  });

  test('are one and the same when the other way in leads to the same model', async () => {
    const comparison = await compare('demo-yolo', `demo-yolo@${otherUrl}`, 'pictures');
    expect(comparison.b).toContain(otherUrl);
    expect(comparison.pictures).toEqual({ compared: scenes.length, agreed: scenes.length, unanswered: 0 });
    expect(comparison.total).toMatchObject({ onlyA: 0, onlyB: 0, meanOverlap: 1, meanScoreDifference: 0 });
    expect(comparison.total.both).toBeGreaterThan(0);
    expect(comparison.worst).toEqual([]);
    const again = await compare('demo-yolo', 'demo-yolo', 'pictures', '--url-b', otherUrl);
    expect([again.a, again.b]).toEqual([comparison.a, comparison.b]);
    expect(again.total).toEqual(comparison.total);
  });

  test('leave out a picture that one of them has no answer to, and say so by the exit status', async () => {
    mkdirSync(path.join(folder, 'mixed'));
    copyFileSync(path.join(repository, 'examples', scenes[0]!), path.join(folder, 'mixed/good.jpg'));
    writeFileSync(path.join(folder, 'mixed/broken.jpg'), 'no picture');
    const { status, out, told } = await shoal('compare', 'demo-yolo', 'demo-detectron', 'mixed');
    expect(status).toBe(1);
    expect(out).toContain('1 picture compared');
    expect(out).toMatch(/^broken\.jpg: no answer of A: /m);
    expect(told).toContain('1 picture could not be compared');
  });
});

describe('a file of results', () => {
  test('is compared with another one, without a server and without the pictures', async () => {
    await writeResults('all.jsonl', 'demo-yolo', 0);
    await writeResults('fewer.jsonl', 'demo-yolo', 1);
    const comparison = await compare(
      'all.jsonl',
      'fewer.jsonl',
      '--url',
      'http://127.0.0.1:9',
      '--out',
      'blind',
    );
    expect(comparison.total).toMatchObject({ onlyA: scenes.length, onlyB: 0, meanOverlap: 1 });
    expect(comparison.worst).toHaveLength(scenes.length);
    const page = readFileSync(path.join(folder, 'blind/index.html'), 'utf8');
    expect(page).not.toContain('<img');
    expect(page).toContain('class="only a"');
  });

  test('is compared with a model', async () => {
    await writeResults('then.jsonl', 'demo-yolo', 0);
    const flat = path.join(repository, 'examples');
    const comparison = await compare('then.jsonl', 'demo-yolo', flat);
    expect(comparison.pictures).toEqual({ compared: scenes.length, agreed: scenes.length, unanswered: 0 });
  });
});

test('Ctrl-C ends it, and what is under way on the server with it', async () => {
  mkdirSync(path.join(folder, 'many'));
  for (let index = 0; index < 400; index += 1)
    copyFileSync(path.join(repository, 'examples', scenes[0]!), path.join(folder, 'many', `${index}.jpg`));
  const child = spawn(
    process.execPath,
    [path.join(repository, 'apps/cli/src/main.ts'), 'compare', 'demo-yolo', 'demo-detectron', 'many'],
    { cwd: folder, env: { PATH: process.env['PATH'] ?? '', SHOAL_URL: stack.url }, stdio: 'ignore' },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await waitFor('something to be under way', async () => (await busy()) > 0);
  child.kill('SIGINT');
  const [status] = (await once(child, 'close')) as [number | null];
  expect(status).toBe(130);
  await waitFor('nothing to be under way', async () => (await busy()) === 0);
});

async function busy(): Promise<number> {
  const { models } = (await (await fetch(`${stack.url}/v1/models`)).json()) as {
    models: { queue: { waiting: number; active: number } }[];
  };
  return models.reduce((sum, { queue }) => sum + queue.waiting + queue.active, 0);
}

describe('what makes no sense', () => {
  test.each([
    ['demo-yolo demo-yolo pictures', 2, /both sides are demo-yolo/],
    ['demo-yolo demo-detectron', 2, /a model needs a folder/],
    ['demo-yolo nowhere.jsonl pictures', 2, /there is no file nowhere\.jsonl/],
    ['demo-yolo no-such-model pictures', 2, /no-such-model/],
    ['demo-yolo demo-detectron nowhere', 2, /nowhere/],
    ['demo-yolo demo-detectron@http://127.0.0.1:9 pictures', 3, /127\.0\.0\.1:9/],
  ])('%s is refused in words', async (words, status, sentence) => {
    const answer = await shoal('compare', ...words.split(' '));
    expect(answer.told).toMatch(sentence);
    expect(answer).toMatchObject({ status, out: '' });
    expect(existsSync(path.join(folder, 'index.html'))).toBe(false);
  });
});
