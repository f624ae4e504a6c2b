/** Where the time went: a small bar a step, one after the other, and the numbers for those who cannot see or compare. */
import { timingSteps } from './timing-steps.ts';

/** A step that this build does not know keeps the server's name for it. */
const STEP_WORDS: Readonly<Record<string, string>> = {
  queue: 'In the queue',
  decode: 'Decoding',
  batch: 'Forming a batch',
  infer: 'Inference',
  unpack: 'Unpacking',
  other: 'Everything else',
};

export function Timings({ timingsMs }: { readonly timingsMs: Readonly<Record<string, number>> }) {
  const steps = timingSteps(timingsMs);
  if (steps.length === 0) return null;
  const totalMs = steps.reduce((total, { ms }) => total + ms, 0);
  return (
    <div class="timings">
      <h2>
        Answered in {milliseconds(totalMs)} <span class="quiet">inside the server</span>
      </h2>
      <ul class="timing-steps" role="list" aria-label="Time by step">
        {steps.map(({ name, ms, start, share }) => (
          <li key={name}>
            <span class="timing-name">{STEP_WORDS[name] ?? name}</span>{' '}
            <span class="timing-bar" aria-hidden="true">
              <span style={{ left: `${start * 100}%`, width: `${share * 100}%` }} />
            </span>{' '}
            <span class="timing-ms">{milliseconds(ms)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
