import { readSettings } from '@shoal/shared/service';
import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import type { GatewayContext } from '../gateway-context.ts';
import { reserveUpload } from './admit.ts';

function gateway(uploadsBytesMax: number): GatewayContext {
  const settings = readSettings({
    SHOAL_UPLOADS_BYTES_MAX: String(uploadsBytesMax),
    SHOAL_UPLOAD_BYTES_MAX: '1000',
  });
  // Only what is asked here: the load and the limits.
  return { settings, load: { inFlight: 0, uploadBytes: 0, phase: 'serving' } } as unknown as GatewayContext;
}

const request = (headers: Record<string, string>) => ({ headers }) as unknown as FastifyRequest;
const sized = (bytes: number) => request({ 'content-length': String(bytes) });

test('bodies are let in while there is room, and again when one has been read', () => {
  const context = gateway(1_000);
  const release = reserveUpload(sized(600), context);
  expect(() => reserveUpload(sized(600), context)).toThrow('receiving as many bytes as it may');
  const small = reserveUpload(sized(400), context);
  release();
  reserveUpload(sized(600), context);
  small();
  expect(context.load.uploadBytes).toBe(600);
});

test('a body that does not say its size counts as the largest that is allowed', () => {
  const context = gateway(1_500);
  reserveUpload(request({ 'transfer-encoding': 'chunked' }), context);
  expect(context.load.uploadBytes).toBe(1_000);
});

test('JSON counts twice, since it is held as text and as a picture', () => {
  const context = gateway(10_000);
  reserveUpload(request({ 'content-type': 'application/json', 'content-length': '700' }), context);
  expect(context.load.uploadBytes).toBe(1_400);
});

test('what a body says of its size is believed only up to what may come', () => {
  const context = gateway(10_000);
  reserveUpload(sized(999_999_999), context);
  expect(context.load.uploadBytes).toBe(2_000);
});

test('one upload is always let in', () => {
  const context = gateway(10);
  reserveUpload(sized(900), context);
  expect(() => reserveUpload(sized(1), context)).toThrow('as many bytes as it may');
});
