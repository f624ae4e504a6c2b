/**
 * Posts bodies over connections that stay open, and says what came of each. It opens a connection whenever none is free: how
 * many requests are under way is up to who calls. It tries nothing twice.
 */
import { Client } from 'undici';
import type { Dispatcher } from 'undici';
import { describeTrouble } from './describe-trouble.ts';
import { judgeAnswer } from './judge-answer.ts';
import type { RequestForm } from './request-form.ts';
import type { Failure } from './stress-result.ts';

export interface SenderOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly form: Pick<RequestForm, 'kind' | 'path'>;
  readonly apiKey: string | undefined;
  /** From handing the request over to the end of its answer, the connecting included. */
  readonly timeoutMs: number;
}

export interface Reply {
  /** 0 without an answer. */
  readonly status: number;
  readonly failure: Failure | undefined;
}

/** Of an answer; a server that sends without end must not fill the memory. */
const answerBytesMax = 32 * 2 ** 20;

export class Sender {
  readonly #options: SenderOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #clients = new Set<Client>();
  /** The last one used first: what is not needed falls asleep and is closed. */
  readonly #idle: Client[] = [];

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#headers = {
      accept: 'application/json',
      ...(options.apiKey !== undefined && { authorization: `Bearer ${options.apiKey}` }),
    };
  }

  /** Never rejects: what goes wrong is a reply. */
  send(body: Buffer, contentType: string): Promise<Reply> {
    return new Promise((resolve) => {
      const client = this.#idle.pop() ?? this.#open();
      const giveUp = (): void => {
        // The request may be waiting for its connection, which alone cannot be taken back.
        this.#drop(client);
        const message = `no whole answer within ${this.#options.timeoutMs / 1000} s`;
        resolve({ status: 0, failure: { status: 0, code: 'timeout', message } });
      };
      const timer = setTimeout(giveUp, this.#options.timeoutMs);
      const settle = (reply: Reply): void => {
        clearTimeout(timer);
        if (this.#clients.has(client)) this.#idle.push(client);
        resolve(reply);
      };
      client.dispatch(
        {
          method: 'POST',
          path: this.#options.form.path,
          headers: { ...this.#headers, 'content-type': contentType },
          body,
        },
        new AnswerReader(this.#options, settle),
      );
    });
  }

  /** Whatever is under way breaks off. */
  async end(): Promise<void> {
    const clients = [...this.#clients];
    this.#clients.clear();
    this.#idle.length = 0;
    await Promise.all(clients.map((client) => client.destroy()));
  }

  #open(): Client {
    const client = new Client(this.#options.origin, {
      allowH2: false,
      // One clock for the whole request instead of one for each of its parts.
      connect: { timeout: this.#options.timeoutMs },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#clients.add(client);
    return client;
  }

  #drop(client: Client): void {
    this.#clients.delete(client);
    void client.destroy();
  }
}

class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #options: SenderOptions;
  readonly #settle: (reply: Reply) => void;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #location: string | undefined;

  constructor(options: SenderOptions, settle: (reply: Reply) => void) {
    this.#options = options;
    this.#settle = settle;
  }

  // undici takes no handler without it.
  onRequestStart(): void {}

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    const { location } = headers;
    if (status >= 300 && status < 400 && typeof location === 'string') this.#location = location;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > answerBytesMax) controller.abort(new Error('the answer has no end'));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first = Buffer.alloc(0), ...others] = this.#chunks;
    const body = others.length === 0 ? first.toString() : Buffer.concat(this.#chunks).toString();
    const answer = { status: this.#status, body, location: this.#location };
    this.#settle({ status: this.#status, failure: judgeAnswer(this.#options.form.kind, answer) });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#settle({ status: 0, failure: describeTrouble(error, this.#options.origin) });
  }
}
