/**
 * Words about the address: what a client on this machine connects to, and why listening there cannot work.
 */

/** A wildcard address is not one that can be connected to. */
export function addressFor(host: string, port: number): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** One sentence for the error code of listening, with the way out. */
export function explainPort(code: string, host: string, port: number, otherPort: number): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another program. Choose another: PORT=${otherPort} npm start`;
  }
  if (code === 'EACCES') {
    return `Port ${port} needs rights that this user lacks. Choose one above 1023: PORT=${otherPort} npm start`;
  }
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes(code)) {
    return `HOST is "${host}", which is not an address of this machine. Leave it out for 127.0.0.1, or use 0.0.0.0 for all.`;
  }
  return `Shoal cannot listen on port ${port} of ${host} (${code}).`;
}
