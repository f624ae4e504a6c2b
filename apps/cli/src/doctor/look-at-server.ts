/**
 * What can be seen of a server from outside, one question after another; a server that does not answer is asked nothing further.
 * It changes nothing there.
 */
import { describeTrouble } from '../stress/describe-trouble.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

const questionMsMax = 5_000;
/** Between the two clocks. */
const skewMsMax = 30_000;

export interface ServerFindings {
  readonly findings: readonly Finding[];
  /** It makes sense to go on. */
  readonly isUsable: boolean;
  readonly isReached: boolean;
}

export async function lookAtServer(url: string, apiKey: string | undefined): Promise<ServerFindings> {
  const alive = await ask(url, 'livez');
  if (alive instanceof Error) {
    const { message } = describeTrouble(alive.cause ?? alive, url);
    return { findings: [fail('server', message, adviceForNobody(url))], isUsable: false, isReached: false };
  }
  if (alive.status !== 200 || !isShoal(alive.body)) {
    const finding = fail(
      'server',
      `${url} answers with status ${alive.status}, and not like Shoal`,
      'give the address of a gateway or of its front door, with the path if it has one; a front door with SERVER_HOST knows it ' +
        'by that name only',
    );
    return { findings: [finding], isUsable: false, isReached: true };
  }
  const findings = [ok('server', `${url} answers in ${Math.round(alive.ms)} ms`), lookAtClock(alive)];
  const ready = await ask(url, 'readyz');
  const readiness = lookAtReadiness(ready);
  const key = await lookAtKey(url, apiKey);
  return {
    findings: [...findings, readiness, key],
    isUsable: readiness.outcome === 'ok' && key.outcome === 'ok',
    isReached: true,
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly date: string | null;
  /** Until its head was there. */
  readonly ms: number;
}

async function ask(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer | Error> {
  const startedMs = performance.now();
  try {
    const response = await fetch(new URL(path, url.endsWith('/') ? url : `${url}/`), {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(questionMsMax),
    });
    const ms = performance.now() - startedMs;
    return { status: response.status, body: await response.text(), date: response.headers.get('date'), ms };
  } catch (error) {
    return error as Error;
  }
}

const isShoal = (body: string): boolean => /^\s*\{\s*"status"\s*:\s*"ok"\s*\}\s*$/.test(body);

function adviceForNobody(url: string): string {
  const { hostname } = new URL(url);
  const isHere = /^(?:localhost|127\.|\[::1\])/.test(hostname);
  return isHere
    ? 'start one with `npm start` or `docker compose up`, whose front door is at port 8082; or name another with --url or SHOAL_URL'
    : 'is the address right, does the server run, and does a firewall or a proxy lie between?';
}

/** The header says whole seconds. */
function lookAtClock({ date, ms }: Answer): Finding {
  const there = date === null ? Number.NaN : Date.parse(date);
  const skewMs = Math.round(Date.now() - ms / 2 - there);
  if (Number.isNaN(there)) return ok('clock', 'the server does not say what time it has');
  if (Math.abs(skewMs) <= skewMsMax) return ok('clock', 'the same time here and there');
  return warn(
    'clock',
    `this machine is ${Math.abs(Math.round(skewMs / 1000))} s ${skewMs > 0 ? 'ahead of' : 'behind'} the server`,
    'set both clocks by NTP: times in logs do not match, and signed webhooks are refused as old',
  );
}

function lookAtReadiness(answer: Answer | Error): Finding {
  if (answer instanceof Error)
    return fail('readiness', answer.message, 'ask again: it answered a moment ago');
  if (answer.status === 200) return ok('readiness', 'it takes requests, and reaches its Redis');
  return fail(
    'readiness',
    `it takes no requests now: ${messageOf(answer.body)}`,
    'look at the Redis and the log of the gateway: `docker compose ps`, `docker compose logs redis gateway`, or .data/logs-* of ' +
      '`npm start`',
  );
}

async function lookAtKey(url: string, apiKey: string | undefined): Promise<Finding> {
  const bare = await ask(url, 'v1/models');
  if (bare instanceof Error) return fail('key', bare.message, 'ask again: it answered a moment ago');
  if (bare.status !== 401) {
    return ok(
      'key',
      apiKey === undefined ? 'none is asked for' : 'none is asked for; the one that is set is not needed',
    );
  }
  const whereFrom = 'SHOAL_API_KEY or --api-key-file';
  if (apiKey === undefined) return fail('key', 'the server asks for an API key', `give it with ${whereFrom}`);
  const answer = await ask(url, 'v1/models', { authorization: `Bearer ${apiKey}` });
  if (answer instanceof Error) return fail('key', answer.message, 'ask again: it answered a moment ago');
  if (answer.status !== 401) return ok('key', 'the server takes it');
  return fail(
    'key',
    'the server does not take this one',
    `look at ${whereFrom}; \`npm run keys -- list\` names those there are`,
  );
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { error: { message: string } }).error.message;
  } catch {
    return body.slice(0, 200);
  }
}
