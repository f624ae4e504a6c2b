/**
 * One POST of a planned request, as its sort of caller sends it: what it was told goes into the history, and whether asking again
 * makes sense comes back.
 */
import { call, causeOf, codeOf, finalOf, idOf, type Reply } from './call.ts';
import type { Attempt, History, SentRequest } from './history.ts';
import type { PlannedRequest } from './request-plan.ts';

/** The longest wait that is asked for, and some. */
const waitTimeoutMs = 32_000;
const soonTimeoutMs = 10_000;
const retryAfterMsMax = 2_000;
const retryAfterBreakMs = 200;

export interface PostOptions {
  readonly model: string;
  /** Makes keys of one run different from those of another. */
  readonly run: string;
  readonly history: History;
  /** Where webhooks are received; undefined where nobody can be called back. */
  readonly webhook: { readonly url: string; readonly secret: string } | undefined;
  /** Takes over an accepted prediction. */
  readonly onAccepted: (id: string) => void;
}

export type Post = (url: string, hangUp?: AbortSignal) => Promise<Taken>;

export interface Taken {
  readonly id?: string;
  /** When to ask again; undefined when there is nothing more to ask. */
  readonly againInMs?: number;
  /** Whether the request may have been accepted: who has no key must not ask again. */
  readonly isUncertain?: boolean;
}

export function poster(request: SentRequest, picture: Buffer, options: PostOptions): Post {
  const { history, model, run, webhook, onAccepted } = options;
  const waits = request.sort === 'waits' || request.sort === 'hangs up';
  const headers = {
    'content-type': 'image/png',
    ...(request.hasKey && { 'idempotency-key': `${run}-${request.index}` }),
    ...preferenceOf(request),
  };
  const query = new URLSearchParams({ model, priority: request.priority });
  if (request.hasWebhook && webhook) {
    query.set('webhook', webhook.url);
    query.set('webhookSecret', webhook.secret);
  }
  return async (url, hangUp) => {
    const startedAtMs = Date.now();
    const note = (outcome: Attempt['outcome'], said: string): void => {
      history.attempts.push({
        request: request.index,
        url,
        startedAtMs,
        endedAtMs: Date.now(),
        outcome,
        said,
      });
    };
    let reply: Reply;
    try {
      reply = await call(`${url}/v1/predictions?${query.toString()}`, {
        method: 'POST',
        headers,
        body: picture,
        timeoutMs: waits ? waitTimeoutMs : soonTimeoutMs,
        ...(hangUp && { signal: hangUp }),
      });
    } catch (error) {
      const cause = causeOf(error);
      if (hangUp?.aborted !== true) note('broken', cause);
      return { againInMs: retryAfterBreakMs, isUncertain: cause !== 'ECONNREFUSED' };
    }
    return read(reply);

    function read({ status, body, retryAfterMs }: Reply): Taken {
      const id = idOf(body);
      const result = finalOf(body);
      const said = `${status} ${codeOf(body)}`.trim();
      if (result !== undefined) {
        const atMs = Date.now();
        history.acceptances.push({ id: result.id, request: request.index, atMs, by: 'answer' });
        history.answers.push({ id: result.id, atMs, by: 'wait', result });
        note('answered', said);
        onAccepted(result.id);
        return { id: result.id };
      }
      if (status === 202 && id !== undefined) {
        history.acceptances.push({ id, request: request.index, atMs: Date.now(), by: '202' });
        note('accepted', said);
        onAccepted(id);
        return { id };
      }
      if (status === 503) {
        note('refused', said);
        return { againInMs: Math.min(retryAfterMs ?? retryAfterBreakMs, retryAfterMsMax) };
      }
      if (status >= 500) {
        note('broken', said);
        return { againInMs: retryAfterBreakMs, isUncertain: true };
      }
      note('rejected', said);
      return {};
    }
  };
}

function preferenceOf({ sort }: PlannedRequest): Record<string, string> {
  if (sort === 'waits' || sort === 'hangs up') return {};
  return { prefer: sort === 'waits briefly' ? 'wait=1' : 'respond-async' };
}
