/** `shoal` against a real stack: in one go, killed, interrupted, with a gateway that leaves, and as the file that a gateway serves. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/redis/ports.ts';
import { ensureProgramBuild } from '../../scripts/setup/web-build.ts';
import { sampleScene } from '../support/pictures.ts';
import { repository } from '../support/service-process.ts';
import { endOf, shoal, startShoal } from '../support/shoal.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

let stack: Stack;
let folder: string;
let scene: Buffer;

beforeAll(async () => {
  await ensureProgramBuild(repository, () => {});
  scene = await sampleScene();
  stack = await startStack({ models: ['demo-yolo', 'demo-detectron'], env: { SHOAL_LOG_LEVEL: 'warn' } });
});

afterAll(async () => {
  await stack?.stop();
});

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-cli-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

const run = (line: string, env: Record<string, string> = {}) =>
  shoal(line, { folder, env: { SHOAL_URL: stack.url, ...env } });

const begin = (line: string) =>
  startShoal(line.split(' '), { folder, env: { SHOAL_URL: stack.url, SHOAL_MODEL: 'demo-yolo' } });

/** Pictures of two folders, `count` in all. */
function putPictures(count: number): readonly string[] {
  mkdirSync(path.join(folder, 'in/deep'), { recursive: true });
  const names = Array.from({ length: count }, (_, index) => `${index % 2 === 0 ? '' : 'deep/'}${index}.jpg`);
  for (const name of names) writeFileSync(path.join(folder, 'in', name), scene);
  return names.toSorted();
}

interface Entry {
  readonly file: string;
  readonly prediction?: {
    readonly detections: readonly { readonly label: string }[];
    readonly warnings?: unknown;
  };
  readonly error?: { readonly code: string };
}

const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');
const entries = (file = 'results.jsonl'): readonly Entry[] =>
  read(file)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);
const linesOf = (file: string): number =>
  existsSync(path.join(folder, file)) ? read(file).split('\n').length - 1 : 0;
const filesOf = (file?: string): readonly string[] =>
  entries(file)
    .map((entry) => entry.file)
    .toSorted();

const map = 'map in --out results.jsonl --model demo-yolo --quiet';

describe('predict', () => {
  test('tells people what is in a picture, and programs in JSON', async () => {
    writeFileSync(path.join(folder, 'a.jpg'), scene);
    const told = await run('predict a.jpg --model demo-yolo');
    expect(told).toMatchObject({ status: 0, errors: '' });
    expect(told.output).toContain('a.jpg  640 x 512, 5 detections');
    expect(told.output).toMatch(/^ {2}circle +0\.\d{3} /m);
    const { output } = await run('predict a.jpg --model demo-yolo --json');
    expect(JSON.parse(output)).toMatchObject({
      file: 'a.jpg',
      status: 'succeeded',
      model: { name: 'demo-yolo' },
    });
  });

  test('a broken picture fails alone, and may be taken as far as it goes', async () => {
    writeFileSync(path.join(folder, 'a.jpg'), scene);
    writeFileSync(path.join(folder, 'b.jpg'), scene.subarray(0, 20_000));
    const strict = await run('predict b.jpg a.jpg --model demo-yolo');
    expect(strict.status).toBe(1);
    expect(strict.errors).toContain('b.jpg: failed: the picture cannot be decoded');
    expect(strict.output).toContain('a.jpg  640 x 512');
    const lenient = await run('predict b.jpg --model demo-yolo --allow-truncated');
    expect(lenient.status).toBe(0);
    expect(lenient.errors).toContain('b.jpg: warning: the file ends too early');
  });

  test('what cannot be meant is refused before anything is sent', async () => {
    writeFileSync(path.join(folder, 'a.jpg'), scene);
    const several = await run('predict a.jpg');
    expect(several).toMatchObject({ status: 2, output: '' });
    expect(several.errors).toContain('--model: expected one of demo-detectron, demo-yolo');
    expect(await run('predict a.jpg --model nothing')).toMatchObject({ status: 2 });
    expect((await run('predict nowhere.jpg --model demo-yolo')).errors).toContain(
      'there is no file nowhere.jpg',
    );
    expect(await run('predict a.jpg --model demo-yolo --min-score 3')).toMatchObject({ status: 2 });
    expect(await run('bogus')).toMatchObject({ status: 2 });
  });

  test('an option that a model has settled inside is told of', async () => {
    writeFileSync(path.join(folder, 'a.jpg'), scene);
    const models = JSON.parse((await run('models --json')).output) as {
      models: readonly { name: string; fixedOptions?: readonly string[] }[];
    };
    const fixed = models.models.find(({ fixedOptions }) => fixedOptions?.includes('iou'));
    expect(fixed?.name).toBe('demo-detectron');
    expect((await run('predict a.jpg --model demo-detectron --iou 0.3')).errors).toContain(
      'warning: demo-detectron has its suppression of overlapping boxes fixed inside',
    );
    expect((await run('predict a.jpg --model demo-yolo --iou 0.3')).errors).toBe('');
  });
});

test('progress that nobody reads any more ends nothing, and an empty variable is none', async () => {
  putPictures(3);
  const child = begin('map in --out results.csv');
  child.stderr.destroy();
  const [status] = (await once(child, 'close')) as [number];
  expect([status, existsSync(path.join(folder, 'results.csv'))]).toEqual([0, true]);
  const env = { SHOAL_API_KEY_FILE: '', SHOAL_MODEL: '' };
  expect((await run('map in', env)).errors).toContain('--model: expected one of');
});

test('models are listed with their state', async () => {
  const { status, output } = await run('models');
  expect(status).toBe(0);
  expect(output).toMatch(/^demo-yolo +Demo shapes, YOLOv5 layout +ready +1 on cpu +0 +3 /m);
});

describe('map', () => {
  test('every picture has one result, what is none is counted, and a second time there is nothing to do', async () => {
    const names = putPictures(9);
    writeFileSync(path.join(folder, 'in/broken.jpg'), 'no picture');
    writeFileSync(path.join(folder, 'in/notes.txt'), 'no picture either');
    symlinkSync('..', path.join(folder, 'in/deep/circle'));
    const first = await run(`${map} --json`);
    expect(first.status).toBe(1);
    expect(JSON.parse(first.output)).toMatchObject({
      answered: 9,
      failed: 1,
      failures: { media_type_unsupported: 1 },
      others: 1,
      loops: 1,
      isInterrupted: false,
    });
    expect(filesOf()).toEqual([...names, 'broken.jpg'].toSorted());
    const before = read('results.jsonl');
    const second = await run(`${map} --json`);
    expect(JSON.parse(second.output)).toMatchObject({ answered: 0, failed: 0, before: 10, failedBefore: 1 });
    expect(read('results.jsonl')).toBe(before);
  });

  test('killed in the middle, it goes on where it was: every picture once', async () => {
    const names = putPictures(60);
    const child = begin(`${map} --concurrency 2`);
    await waitFor('some results', () => linesOf('results.jsonl') >= 5);
    child.kill('SIGKILL');
    await endOf(child);
    const done = linesOf('results.jsonl');
    expect(done).toBeLessThan(60);
    appendFileSync(path.join(folder, 'results.jsonl'), '{"file":"0.jpg","fol');
    const { status, output } = await run(`${map} --json`);
    expect([status, JSON.parse(output)]).toEqual([
      0,
      expect.objectContaining({ answered: 60 - done, before: done }),
    ]);
    expect(filesOf()).toEqual(names);
  });

  test('Ctrl-C ends it at once with what is done, and the same command goes on', async () => {
    const names = putPictures(60);
    const child = begin(`${map} --concurrency 2`);
    const ended = endOf(child);
    await waitFor('some results', () => linesOf('results.jsonl') >= 5);
    child.kill('SIGINT');
    const { status, errors } = await ended;
    expect(status).toBe(130);
    expect(errors).toContain('The same command goes on where this one ended.');
    expect(linesOf('results.jsonl')).toBeLessThan(60);
    expect(await run(map)).toMatchObject({ status: 0 });
    expect(filesOf()).toEqual(names);
  });

  test('a gateway that is away for a while is waited for', async () => {
    const port = String(await freePort());
    const first = await stack.startGateway({ PORT: port });
    const names = putPictures(40);
    const ended = endOf(
      startShoal([...map.split(' '), '--concurrency', '2', '--url', first.url], { folder, env: {} }),
    );
    await waitFor('some results', () => linesOf('results.jsonl') >= 5);
    await first.gateway.kill();
    const { gateway } = await stack.startGateway({ PORT: port });
    const { status, errors } = await ended;
    await gateway.kill();
    expect([status, errors]).toEqual([0, expect.stringContaining('answered')]);
    expect(filesOf()).toEqual(names);
  });

  test('what failed is tried again when that is asked for, and then has one result', async () => {
    const names = putPictures(3);
    writeFileSync(path.join(folder, 'in/cut.jpg'), scene.subarray(0, 20_000));
    expect(await run(map)).toMatchObject({ status: 1 });
    expect(await run(`${map} --retry-failed --allow-truncated`)).toMatchObject({ status: 0 });
    expect(filesOf()).toEqual([...names, 'cut.jpg'].toSorted());
    expect(entries().find(({ file }) => file === 'cut.jpg')?.prediction?.warnings).toMatchObject([
      { code: 'image_truncated' },
    ]);
  });

  test('a picture whose name is no UTF-8 fails with what to do', async () => {
    putPictures(1);
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/in/`), Buffer.from([0xff]), Buffer.from('.jpg')]),
      scene,
    );
    expect(await run(map)).toMatchObject({ status: 1 });
    expect(read('results.jsonl')).toContain('its name is not UTF-8: rename it');
  });

  test('results of something else are refused, and stay as they are', async () => {
    putPictures(2);
    await run(map);
    const before = read('results.jsonl');
    const changed = await run(`${map} --min-score 0.9`);
    expect(changed.status).toBe(2);
    expect(changed.errors).toContain('was written with minScore not given, and now it is 0.9');
    renameSync(path.join(folder, 'in'), path.join(folder, 'moved'));
    const moved = map.replace(' in ', ' moved ');
    expect((await run(moved)).errors).toContain('choose another --out, or say --moved');
    expect(await run(`${moved} --moved`)).toMatchObject({ status: 0 });
    writeFileSync(path.join(folder, 'foreign.txt'), 'a letter');
    const foreign = await run('map moved --model demo-yolo --format jsonl --out foreign.txt');
    expect([foreign.status, read('foreign.txt'), read('results.jsonl')]).toEqual([2, 'a letter', before]);
  });

  test('a server that takes nothing ends it, and no picture is written down as failed', async () => {
    putPictures(2);
    const nobody = await run(map, { SHOAL_URL: `http://127.0.0.1:${await freePort()}` });
    expect(nobody.status).toBe(3);
    expect(nobody.errors).toContain('does not answer');
    expect(existsSync(path.join(folder, 'results.jsonl'))).toBe(false);
  });

  test('without a file the results are lines on the standard output', async () => {
    putPictures(3);
    const { status, output } = await run('map in --model demo-yolo --quiet');
    expect([status, output.trimEnd().split('\n').length]).toEqual([0, 3]);
  });

  test('other formats are written whole at the end', async () => {
    const names = putPictures(4);
    writeFileSync(path.join(folder, 'in/broken.jpg'), 'no picture');
    await run('map in --model demo-yolo --quiet --out results.csv');
    expect(read('results.csv')).toMatch(/^file,outcome,label,/);
    expect(read('results.csv')).toMatch(/^broken\.jpg,failed,/m);
    await run('map in --model demo-yolo --quiet --out timelapse.json --format megadetector');
    const { images } = JSON.parse(read('timelapse.json')) as {
      images: readonly { file: string; failure?: string }[];
    };
    expect(images.map(({ file }) => file).toSorted()).toEqual([...names, 'broken.jpg'].toSorted());
    expect(images.find(({ file }) => file === 'broken.jpg')?.failure).toContain('media_type_unsupported');
    expect(filesOf('timelapse.json.journal.jsonl')).toHaveLength(5);
    expect(read('timelapse.json.journal.jsonl')).toContain('"options":{"minScore":0.005}');
  });
});

test('watch does what is there, and what comes, until it is ended', async () => {
  putPictures(3);
  const child = begin('watch in --out results.jsonl --interval 0.3');
  const ended = endOf(child);
  await waitFor('the first pictures', () => linesOf('results.jsonl') === 3);
  copyFileSync(path.join(folder, 'in/0.jpg'), path.join(folder, 'in/later.jpg'));
  await waitFor('the later one', () => linesOf('results.jsonl') === 4);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ status: 0 });
  expect(filesOf()).toEqual(['0.jpg', '2.jpg', 'deep/1.jpg', 'later.jpg']);
  const again = await run('watch in --out results.jsonl --interval 0.1 --once --json --model demo-yolo');
  expect(JSON.parse(again.output)).toMatchObject({ answered: 0, before: 4 });
});

test('watch has written its results when it is ended in the middle, and keeps the standard output to lines', async () => {
  putPictures(60);
  const child = begin('watch in --out results.csv --interval 0.1 --concurrency 1');
  const ended = endOf(child);
  await waitFor('some results', () => linesOf('results.csv.journal.jsonl') >= 3);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ status: 0 });
  expect(new Set(read('results.csv').match(/^(?:deep\/)?\d+\.jpg/gm)).size).toBe(
    linesOf('results.csv.journal.jsonl'),
  );
  rmSync(path.join(folder, 'results.csv'));
  rmSync(path.join(folder, 'in'), { recursive: true });
  mkdirSync(path.join(folder, 'in'));
  await run('watch in --out results.csv --interval 0.1 --once --model demo-yolo');
  expect(existsSync(path.join(folder, 'results.csv'))).toBe(true);
  putPictures(1);
  const single = await run('watch in --interval 0.1 --once --json --quiet --model demo-yolo');
  expect(single.output.trimEnd().split('\n')).toHaveLength(1);
  expect(JSON.parse(single.errors)).toMatchObject({ answered: 1 });
});

describe('doctor', () => {
  interface Findings {
    readonly ok: boolean;
    readonly findings: readonly {
      readonly about: string;
      readonly outcome: string;
      readonly message: string;
    }[];
  }
  const examine = async (line = 'doctor --json', env: Record<string, string> = {}) => {
    const { status, output } = await run(line, env);
    const { ok, findings } = JSON.parse(output) as Findings;
    return { status, ok, of: (about: string) => findings.find((finding) => finding.about === about) };
  };

  test('finds nothing wrong where nothing is, and a picture comes back', async () => {
    const { status, ok, of } = await examine();
    expect([status, ok]).toEqual([0, true]);
    expect(of('model demo-yolo')).toMatchObject({ outcome: 'ok' });
    expect(of('picture')).toMatchObject({ outcome: 'ok', message: expect.stringContaining('answered in') });
    expect(of('folders')).toMatchObject({ outcome: 'ok' });
  });

  test('says of a dead server what to do, and that none answers by its status', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { status, output } = await run(`doctor --url ${url}`);
    expect(status).toBe(3);
    expect(output).toContain(`nothing listens at ${url}`);
    expect(output).toContain('npm start');
  });

  test('says which model folder lacks its model, and which model there is none of', async () => {
    mkdirSync(path.join(folder, 'models/half'), { recursive: true });
    writeFileSync(path.join(folder, 'models/half/model.yaml'), 'name: half\nadapter: yolo\n');
    const { status, of } = await examine('doctor --json', { MODELS_DIR: path.join(folder, 'models') });
    expect(of('folders')).toMatchObject({ outcome: 'warn', message: 'half: model.onnx is not there' });
    expect([status, of('picture')?.outcome]).toEqual([0, 'ok']);
    expect((await examine('doctor --json --model nothing')).of('model nothing')).toMatchObject({
      outcome: 'fail',
    });
  });
});

test('where a key is asked for, everybody gets the program, and only a key from a file or the environment gets further', async () => {
  writeFileSync(path.join(folder, 'a.jpg'), scene);
  const keys = path.join(folder, 'keys');
  const main = path.join(repository, 'apps/gateway/src/main.ts');
  const made = execFileSync(process.execPath, [main, 'keys', 'add', 'test', '--file', keys], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  writeFileSync(path.join(folder, 'key.txt'), `${made.trim()}\n`);
  const { url, gateway } = await stack.startGateway({ SHOAL_API_KEYS_FILE: keys });
  onTestFinished(() => gateway.kill());
  expect((await fetch(`${url}/shoal.mjs`)).status).toBe(200);
  const line = `predict a.jpg --model demo-yolo --url ${url}`;
  const refused = await run(line);
  expect([refused.status, refused.errors]).toEqual([3, expect.stringContaining('SHOAL_API_KEY')]);
  expect(await run(`${line} --api-key-file key.txt`)).toMatchObject({ status: 0 });
  expect(await run(line, { SHOAL_API_KEY: made.trim() })).toMatchObject({ status: 0 });
  expect(await run(line, { SHOAL_API_KEY: 'wrong' })).toMatchObject({ status: 3 });
  expect(await run(`doctor --url ${url} --api-key-file key.txt`)).toMatchObject({ status: 0 });
});

const versionOf = (node: string): number =>
  Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]);

/** The Node of the tests, and the machine's own where it is one that is promised to do. */
const nodes = [process.execPath, '/usr/bin/node', '/usr/local/bin/node']
  .filter((file) => existsSync(file))
  .map((node) => ({ node, version: versionOf(node) }))
  .filter(({ version }) => version >= 20);

describe.each(nodes)('the program that a gateway serves, under Node $version', ({ node }) => {
  test('needs nothing else', async () => {
    const response = await fetch(`${stack.url}/shoal.mjs`);
    expect(response.headers.get('content-type')).toContain('javascript');
    writeFileSync(path.join(folder, 'shoal.mjs'), await response.text());
    const names = putPictures(12);
    const setting = { folder, env: { SHOAL_URL: stack.url }, program: 'shoal.mjs', node };
    expect(await shoal(map, setting)).toMatchObject({ status: 0, output: '' });
    expect(filesOf()).toEqual(names);
    expect((await shoal('models', setting)).output).toContain('demo-yolo');
    const stress = 'stress --model demo-yolo --folder in --html report.html --quiet';
    expect(await shoal(stress, setting)).toMatchObject({ status: 0, errors: '' });
    expect(read('report.html')).toContain('<svg');
  });
});
