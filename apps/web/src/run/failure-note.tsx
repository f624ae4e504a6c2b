/** A failure in words: what happened, what to do, and what the server said about it. */
import { adviceFor } from '../api/error-advice.ts';
import type { Failure } from './picture-item.ts';

export function FailureNote({ failure }: { readonly failure: Failure }) {
  const advice = adviceFor(failure.code, failure.retryAfterS);
  return (
    <div class="notice notice-bad" role="alert">
      <strong>{advice.title}</strong>
      <p>{advice.whatToDo}</p>
      <p class="notice-detail">
        In detail: {failure.message} <code>{failure.code}</code>
      </p>
    </div>
  );
}
