/** The answer as the server sent it, unfiltered, for people who will write a program next. */
export function AnswerJson({ body }: { readonly body: unknown }) {
  return (
    <details class="answer-json" open>
      <summary>Answer as JSON</summary>
      <pre tabIndex={0} aria-label="Answer as JSON">
        {JSON.stringify(body, null, 2)}
      </pre>
    </details>
  );
}
