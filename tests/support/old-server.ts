/**
 * A stand-in for the server that came before this project, as its clients see it: one address, two fields, no statuses of its
 * own for what goes wrong, and a picture that takes as long as it takes.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface OldServer {
  readonly url: string;
  /** What was posted, in the order of the answers. */
  readonly posted: readonly { readonly model: string; readonly bytes: number; readonly fields: string[] }[];
  stop(): Promise<void>;
}

/** `fails` says of which pictures, by their bytes, it answers `success: false`. */
export async function startOldServer(fails: (picture: Buffer) => boolean): Promise<OldServer> {
  const posted: OldServer['posted'][number][] = [];
  const server = createServer((request, response) => {
    const answer = (status: number, json: object, headers = {}): void => {
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(json));
    };
    void (async () => {
      const form = await readForm(request);
      if (request.url === '/predictor') return answer(307, {}, { location: '/predictor/' });
      if (request.url !== '/predictor/') return answer(404, { detail: 'Not Found' });
      if (request.method !== 'POST') return answer(405, { detail: 'Method Not Allowed' });
      const [model, file] = [form?.get('model_type'), form?.get('file')];
      if (typeof model !== 'string' || !(file instanceof File)) {
        return answer(422, { detail: [{ loc: ['body', 'file'], msg: 'field required' }] });
      }
      const picture = Buffer.from(await file.arrayBuffer());
      posted.push({ model, bytes: picture.byteLength, fields: [...form!.keys()] });
      if (fails(picture)) return answer(200, { success: false });
      const bbox = [3.2457, 88.5366, 75.6821, 134.9093];
      answer(200, {
        success: true,
        predictions: [{ category_id: 'Asteroidea', scores: [0.5905897617340088], bbox }],
      });
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readForm(request: IncomingMessage): Promise<FormData | undefined> {
  const body = await buffer(request);
  const type = request.headers['content-type'] ?? '';
  return new Response(body, { headers: { 'content-type': type } }).formData().catch(() => undefined);
}
