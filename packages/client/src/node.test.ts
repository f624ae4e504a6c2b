import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildForm } from './build-form.ts';
import { fileImage } from './node.ts';

test('a file is read when its turn comes, and goes by its own name', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-client-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'reef.jpg');
  const image = fileImage(file);
  expect(image.path).toBe(file);
  await expect(buildForm(image, { model: 'demo' })).rejects.toMatchObject({
    code: 'image_unreadable',
    message: expect.stringContaining('ENOENT') as string,
  });
  await writeFile(file, 'a picture');
  const part = (await buildForm(image, { model: 'demo' })).get('image') as File;
  expect([part.name, await part.text()]).toEqual(['reef.jpg', 'a picture']);
});

test('a Blob whose file is gone is a picture that cannot be read, and no network that is away', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-blob-'));
  const file = path.join(folder, 'reef.jpg');
  await writeFile(file, 'a picture');
  const picture = await openAsBlob(file);
  await rm(folder, { recursive: true });
  await expect(buildForm(picture, { model: 'demo' })).rejects.toMatchObject({ code: 'image_unreadable' });
  await expect(buildForm({ open: () => picture }, { model: 'demo' })).rejects.toMatchObject({
    code: 'image_unreadable',
  });
});
