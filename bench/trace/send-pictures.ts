/** The client of a trace: posts one picture again and again as a bare body, over connections that stay open. */
import { randomUUID } from 'node:crypto';
import { Client } from 'undici';
import { driveClosed } from '../../apps/cli/src/stress/drive-load.ts';
import { mediaTypeOf } from '../../apps/cli/src/pictures/picture-names.ts';
import { makeRequestForm } from '../../apps/cli/src/stress/request-form.ts';
import type { SentRequest, Timings } from './join-events.ts';
import { clockMs } from './trace-event.ts';

export interface Sending {
  readonly url: string;
  readonly model: string;
  /** A path, for its ending, and what is in it. */
  readonly picture: string;
  readonly bytes: Buffer;
  readonly count: number;
  readonly concurrency: number;
}

/** Throws when one is not answered with a success: what fails is no measure of what works. */
export async function sendPictures(sending: Sending): Promise<readonly SentRequest[]> {
  const { url, count, concurrency } = sending;
  const idle = Array.from({ length: concurrency }, () => new Client(url, { allowH2: false }));
  const clients = [...idle];
  const sent: SentRequest[] = [];
  try {
    await driveClosed(
      {
        limit: { requests: count, seconds: undefined },
        next: async () => sending,
        fire: async (request) => {
          const client = idle.pop()!;
          sent.push(await sendOne(client, request));
          idle.push(client);
          return true;
        },
        signal: new AbortController().signal,
      },
      concurrency,
    );
  } finally {
    await Promise.all(clients.map((client) => client.destroy()));
  }
  return sent;
}

async function sendOne(client: Client, { model, picture, bytes }: Sending): Promise<SentRequest> {
  const { path } = makeRequestForm({ kind: 'raw', prefix: '', model, fields: [] });
  const requestId = randomUUID();
  const headers = {
    accept: 'application/json',
    'content-type': mediaTypeOf(picture),
    'x-request-id': requestId,
  };
  const sentMs = clockMs();
  const answer = await client.request({ method: 'POST', path, headers, body: bytes });
  const text = await answer.body.text();
  const receivedMs = clockMs();
  const { status, timings } = JSON.parse(text) as { status?: string; timings: Timings };
  if (answer.statusCode !== 200 || status !== 'succeeded') {
    throw new Error(`a picture was answered with ${answer.statusCode}: ${text}`);
  }
  return { requestId, id: String(answer.headers['x-prediction-id']), sentMs, receivedMs, timings };
}
