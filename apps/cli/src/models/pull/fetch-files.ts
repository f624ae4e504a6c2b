/** Fetches what a model is made of, and shows how it goes. Whether the file is the wanted one is judged by `download-file`. */
import path from 'node:path';
import { showProgress } from '../../progress.ts';
import { describeDuration, say } from '../../terminal.ts';
import { downloadFile, type Downloaded } from './download-file.ts';
import type { WantedModel } from './wanted-model.ts';

export interface Received extends Downloaded {
  readonly file: string;
  readonly config?: string;
}

/** Into `folder`, under the names that the addresses end with. */
export async function fetchFiles(
  wanted: WantedModel,
  folder: string,
  signal: AbortSignal,
): Promise<Received> {
  const { weights } = wanted;
  const file = path.join(folder, fileNameOf(weights.url));
  const weightsFile = await fetchOne(weights.url, file, weights, signal);
  if (weights.sha256 === undefined)
    say(
      weights.md5 === undefined
        ? `Nobody says here what this file must be: its SHA-256 ${weightsFile.sha256} is taken on trust.`
        : `SHA-256 ${weightsFile.sha256}; its MD5 is the one that its publisher gives.`,
    );
  if (weights.config === undefined) return { ...weightsFile, file };
  const config = path.join(folder, fileNameOf(weights.config));
  await fetchOne(weights.config, config, {}, signal);
  return { ...weightsFile, file, config };
}

async function fetchOne(
  url: string,
  file: string,
  {
    bytes,
    sha256,
    md5,
  }: { bytes?: number | undefined; sha256?: string | undefined; md5?: string | undefined },
  signal: AbortSignal,
): Promise<Downloaded> {
  say(`from ${url}`);
  const watch = watchSpeed(path.basename(file));
  const stop = showProgress(process.stderr, watch.look);
  try {
    return await downloadFile({
      url,
      file,
      wanted: { bytes, sha256, md5 },
      signal,
      onProgress: watch.note,
      onTrouble: (sentence) => say(sentence),
    });
  } finally {
    stop();
  }
}

/** The last part of an address's path, as a name for a file here. */
function fileNameOf(url: string): string {
  const name = path.posix.basename(new URL(url).pathname).replaceAll(/[^\w.-]+/g, '-');
  return /^\w/.test(name) ? name : 'weights';
}

const inMegabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function watchSpeed(name: string): {
  readonly note: (received: number, bytes: number | undefined) => void;
  readonly look: () => { share: number | undefined; line: string };
} {
  let [received, total, from] = [0, undefined as number | undefined, undefined as number | undefined];
  const startedAt = performance.now();
  return {
    note(now, bytes) {
      from ??= now;
      [received, total] = [now, bytes];
    },
    look() {
      const seconds = (performance.now() - startedAt) / 1000;
      const speed = (received - (from ?? 0)) / seconds;
      const share = total === undefined ? undefined : received / total;
      const left =
        total === undefined || speed === 0 ? '' : `, ${describeDuration((total - received) / speed)} left`;
      const of = total === undefined ? '' : ` of ${inMegabytes(total)}`;
      return { share, line: `${name}  ${inMegabytes(received)}${of} MB, ${inMegabytes(speed)} MB/s${left}` };
    },
  };
}
