/**
 * Ends the process when its main thread no longer turns its event loop: nothing that waits on such a loop, a health check
 * of its own least of all, could do it. A small thread counts. It counts its own ticks and not the time, because a process
 * that was paused has been silent as well, and must live on.
 */
import { url as debuggerUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { loopBeatMs, loopSilenceMsMax } from '../contract/index.ts';

export interface WatchdogTimes {
  readonly tickMs: number;
  readonly silenceMsMax: number;
}

interface WatchdogData {
  /** 0: how often the loop has turned, modulo 2³². 1: whether a debugger may be holding it. */
  readonly cells: Int32Array<SharedArrayBuffer>;
  readonly service: string;
  readonly tickMs: number;
  readonly silentTicksMax: number;
}

/** Watches the thread that calls it, for as long as the process lives. SIGKILL ends it, after a line on standard error. */
export function watchEventLoop(
  service: string,
  { tickMs, silenceMsMax }: WatchdogTimes = { tickMs: loopBeatMs, silenceMsMax: loopSilenceMsMax },
): void {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const silentTicksMax = Math.ceil(silenceMsMax / tickMs);
  const workerData: WatchdogData = { cells, service, tickMs, silentTicksMax };
  const beat = (): void => {
    Atomics.add(cells, 0, 1);
    Atomics.store(cells, 1, debuggerUrl() === undefined ? 0 : 1);
  };
  beat();
  setInterval(beat, tickMs).unref();
  // As text, because a bundle has no file of its own for it, and the service's own would load the whole service again.
  const text = `(${countSilence.toString()})(process.getBuiltinModule('node:worker_threads').workerData)`;
  new Worker(text, { eval: true, name: 'watchdog', workerData, env: {}, execArgv: [] }).unref();
}

/** The inside of the thread. Only its text gets there, so it names nothing that is outside of it. */
function countSilence({ cells, service, tickMs, silentTicksMax }: WatchdogData): void {
  const { write } = process.getBuiltinModule('node:fs');
  let lastBeat = -1;
  let silentTicks = 0;
  // eslint-disable-next-line unicorn/consistent-function-scoping -- nothing outside of this text is there
  const end = (): void => void process.kill(process.pid, 'SIGKILL');
  setInterval(() => {
    const beat = Atomics.load(cells, 0);
    const isHeld = Atomics.load(cells, 1) === 1;
    silentTicks = beat === lastBeat && !isHeld ? silentTicks + 1 : 0;
    lastBeat = beat;
    if (silentTicks < silentTicksMax) return;
    silentTicks = 0;
    const line = JSON.stringify({
      level: 'fatal',
      time: new Date().toISOString(),
      service,
      pid: process.pid,
      msg: `the event loop has stood still for ${(silentTicksMax * tickMs) / 1000} s: the process ends itself`,
    });
    // Not in the way that waits: whoever reads the log may be what the main thread hangs on.
    write(2, `${line}\n`, end);
    setTimeout(end, tickMs);
  }, tickMs);
}
