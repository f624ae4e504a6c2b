/** A picture that is named by a URL: fetched where the operator allows it, and from nowhere else. */
import { expect, test } from 'vitest';
import { postForm, toAnswer, type Answer } from '../support/ask.ts';
import { plainPicture } from '../support/pictures.ts';
import { startReceiver } from '../support/receiver.ts';
import { startScriptedStack } from '../support/scripted-stack.ts';

const postJson = async (url: string, body: unknown): Promise<Answer> =>
  toAnswer(
    await fetch(`${url}/v1/predictions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );

test(
  'a picture is fetched from an allowed host, in JSON and in forms, and is like one that was sent',
  { timeout: 60_000 },
  async () => {
    const picture = await plainPicture([9, 8, 7], 48);
    const web = await startReceiver((response, { path }) => {
      if (path === '/moved') response.writeHead(302, { location: '/picture.png' }).end();
      else if (path === '/page') response.writeHead(200, { 'content-type': 'image/png' }).end('<html>');
      else if (path === '/large') response.end(Buffer.alloc(60_000));
      else if (path === '/slow') return;
      else response.end(picture);
    });
    const stack = await startScriptedStack({
      env: {
        SHOAL_IMAGE_URL_HOSTS: `images.invalid, 127.0.0.1:${web.port}`,
        SHOAL_IMAGE_URL_PRIVATE: 'true',
        SHOAL_IMAGE_URL_TIMEOUT_MS: '3000',
        SHOAL_UPLOAD_BYTES_MAX: '50000',
      },
    });
    const model = 'scripted';
    for (const image of [`${web.url}/picture.png`, `${web.url}/moved`]) {
      const answers = [
        await postJson(stack.url, { model, image }),
        await postForm(`${stack.url}/v1/predictions`, [
          ['image', image],
          ['model', model],
        ]),
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 200, body: { image: { width: 48, height: 48 } } });
      }
    }
    const refusals: [string, number, string][] = [
      [`${web.url}/page`, 415, 'media_type_unsupported'],
      [`${web.url}/large`, 413, 'upload_too_large'],
      [`${web.url}/slow`, 408, 'upload_timeout'],
      ['http://images.invalid/', 400, 'options_invalid'],
      ['http://127.0.0.1/', 400, 'options_invalid'],
      [stack.url, 400, 'options_invalid'],
    ];
    for (const [image, status, code] of refusals) {
      expect(await postJson(stack.url, { model, image })).toMatchObject({
        status,
        body: { error: { code } },
      });
    }
    // Among several pictures each stands for itself, wherever it comes from.
    const several = await postForm(`${stack.url}/v1/predictions`, [
      ['image', `${web.url}/picture.png`],
      ['image', `${web.url}/page`],
      ['image', picture],
      ['model', model],
    ]);
    expect(several).toMatchObject({
      status: 200,
      body: {
        predictions: [
          { status: 'succeeded' },
          { error: { code: 'media_type_unsupported' } },
          { status: 'succeeded' },
        ],
      },
    });

    const before = web.received.length;
    // The older form has files only, and its text fields mean nothing.
    const legacy = await postForm(`${stack.url}/predictor`, [
      ['file', `${web.url}/picture.png`],
      ['model_type', model],
    ]);
    expect(legacy).toMatchObject({ status: 400, body: { error: { code: 'upload_missing' } } });
    const closed = await stack.startGateway({ SHOAL_IMAGE_URL_PRIVATE: '' });
    const image = `${web.url}/picture.png`;
    expect(await postJson(closed.url, { model, image })).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'options_invalid',
          message: 'image: the URL gave no picture: the host is at a private address',
        },
      },
    });
    const off = await stack.startGateway({ SHOAL_IMAGE_URL_HOSTS: '' });
    expect(await postJson(off.url, { model, image })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('this server fetches none') as string } },
    });
    expect(web.received).toHaveLength(before);
  },
);
