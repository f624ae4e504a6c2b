/** Whether anybody listens at an address: asked once before a run, so that a wrong address is one sentence and not a thousand failures. */
import { connect } from 'node:net';
import { describeTrouble } from './describe-trouble.ts';

const waitMaxMs = 10_000;

/** Undefined when a connection was made; else why not. */
export function reachServer(origin: string, timeoutMs: number): Promise<string | undefined> {
  const url = new URL(origin);
  const port = Number(url.port === '' ? { 'http:': 80, 'https:': 443 }[url.protocol] : url.port);
  // A URL writes an address of IPv6 in brackets.
  const socket = connect({ host: url.hostname.replaceAll(/[[\]]/g, ''), port });
  return new Promise<string | undefined>((resolve) => {
    const refuse = (error: Error) => resolve(describeTrouble(error, origin).message);
    socket.setTimeout(Math.min(timeoutMs, waitMaxMs), () =>
      refuse(Object.assign(new Error(), { code: 'ETIMEDOUT' })),
    );
    socket.once('connect', () => resolve(undefined));
    socket.on('error', refuse);
  }).finally(() => socket.destroy());
}
