/** A short video, drawn and recorded by the browser under test: an empty ground at first, a scene in its second half. */
import type { Browser } from 'playwright-core';
import { sampleScene } from './pictures.ts';

export const videoSize = { width: 320, height: 256 };

/** Before this nothing is to be seen. */
export const sceneFromS = 1.25;
const endS = 2.4;

/** Runs inside a page; WebM, as base64. */
const recording = (scene: string): string => `(async () => {
  const image = new Image();
  image.src = 'data:image/jpeg;base64,${scene}';
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = ${videoSize.width};
  canvas.height = ${videoSize.height};
  const context = canvas.getContext('2d');
  const started = performance.now();
  const draw = () => {
    context.fillStyle = '#d8d4c8';
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (performance.now() - started > ${sceneFromS * 1000}) context.drawImage(image, 0, 0);
  };
  draw();
  const recorder = new MediaRecorder(canvas.captureStream(25), {
    mimeType: 'video/webm;codecs=vp8',
    videoBitsPerSecond: 4000000,
  });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const ended = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  const timer = setInterval(draw, 40);
  setTimeout(() => recorder.stop(), ${endS * 1000});
  await ended;
  clearInterval(timer);
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
})()`;

/** A file as Playwright gives it to an input. */
export async function recordVideo(
  browser: Browser,
): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const scene = await sampleScene('scene_2033_3_320x256.jpg');
  const page = await browser.newPage();
  const text = await page.evaluate<string>(recording(scene.toString('base64')));
  await page.close();
  return { name: 'dive.webm', mimeType: 'video/webm', buffer: Buffer.from(text, 'base64') };
}
