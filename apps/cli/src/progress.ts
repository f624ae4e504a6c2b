/**
 * How something long goes, while it goes: a bar on a terminal, elsewhere a line now and then. On the standard error, which holds
 * no data. It has no opinion on what is said.
 */
import { SingleBar } from 'cli-progress';

export interface Progress {
  /** 0 to 1; undefined while nobody knows. */
  readonly share: number | undefined;
  readonly line: string;
}

const barIntervalMs = 250;
const lineIntervalMs = 5_000;
const barCells = 30;

/** Shows what `look` says until the function that it returns is called. */
export function showProgress(stream: NodeJS.WriteStream, look: () => Progress): () => void {
  return stream.isTTY ? showBar(stream, look) : showLines(stream, look);
}

function showBar(stream: NodeJS.WriteStream, look: () => Progress): () => void {
  const bar = new SingleBar({
    stream,
    // What has no end in sight has nothing to fill a bar with.
    format: (_, { progress }, { line }: { line: string }) => {
      const done = Math.round(barCells * progress);
      return `${'█'.repeat(done)}${'░'.repeat(barCells - done)} ${line}`;
    },
    clearOnComplete: true,
    hideCursor: true,
    // Ours is the only clock.
    noTTYOutput: false,
    // Interruptions are for whoever runs us to handle.
    gracefulExit: false,
  });
  const update = (): void => {
    const { share = 0, line } = look();
    bar.update(Math.round(1000 * share), { line });
  };
  bar.start(1000, 0, { line: '' });
  const timer = setInterval(update, barIntervalMs);
  return () => {
    clearInterval(timer);
    bar.stop();
  };
}

function showLines(stream: NodeJS.WriteStream, look: () => Progress): () => void {
  const timer = setInterval(() => stream.write(`${look().line}\n`), lineIntervalMs);
  return () => clearInterval(timer);
}
