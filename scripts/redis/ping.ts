/**
 * Asks a Redis over a plain socket whether it takes commands. Three lines of its protocol are enough for that, so the
 * launcher needs no client library. It judges nothing else about the server.
 */
import { connect } from 'node:net';

/** True when the server at 127.0.0.1 answered PONG within `timeoutMs`; false for anything else, loading included. */
export function pingRedis(port: number, password: string | undefined, timeoutMs = 1000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('connect', () => {
      socket.write(password === undefined ? 'PING\r\n' : `AUTH ${password}\r\nPING\r\n`);
    });
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.includes('+PONG\r\n')) end(true);
      else if (/^-/m.test(answer)) end(false);
    });
  });
}
