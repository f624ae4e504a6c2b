/** Where the time went: one bar of the steps, and the numbers for those who cannot see or compare colours. */
import { timingSteps } from './timing-steps.ts';

export function Timings({ timingsMs }: { readonly timingsMs: Readonly<Record<string, number>> }) {
  const steps = timingSteps(timingsMs);
  if (steps.length === 0) return null;
  const totalMs = steps.reduce((total, { ms }) => total + ms, 0);
  return (
    <div class="timings">
      <h2>
        Answered in {milliseconds(totalMs)} <span class="quiet">inside the server</span>
      </h2>
      <div class="timing-bar" aria-hidden="true">
        {steps.map(({ name, share }, index) => (
          <span key={name} class={`step-${index % 7}`} style={{ flexGrow: String(share) }} />
        ))}
      </div>
      <ul class="timing-legend" role="list" aria-label="Time by step">
        {steps.map(({ name, ms }, index) => (
          <li key={name}>
            <span class={`swatch step-${index % 7}`} /> {name} <span class="quiet">{milliseconds(ms)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
