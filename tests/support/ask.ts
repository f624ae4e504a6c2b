/** The calls that a client makes, as short as a test wants them. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The shape of an answer is what the tests are about.
  readonly body: {
    id?: string;
    status?: string;
    error?: { code: string; message: string };
    detections?: {
      label: string;
      classId: number;
      score: number;
      box: Record<'x1' | 'y1' | 'x2' | 'y2', number>;
    }[];
    image?: { width: number; height: number };
    [key: string]: unknown;
  };
}

export async function toAnswer(response: Response): Promise<Answer> {
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}

/** A bare picture to `/v1/predictions`. */
export async function predict(
  url: string,
  model: string,
  picture: Uint8Array,
  options: {
    query?: Record<string, string>;
    headers?: Record<string, string>;
    signal?: AbortSignal;
  } = {},
): Promise<Answer> {
  const query = new URLSearchParams({ model, ...options.query });
  const response = await fetch(`${url}/v1/predictions?${query.toString()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', ...options.headers },
    body: picture as NonNullable<RequestInit['body']>,
    ...(options.signal && { signal: options.signal }),
  });
  return toAnswer(response);
}

/** A form of parts in the order given; a file is bytes, all else is text. */
export async function postForm(
  address: string,
  parts: readonly (readonly [name: string, value: string | Uint8Array, type?: string])[],
): Promise<Answer> {
  const form = new FormData();
  for (const [name, value, type] of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([value], type === undefined ? {} : { type }), 'picture');
  }
  return toAnswer(await fetch(address, { method: 'POST', body: form }));
}

/** As `predict`, without waiting for the answer; resolves to the id of what was accepted. */
export async function submit(
  url: string,
  model: string,
  picture: Uint8Array,
  query: Record<string, string> = {},
): Promise<string> {
  const headers = { prefer: 'respond-async' };
  const { status, body } = await predict(url, model, picture, { query, headers });
  if (status !== 202 || body.id === undefined) throw new Error(`not accepted: ${JSON.stringify(body)}`);
  return body.id;
}

/** How a prediction stands, after at most `waitS` seconds if it is open. */
export async function lookAt(url: string, id: string, waitS = 0): Promise<Answer> {
  const headers = waitS > 0 ? { prefer: `wait=${waitS}` } : {};
  return toAnswer(await fetch(`${url}/v1/predictions/${id}`, { headers }));
}

export async function cancel(url: string, id: string): Promise<Answer> {
  return toAnswer(await fetch(`${url}/v1/predictions/${id}`, { method: 'DELETE' }));
}
