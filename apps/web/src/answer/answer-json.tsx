/** The answer as the server sent it, unfiltered, for people who will write a program next. */
import { useMemo } from 'preact/hooks';

export function AnswerJson({ body }: { readonly body: unknown }) {
  // Moving a slider draws the page anew; a thousand detections need not be written out for it.
  const text = useMemo(() => JSON.stringify(body, null, 2), [body]);
  return (
    <details class="answer-json" open>
      <summary>Answer as JSON</summary>
      <pre tabIndex={0} aria-label="Answer as JSON">
        {text}
      </pre>
    </details>
  );
}
