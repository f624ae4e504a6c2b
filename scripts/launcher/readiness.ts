/**
 * Asks the gateway, where nobody needs a key, whether everything that was started is ready. It watches nothing else: a
 * process that ends is noticed by its supervisor.
 */

export interface ReadyModel {
  readonly name: string;
  readonly device: string;
}

export type Readiness =
  | { readonly state: 'waiting'; readonly waitingFor: readonly string[] }
  | { readonly state: 'ready'; readonly models: readonly ReadyModel[] };

interface ListedModel {
  readonly name: string;
  readonly state: string;
  readonly workers?: readonly { readonly device?: string }[];
}

const requestTimeoutMs = 2_000;

/**
 * Judges the gateway's list of models; models of others in it do not count. A model that `failed` is waited for, since the
 * list remembers failures of earlier starts, and a worker that fails now ends and says why by itself.
 */
export function judge(expected: readonly string[], listed: readonly ListedModel[]): Readiness {
  const models: ReadyModel[] = [];
  const waitingFor: string[] = [];
  for (const name of expected) {
    const model = listed.find((candidate) => candidate.name === name);
    if (model?.state === 'ready') {
      const devices = new Set((model.workers ?? []).map((worker) => worker.device ?? 'cpu'));
      models.push({ name, device: [...devices].join(', ') });
    } else {
      waitingFor.push(name);
    }
  }
  return waitingFor.length > 0 ? { state: 'waiting', waitingFor } : { state: 'ready', models };
}

/** One look. An unreachable or unready gateway is waited for, under the name `gateway`. */
export async function lookOnce(address: string, expected: readonly string[]): Promise<Readiness> {
  try {
    const get = (path: string): Promise<Response> =>
      fetch(`${address}${path}`, { signal: AbortSignal.timeout(requestTimeoutMs) });
    if (!(await get('/readyz')).ok) return { state: 'waiting', waitingFor: ['gateway'] };
    const list = (await (await get('/internal/models')).json()) as { models: ListedModel[] };
    return judge(expected, list.models);
  } catch {
    return { state: 'waiting', waitingFor: ['gateway'] };
  }
}
