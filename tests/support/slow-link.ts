/** A connection to Redis that takes its time: everything passes a port of 127.0.0.1, each way after a delay. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

export interface SlowLink {
  readonly port: number;
  /** Milliseconds each way, for whatever comes from now on. */
  delayMs: number;
  stop(): void;
}

export async function startSlowLink(targetPort: number): Promise<SlowLink> {
  const sockets = new Set<Socket>();
  const link = { port: 0, delayMs: 0, stop: (): void => undefined };
  const adopt = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const pass = (from: Socket, to: Socket): void => {
    let last = Promise.resolve();
    // One after the other, or what comes later could overtake.
    const later = (act: () => void): void => {
      const due = new Promise<void>((resolve) => setTimeout(resolve, link.delayMs));
      last = last.then(() => due).then(act);
    };
    from.on('data', (chunk: Buffer) => later(() => void (to.writable && to.write(chunk))));
    from.on('close', () => later(() => to.destroy()));
  };
  const server = createServer((near) => {
    const far = adopt(connect(targetPort, '127.0.0.1'));
    adopt(near);
    pass(near, far);
    pass(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  link.port = (server.address() as AddressInfo).port;
  link.stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return link;
}
