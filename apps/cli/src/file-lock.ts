/**
 * A file beside what only one process may write, held by whoever made it. Whoever is killed leaves it behind: on the same machine that is
 * seen at once, and from another one, or a container that is gone, by the time at which it was last touched.
 */
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

const touchMs = 10_000;
/** More than the clocks of a machine and of the file server may differ by. */
const staleMs = 60_000;

export interface FileLock {
  release(): void;
}

/** Or who holds it, in words. */
export function takeLock(path: string): FileLock | string {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (create(path)) return hold(path);
    const holder = holderOf(path);
    if (holder !== undefined) return holder;
    rmSync(path, { force: true });
  }
  return 'another process';
}

function create(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid} ${hostname()}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function hold(path: string): FileLock {
  const timer = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // A share that is away for a while; whoever writes the file itself hears of it.
    }
  }, touchMs);
  timer.unref();
  return {
    release() {
      clearInterval(timer);
      rmSync(path, { force: true });
    },
  };
}

/** Undefined when nobody holds it any more. */
function holderOf(path: string): string | undefined {
  try {
    const [pid = '', host = ''] = readFileSync(path, 'utf8').trim().split(' ');
    const isFresh = Math.abs(Date.now() - statSync(path).mtimeMs) < staleMs;
    if (!isFresh || (host === hostname() && !isAlive(Number(pid)))) return undefined;
    return host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
