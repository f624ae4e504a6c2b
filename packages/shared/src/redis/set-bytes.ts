/**
 * `SET` of many bytes without a copy of them. ioredis puts a whole command together in a new buffer before it writes it; here
 * the bytes go to the connection as they are, between what comes before and after them.
 */
import { Command, type Redis } from 'ioredis';

/** In one piece, or in the pieces in which they came: putting them together would be a copy. */
export type Bytes = Buffer | readonly Buffer[];

export const piecesOf = (bytes: Bytes): readonly Buffer[] => (Buffer.isBuffer(bytes) ? [bytes] : bytes);

export const lengthOf = (bytes: Bytes): number =>
  piecesOf(bytes).reduce((sum, { length }) => sum + length, 0);

/** A connection, whose writes of one turn leave together. */
type Connection = { write(data: string | Buffer): boolean };

class SetBytesCommand extends Command {
  readonly #bytes: Bytes;
  readonly #key: string;
  readonly #ttlMs: string;

  constructor(key: string, bytes: Bytes, ttlMs: number) {
    super('set', [key, '', 'PX', ttlMs], { replyEncoding: 'utf8' });
    this.#key = key;
    this.#bytes = bytes;
    this.#ttlMs = String(ttlMs);
  }

  /** https://redis.io/docs/latest/develop/reference/protocol-spec: an array of five bulk strings, each after its length. */
  override toWritable(connection: object): string {
    const to = connection as Connection;
    const head = `*5\r\n$3\r\nset\r\n$${Buffer.byteLength(this.#key)}\r\n${this.#key}\r\n$${lengthOf(this.#bytes)}\r\n`;
    to.write(head);
    for (const piece of piecesOf(this.#bytes)) if (piece.length > 0) to.write(piece);
    return `\r\n$2\r\nPX\r\n$${this.#ttlMs.length}\r\n${this.#ttlMs}\r\n`;
  }
}

/** As `redis.set(key, bytes, 'PX', ttlMs)`. The bytes must not change until the reply is there. */
export async function setBytes(redis: Redis, key: string, bytes: Bytes, ttlMs: number): Promise<void> {
  await redis.sendCommand(new SetBytesCommand(key, bytes, ttlMs));
}
