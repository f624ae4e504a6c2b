/** What was found, as a list that works by pointer, key and screen reader, and the file of it to take away. */
import type { Answer } from '../api/client.ts';
import type { Detection } from '../api/wire.ts';
import { downloadJson } from '../answer/download-json.ts';
import { resultsFileName } from '../answer/results-file-name.ts';
import { ResultList } from './result-list.tsx';

interface ResultsPanelProps {
  readonly answer: Answer | undefined;
  readonly pictureName: string;
  readonly shown: readonly Detection[];
  readonly activeIndex: number | undefined;
  readonly onActive: (index: number | undefined) => void;
}

export function ResultsPanel({ answer, pictureName, shown, activeIndex, onActive }: ResultsPanelProps) {
  return (
    <section class="card results" aria-labelledby="results-heading">
      <div class="results-head">
        <h2 id="results-heading">
          Results {answer !== undefined && <span class="quiet">{shown.length}</span>}
        </h2>
        {answer !== undefined && (
          <button
            type="button"
            class="button button-small"
            onClick={() => downloadJson(answer.body, resultsFileName(pictureName, new Date()))}
          >
            Download results
          </button>
        )}
      </div>
      {answer === undefined ? (
        <p class="quiet">Nothing yet.</p>
      ) : (
        <>
          {shown.length === 0 && <p class="quiet">No detection to show.</p>}
          <ResultList detections={shown} activeIndex={activeIndex} onActive={onActive} />
        </>
      )}
    </section>
  );
}
