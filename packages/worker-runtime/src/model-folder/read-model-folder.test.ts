import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelFolderError, listModelFolders, readModelFolder } from './index.ts';

let models: string;
beforeEach(async () => {
  models = await mkdtemp(join(tmpdir(), 'shoal-models-'));
});
afterEach(() => rm(models, { recursive: true }));

async function folder(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const dir = join(models, name);
  await mkdir(dir, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), content);
  }
  return dir;
}

/** A length-delimited field of a protocol buffer, shorter than 128 bytes. */
const field = (number: number, content: Uint8Array): Uint8Array =>
  Uint8Array.from([(number << 3) | 2, content.length, ...content]);

/** An ONNX file as far as the folder reader looks at it: an empty graph and its metadata. */
function onnx(metadata: Readonly<Record<string, string>>): Uint8Array {
  const text = new TextEncoder();
  const entries = Object.entries(metadata).map(([key, value]) =>
    field(14, Uint8Array.from([...field(1, text.encode(key)), ...field(2, text.encode(value))])),
  );
  return Uint8Array.from([...field(7, new Uint8Array()), ...entries.flatMap((entry) => [...entry])]);
}

const hashOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
const yoloExport = onnx({ names: "{0: 'crab', 1: 'fish'}", stride: '32', task: 'detect' });

async function messageFor(dir: string): Promise<string> {
  const error: unknown = await readModelFolder(dir).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ModelFolderError);
  return (error as ModelFolderError).message;
}

describe('a folder with a manifest', () => {
  it('is read with its defaults filled in, its labels resolved and its file hashed', async () => {
    const dir = await folder('reef', {
      'model.yaml': 'name: reef\nadapter: yolo\nlabels: names.txt\ninput: {fit: letterbox}\n',
      'model.onnx': 'weights',
      'names.txt': 'crab\nsea star\n',
    });
    const read = await readModelFolder(dir);
    expect(read).toMatchObject({
      dir,
      name: 'reef',
      modelPath: join(dir, 'model.onnx'),
      sha256: hashOf('weights'),
    });
    expect(read.version).toBe(hashOf('weights').slice(0, 12));
    expect(read.manifest.labels).toEqual(['crab', 'sea star']);
    expect(read.manifest.defaults.maxDetections).toBeGreaterThan(0);
  });

  it('may have another name than the model, a version, a list of labels and a matching hash', async () => {
    const dir = await folder('some folder', {
      'model.yaml': `name: reef\nadapter: yolo\nfile: v2/net.onnx\nlabels: [crab, fish]\nversion: "2"\nsha256: ${hashOf('net')}`,
      'v2/net.onnx': 'net',
    });
    const read = await readModelFolder(dir);
    expect([read.name, read.version, read.modelPath]).toEqual(['reef', '2', join(dir, 'v2', 'net.onnx')]);
    expect(read.manifest.labels).toEqual(['crab', 'fish']);
  });

  it('without labels has none, so that the file can be asked for them', async () => {
    const dir = await folder('reef', { 'model.yaml': 'name: reef\nadapter: yolo', 'model.onnx': 'x' });
    expect((await readModelFolder(dir)).manifest).not.toHaveProperty('labels');
  });

  it('is read where nothing may be written', async () => {
    const dir = await folder('reef', { 'model.yaml': 'name: reef\nadapter: yolo', 'model.onnx': 'x' });
    await chmod(dir, 0o500);
    const { name } = await readModelFolder(dir);
    await chmod(dir, 0o700);
    expect(name).toBe('reef');
  });

  it('shows every problem at once, each with its field, what was expected and what was found', async () => {
    const dir = await folder('reef', {
      'model.yaml': [
        'name: My Reef',
        'adaptor: yolo',
        'file: gone.onnx',
        'labels: gone.txt',
        'version: 1.10',
        'input: {fit: squash, width: wide}',
        'defaults: {minScore: 25}',
      ].join('\n'),
    });
    const lines = (await messageFor(dir)).split('\n');
    expect(lines[0]).toBe('reef:');
    expect(lines.slice(1).sort()).toEqual(
      [
        '  - name: expected lower-case letters, digits, dot, dash and underscore, at most 64, found "My Reef"',
        '  - adapter: expected text, found nothing',
        '  - adaptor: there is no such field',
        '  - version: expected text, found 1.1 (put it in quotes)',
        '  - input.fit: expected one of "letterbox", "letterbox-min", "shortest-edge", found "squash"',
        '  - input.width: expected a number, found "wide"',
        '  - defaults.minScore: expected a number of at most 1, found 25',
        '  - file: expected a file, found no "gone.onnx" (ENOENT)',
        '  - labels: expected a file, found no "gone.txt" (ENOENT)',
      ].sort(),
    );
  });

  it('whose model and labels are both missing names both', async () => {
    const dir = await folder('reef', { 'model.yaml': 'name: reef\nadapter: yolo\nlabels: names.txt' });
    const message = await messageFor(dir);
    expect(message).toContain('no "model.onnx"');
    expect(message).toContain('no "names.txt"');
  });

  it('whose file is another than the manifest was written for is refused with both hashes', async () => {
    const dir = await folder('reef', {
      'model.yaml': `name: reef\nadapter: yolo\nsha256: ${hashOf('old')}`,
      'model.onnx': 'new',
    });
    const message = await messageFor(dir);
    expect(message).toMatch(/^reef: sha256: /);
    expect(message).toContain(hashOf('old'));
    expect(message).toContain(hashOf('new'));
  });

  it.each(['../other/model.onnx', '/etc/hostname', '.', '..'])(
    'may not name %s, which is outside',
    async (file) => {
      await folder('other', { 'model.onnx': 'x' });
      const dir = await folder('reef', { 'model.yaml': `name: reef\nadapter: yolo\nfile: ${file}` });
      expect(await messageFor(dir)).toBe(`reef: file: expected a file inside the folder, found "${file}"`);
    },
  );

  it('may not name a file by its absolute path even inside, because the folder will be moved', async () => {
    const file = join(models, 'reef', 'model.onnx');
    const dir = await folder('reef', {
      'model.yaml': `name: reef\nadapter: yolo\nfile: ${file}`,
      'model.onnx': 'x',
    });
    expect(await messageFor(dir)).toContain('file: expected a file inside the folder');
  });

  it('may not take its labels from outside either', async () => {
    const dir = await folder('reef', {
      'model.yaml': 'name: reef\nadapter: yolo\nlabels: ../names.txt',
      'model.onnx': 'x',
    });
    await writeFile(join(models, 'names.txt'), 'crab');
    expect(await messageFor(dir)).toContain('labels: expected a file inside the folder');
  });

  it('may hold links that lead outside, because whoever made them owns the folder', async () => {
    const dir = await folder('reef', { 'model.yaml': 'name: reef\nadapter: yolo' });
    await writeFile(join(models, 'blob'), 'shared weights');
    await symlink(join(models, 'blob'), join(dir, 'model.onnx'));
    expect((await readModelFolder(dir)).sha256).toBe(hashOf('shared weights'));
  });

  it('a folder in the place of the model file is refused', async () => {
    const dir = await folder('reef', { 'model.yaml': 'name: reef\nadapter: yolo', 'model.onnx/part': 'x' });
    expect(await messageFor(dir)).toBe('reef: file: expected a file, found that "model.onnx" is none');
  });

  it('that names PyTorch weights is told how to export them', async () => {
    const dir = await folder('reef', {
      'model.yaml': 'name: reef\nadapter: yolo\nfile: best.pt',
      'best.pt': 'x',
    });
    expect(await messageFor(dir)).toContain('export.py --weights best.pt --include onnx');
  });

  it.each([
    [
      'broken syntax with its line',
      'name: reef\ninput: {fit: letterbox\nadapter: yolo',
      /^reef:.*model\.yaml, line \d+/s,
    ],
    ['a key given twice', 'name: reef\nname: reef', /line 2, column 1: Map keys must be unique/],
    ['an alias without anchor', 'name: *reef', /Unresolved alias/],
    ['an empty manifest', '', /found nothing/],
    ['a list', '- name: reef', /expected fields like "name: …"/],
  ])('reports %s', async (_case, yaml, message) => {
    const dir = await folder('reef', { 'model.yaml': yaml, 'model.onnx': 'x' });
    expect(await messageFor(dir)).toMatch(message);
  });
});

const listing = (labels: string): Promise<string> =>
  folder('reef', { 'model.yaml': `name: reef\nadapter: yolo\nlabels: ${labels}`, 'model.onnx': 'x' });

const withLabels = (content: string): Promise<string> =>
  folder('reef', {
    'model.yaml': 'name: reef\nadapter: yolo\nlabels: labels.txt',
    'model.onnx': 'x',
    'labels.txt': content,
  });

describe('labels', () => {
  it.each([
    ['no line end at the end', 'crab\nsea star'],
    ['blank lines at the end', 'crab\nsea star\n\n \n'],
    ['line ends of Windows', 'crab\r\nsea star\r\n'],
    ['a byte-order mark', '\uFEFFcrab\nsea star\n'],
  ])('with %s are the same names', async (_case, content) => {
    expect((await readModelFolder(await withLabels(content))).manifest.labels).toEqual(['crab', 'sea star']);
  });

  it('with a blank line between them are refused, because the names after it would be wrong', async () => {
    expect(await messageFor(await withLabels('crab\n\nfish\n'))).toMatch(
      /^reef: labels: labels.txt: line 2 is blank/,
    );
  });

  it('listed in the manifest are checked one by one', async () => {
    expect(await messageFor(await listing('[crab, 3]'))).toBe(
      'reef: labels[1]: expected text, found 3 (put it in quotes)',
    );
    expect(await messageFor(await listing('5'))).toBe('reef: labels: expected text or a list, found 5');
  });

  it('with no name at all are refused', async () => {
    expect(await messageFor(await withLabels('\n\n'))).toContain('expected one name a line, found none');
  });
});

describe('a folder without a manifest', () => {
  it.each(['model.onnx', 'best.onnx'])('with a YOLO export in %s is served as it is', async (file) => {
    const read = await readModelFolder(await folder('reef', { [file]: yoloExport, 'notes.txt': 'hello' }));
    expect(read).toMatchObject({ name: 'reef', version: hashOf(yoloExport).slice(0, 12) });
    expect(read.modelPath).toBe(join(models, 'reef', file));
    expect(read.manifest).toMatchObject({ name: 'reef', adapter: 'yolo', file });
  });

  it('prefers model.onnx to others', async () => {
    const read = await readModelFolder(await folder('reef', { 'a.onnx': 'x', 'model.onnx': yoloExport }));
    expect(read.manifest.file).toBe('model.onnx');
  });

  it('whose file does not name its family is told to, and which there are', async () => {
    const message = await messageFor(await folder('reef', { 'model.onnx': onnx({ stride: '32' }) }));
    expect(message).toMatch(/^reef: model\.onnx does not say/);
    expect(message).toMatch(/model\.yaml.*adapter:.*"yolo".*"detectron"/);
  });

  it('whose file is no ONNX is refused', async () => {
    expect(await messageFor(await folder('reef', { 'model.onnx': 'hello' }))).toMatch(
      /^reef: model\.onnx: .*not an ONNX/,
    );
  });

  it("whose name cannot be a model's is told what one looks like", async () => {
    const message = await messageFor(await folder('My Reef', { 'model.onnx': yoloExport }));
    expect(message).toMatch(/^My Reef: .*lower-case letters.*rename the folder/);
  });

  it('with several ONNX files is asked which', async () => {
    const message = await messageFor(await folder('reef', { 'b.onnx': yoloExport, 'a.onnx': yoloExport }));
    expect(message).toBe(
      'reef: found a.onnx, b.onnx and no model.yaml; write one that says file: which of them',
    );
  });

  it.each([
    [
      'best.pt',
      /python3? export\.py --weights best\.pt --include onnx.*yolo export model=best\.pt format=onnx/,
    ],
    ['model_final.pth', /export_model\.py.*--format onnx --export-method tracing.*model_final\.pth/],
  ])('with %s alone is told how to export it', async (file, command) => {
    expect(await messageFor(await folder('reef', { [file]: 'x' }))).toMatch(command);
  });

  it('that is empty, misnamed or holds something else says so', async () => {
    expect(await messageFor(await folder('none', { '.hidden': '' }))).toMatch(/^none: the folder is empty/);
    expect(await messageFor(await folder('yml', { 'model.yml': '' }))).toBe(
      'yml: expected a model.yaml, found model.yml; rename it',
    );
    expect(await messageFor(await folder('text', { 'a.txt': '' }))).toContain('found neither');
  });

  it('that is not there says where it was looked for', async () => {
    expect(await messageFor(join(models, 'gone'))).toBe(
      `gone: expected a folder at ${join(models, 'gone')} (ENOENT)`,
    );
  });
});

describe('listModelFolders', () => {
  it('names what looks like a model, sorted, broken ones included, and nothing else', async () => {
    await folder('reef', { 'model.yaml': '' });
    await folder('bare', { 'best.onnx': 'x' });
    await folder('torch', { 'best.pt': 'x' });
    await folder('.cache', { 'model.onnx': 'x' });
    await folder('docs', { 'readme.md': 'x' });
    await folder('empty', {});
    await writeFile(join(models, 'model.onnx'), 'x');
    await symlink(join(models, 'reef'), join(models, 'atoll'));
    await symlink(join(models, 'nowhere'), join(models, 'dangling'));
    expect(await listModelFolders(models)).toEqual(['atoll', 'bare', 'reef', 'torch']);
  });

  it('says in one sentence that the folder of models is missing', async () => {
    const gone = join(models, 'gone');
    await expect(listModelFolders(gone)).rejects.toThrow(
      ModelFolderError.of('gone', [`there is no folder of models at ${gone}`]),
    );
  });
});

const shared = fileURLToPath(new URL('../../../../../shared/models/', import.meta.url));
describe.skipIf(!existsSync(shared))('the shared model folders', () => {
  it('are all listed, and each is read as it is', async () => {
    const names = await listModelFolders(shared);
    expect(names).toEqual([
      'd2-fasterrcnn',
      'd2-retinanet',
      'yolov5n-coco',
      'yolov5n-coco-dynamic',
      'yolov8n-coco',
    ]);
    for (const name of names) {
      const read = await readModelFolder(join(shared, name));
      expect(read.name).toBe(name);
      expect(read.sha256).toBe(read.manifest.sha256);
      expect(read.version).toBe(read.sha256.slice(0, 12));
      expect(read.manifest.labels).toHaveLength(name.startsWith('d2-') ? 3 : 80);
    }
  });

  it.each(['yolov5n-coco', 'yolov8n-coco'])(
    '%s says enough of itself to do without a manifest',
    async (name) => {
      const weights = await readFile(join(shared, name, 'model.onnx'));
      const read = await readModelFolder(await folder('bare', { 'model.onnx': weights }));
      expect(read.manifest).toMatchObject({ name: 'bare', adapter: 'yolo' });
    },
  );

  it('a Detectron2 export does not, and is told to write one', async () => {
    const weights = await readFile(join(shared, 'd2-retinanet', 'model.onnx'));
    expect(await messageFor(await folder('bare', { 'model.onnx': weights }))).toContain('write a model.yaml');
  });
});
