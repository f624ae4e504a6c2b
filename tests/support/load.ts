/** A steady load of predictions from a few callers, with an account of every answer. */
import { predict } from './ask.ts';

export interface LoadReport {
  readonly sent: number;
  /** What went wrong, as a caller saw it: a status with its code, or a broken connection. */
  readonly failures: readonly string[];
}

export interface Load {
  /** Ends the load after the requests that are under way. */
  stop(): Promise<LoadReport>;
}

/** `callers` requests at a time, each as soon as the last one of its caller is answered. */
export function startLoad(url: string, model: string, picture: Uint8Array, callers: number): Load {
  const over = new AbortController();
  let sent = 0;
  const failures: string[] = [];
  const call = async (): Promise<void> => {
    while (!over.signal.aborted) {
      sent += 1;
      try {
        const { status, body } = await predict(url, model, picture);
        if (status !== 200)
          failures.push(`${status} ${body.error?.code ?? ''}: ${body.error?.message ?? ''}`);
      } catch (error) {
        failures.push(String((error as Error).cause ?? error));
      }
    }
  };
  const running = Array.from({ length: callers }, call);
  return {
    stop: async () => {
      over.abort();
      await Promise.all(running);
      return { sent, failures };
    },
  };
}
