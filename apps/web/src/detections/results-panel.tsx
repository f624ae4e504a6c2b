/** What was found: classes to show and hide, a list that works by pointer, key and screen reader, and files of it. */
import { DownloadMenu } from '../answer/download-menu.tsx';
import type { Answer } from '../api/client.ts';
import type { PictureItem } from '../run/picture-item.ts';
import { ClassChips } from './class-chips.tsx';
import { emptyWords } from './empty-words.ts';
import { ResultList } from './result-list.tsx';
import type { Look } from './use-look.ts';

interface ResultsPanelProps {
  /** Of the picture that is looked at. */
  readonly answer: Answer | undefined;
  readonly pictureName: string;
  /** For the annotated picture; undefined where there is none to draw on. */
  readonly pictureUrl: string | undefined;
  readonly look: Look;
  /** Those that are answered or failed are what the files of results hold. */
  readonly items: readonly PictureItem[];
  /** What the files are named after when there are several pictures: a folder, a video. */
  readonly runName: string;
}

export function ResultsPanel({ answer, look, items, ...files }: ResultsPanelProps) {
  const detections = answer?.prediction.detections;
  const words = emptyWords(detections, look);
  const savable = answer !== undefined || items.some(({ state }) => state.kind === 'answered');
  return (
    <section class="card results" aria-labelledby="results-heading">
      <div class="results-head">
        <h2 id="results-heading">
          Results{' '}
          {detections !== undefined && detections.length > 0 && (
            <span class="quiet">{countWords(look.shown.length, detections.length)}</span>
          )}
        </h2>
        {savable && <DownloadMenu answer={answer} look={look} items={items} {...files} />}
      </div>
      <ClassChips look={look} />
      {words !== undefined && <p class="quiet">{words}</p>}
      {detections !== undefined && (
        <ResultList
          detections={look.shown}
          activeIndex={look.activeIndex}
          onActive={look.setActiveIndex}
          onWant={look.want}
        />
      )}
    </section>
  );
}

function countWords(shown: number, all: number): string {
  return shown === all ? String(all) : `${shown} of ${all}`;
}
