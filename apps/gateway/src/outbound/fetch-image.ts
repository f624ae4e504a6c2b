/**
 * A picture that is named by a URL, fetched for a caller: off unless the operator names hosts, and then only from those,
 * redirects included. What the bytes are is the business of whoever takes them.
 */
import {
  ServiceError,
  imageRedirectsMax,
  type ErrorCode,
  type HostPattern,
  type Settings,
} from '@shoal/shared/contract';
import { guardedRequest, type GuardedAnswer } from './guarded-request.ts';
import { OutboundError, type OutboundFailure } from './outbound-error.ts';
import type { Resolver } from './resolve-host.ts';

export type ImageSettings = Pick<
  Settings,
  | 'SHOAL_IMAGE_URL_HOSTS'
  | 'SHOAL_IMAGE_URL_PRIVATE'
  | 'SHOAL_IMAGE_URL_TIMEOUT_MS'
  | 'SHOAL_UPLOAD_BYTES_MAX'
>;

export interface ImageFetch {
  readonly settings: ImageSettings;
  /** Name of the request's field, for errors. */
  readonly field: string;
  /** Told of how many bytes will be held, before they are; throws when there is no room. */
  readonly reserve?: (bytes: number) => void;
  readonly resolver?: Resolver;
}

/** Whether a field's text means a picture that lies elsewhere. */
export const isImageUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/** Rejects with a ServiceError that says what was expected. */
export async function fetchImage(text: string, options: ImageFetch): Promise<Buffer> {
  const { settings, field } = options;
  const hosts = settings.SHOAL_IMAGE_URL_HOSTS ?? [];
  const refuse = (message: string, code: ErrorCode = 'options_invalid', cause?: unknown): ServiceError =>
    new ServiceError(code, `${field}: ${message}`, { cause });
  if (hosts.length === 0) {
    throw refuse('expected a picture, came a URL, and this server fetches none (SHOAL_IMAGE_URL_HOSTS)');
  }
  const endAtMs = Date.now() + settings.SHOAL_IMAGE_URL_TIMEOUT_MS;
  let url = parse(text);
  for (let redirects = 0; ; redirects += 1) {
    const problem = url === undefined ? 'expected a URL that can be read' : problemWith(url, hosts);
    if (url === undefined || problem !== undefined) {
      throw refuse(`${problem}${redirects === 0 ? '' : ', came a redirect to another'}`);
    }
    const answer = await ask(url, endAtMs, options).catch((error: unknown) => {
      if (!(error instanceof OutboundError)) throw error;
      throw refuse(`the URL gave no picture: ${error.message}`, codes[error.failure], error);
    });
    if (answer.status === 200) return answer.body;
    const location = redirectStatuses.has(answer.status) ? answer.headers.location : undefined;
    if (location === undefined) {
      throw refuse(`the URL gave no picture: expected status 200, came ${answer.status}`);
    }
    if (redirects === imageRedirectsMax) throw refuse(`the URL leads through too many redirects`);
    const next = parse(location, url);
    if (url.protocol === 'https:' && next?.protocol === 'http:') {
      throw refuse('the URL leads from https to http');
    }
    url = next;
  }
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

const codes = {
  refused: 'options_invalid',
  unreachable: 'options_invalid',
  timeout: 'upload_timeout',
  'too-large': 'upload_too_large',
} as const satisfies Record<OutboundFailure, ErrorCode>;

function ask(url: URL, endAtMs: number, { settings, reserve, resolver }: ImageFetch): Promise<GuardedAnswer> {
  const request = {
    url,
    method: 'GET',
    headers: { accept: 'image/*', 'user-agent': 'Shoal' },
    allowsPrivate: settings.SHOAL_IMAGE_URL_PRIVATE,
    timeoutMs: Math.max(1, endAtMs - Date.now()),
    bytesMax: settings.SHOAL_UPLOAD_BYTES_MAX,
    ...(reserve && { beforeBody: reserve }),
  } as const;
  return guardedRequest(request, resolver);
}

function parse(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
}

/** The list itself is not shown: it tells of networks that a caller need not know. */
function problemWith(url: URL, hosts: readonly HostPattern[]): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'expected http:// or https://';
  if (url.username !== '' || url.password !== '') return 'expected a URL without a name and a password';
  if (!hosts.some((allowed) => isAt(url, allowed))) {
    return 'expected a URL on one of the hosts that this server fetches from';
  }
  return undefined;
}

function isAt(url: URL, { name, isSuffix, port }: HostPattern): boolean {
  const schemePort = url.protocol === 'https:' ? 443 : 80;
  const urlPort = url.port === '' ? schemePort : Number(url.port);
  if (urlPort !== (port ?? schemePort)) return false;
  return isSuffix ? url.hostname.endsWith(`.${name}`) : url.hostname === name;
}
