/** What kept a request from being answered, in words for whoever runs the test. */
import { plainText } from './judge-answer.ts';
import type { Failure } from './stress-result.ts';

const words: Readonly<Record<string, (address: string) => string>> = {
  ECONNREFUSED: (address) => `nothing listens at ${address}`,
  ENOTFOUND: (address) => `the host of ${address} is not known`,
  EAI_AGAIN: (address) => `the host of ${address} cannot be looked up now`,
  EHOSTUNREACH: (address) => `there is no way to ${address}`,
  ENETUNREACH: (address) => `there is no way to ${address}`,
  ETIMEDOUT: (address) => `${address} did not take the connection in time`,
  UND_ERR_CONNECT_TIMEOUT: (address) => `${address} did not take the connection in time`,
  ECONNRESET: () => 'the connection was reset before the answer was whole',
  EPIPE: () => 'the connection was closed before the answer was whole',
  UND_ERR_SOCKET: () => 'the connection was closed before the answer was whole',
  EMFILE: () => 'this process may not open as many connections (ulimit -n)',
  EADDRNOTAVAIL: () => 'this machine has no port left to connect from',
  DEPTH_ZERO_SELF_SIGNED_CERT: () =>
    'the certificate is signed by itself; name it in NODE_EXTRA_CA_CERTS to trust it',
  SELF_SIGNED_CERT_IN_CHAIN: () =>
    'the certificate is of an unknown authority; name it in NODE_EXTRA_CA_CERTS to trust it',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () =>
    'the certificate is of an unknown authority; name it in NODE_EXTRA_CA_CERTS to trust it',
};

export function describeTrouble(error: unknown, address: string): Failure {
  const { code = 'connection', message } = error as Error & { code?: string };
  const sentence = words[code]?.(address);
  return { status: 0, code, message: plainText(sentence ?? (message === '' ? String(error) : message)) };
}
