/**
 * The ways to take results away: the answer as it came, under one button, and beside it the files that other programs
 * read. Of several pictures every file holds all, but the annotated one, which is what is looked at.
 */
import { formatWriter, FORMATS, resultsFileName, writtenText, type FormatName } from '@shoal/formats';
import { useRef, useState } from 'preact/hooks';
import type { Answer } from '../api/client.ts';
import type { Look } from '../detections/use-look.ts';
import { answerOf, type PictureItem } from '../run/picture-item.ts';
import { drawAnnotated } from './draw-annotated.ts';
import { keptResults, sentResults } from './picture-results.ts';
import { saveFile } from './save-file.ts';

interface DownloadMenuProps {
  /** Of the picture that is looked at; undefined where it has none. */
  readonly answer: Answer | undefined;
  readonly pictureName: string;
  readonly pictureUrl: string | undefined;
  readonly look: Look;
  readonly items: readonly PictureItem[];
  readonly runName: string;
}

const OFFERED: readonly (readonly [format: FormatName, purpose: string])[] = [
  ['csv', 'spreadsheets, R, pandas'],
  ['coco', 'annotation programs'],
  ['megadetector', 'Timelapse, AddaxAI'],
];

export function DownloadMenu({ answer, pictureName, pictureUrl, look, items, runName }: DownloadMenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [onlyShown, setOnlyShown] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const done = items.filter(({ state }) => state.kind === 'answered' || state.kind === 'failed');
  const single = done.length > 1 ? undefined : (answer ?? answerOf(done[0]));
  const name = single === undefined ? runName : pictureName || (done[0]?.name ?? runName);
  const [first] = done.flatMap(({ state }) => (state.kind === 'answered' ? [state.model] : []));

  const close = (): void => {
    if (menu.current) menu.current.open = false;
  };

  const save = (content: string, fileEnding: string, type: string): void => {
    setTrouble(undefined);
    // Spreadsheets take a file for an old code page unless a mark says otherwise; others would trip over the mark.
    const mark = type === FORMATS.csv.mediaType && /[^\p{ASCII}]/u.test(content) ? '\uFEFF' : '';
    saveFile(new Blob([mark, content], { type }), resultsFileName(name, new Date(), fileEnding));
    close();
  };

  const saveSent = (): void => {
    const { fileEnding, mediaType } = FORMATS.json;
    const text =
      single === undefined
        ? writtenText(formatWriter('json'), sentResults(done))
        : `${JSON.stringify(single.body, null, 2)}\n`;
    save(text, fileEnding, mediaType);
  };

  const saveAs = (format: FormatName): void => {
    const kept = keptResults(
      done,
      ({ label, score }) => !onlyShown || (score >= look.minScore && !look.hiddenLabels.has(label)),
    );
    const writer = formatWriter(format, {
      completedAt: new Date(),
      ...(first && { labels: first.labels, typicalMinScore: first.defaultMinScore }),
    });
    save(writtenText(writer, kept), FORMATS[format].fileEnding, FORMATS[format].mediaType);
  };

  const saveAnnotated = async (): Promise<void> => {
    if (pictureUrl === undefined || answer === undefined) return;
    close();
    try {
      const png = await drawAnnotated(pictureUrl, answer.prediction.image, look.shown);
      setTrouble(undefined);
      saveFile(png, resultsFileName(pictureName, new Date(), '.png'));
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <div class="downloads">
      <div class="split-button">
        <button type="button" class="button button-small" onClick={saveSent}>
          Download results
        </button>
        <details
          ref={menu}
          class="menu"
          onFocusOut={({ relatedTarget, currentTarget }) => {
            if (!(relatedTarget instanceof Node) || !currentTarget.contains(relatedTarget)) close();
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            close();
            event.currentTarget.querySelector('summary')?.focus();
          }}
        >
          <summary class="button button-small" aria-label="Other formats" title="Other formats">
            <svg viewBox="0 0 20 20" aria-hidden="true">
              <path d="M5 8l5 5 5-5" />
            </svg>
          </summary>
          {/* It takes the focus of a click between its buttons, which would otherwise count as leaving. */}
          <div class="menu-panel" tabIndex={-1}>
            {OFFERED.map(([format, purpose]) => (
              <MenuButton
                key={format}
                title={FORMATS[format].title}
                purpose={purpose}
                onClick={() => saveAs(format)}
              />
            ))}
            <label class="check menu-check">
              <input
                type="checkbox"
                checked={onlyShown}
                onChange={(event) => setOnlyShown(event.currentTarget.checked)}
              />
              Only what is shown
            </label>
            {pictureUrl !== undefined && answer !== undefined && (
              <MenuButton
                title="Annotated picture"
                purpose="PNG with the boxes"
                onClick={() => void saveAnnotated()}
              />
            )}
            {done.length > 1 && <p class="menu-note">Tables and JSON hold all {done.length} pictures.</p>}
          </div>
        </details>
      </div>
      {trouble !== undefined && (
        <p class="notice notice-bad" role="alert">
          {trouble}
        </p>
      )}
    </div>
  );
}

interface MenuButtonProps {
  readonly title: string;
  readonly purpose: string;
  readonly onClick: () => void;
}

function MenuButton({ title, purpose, onClick }: MenuButtonProps) {
  return (
    <button type="button" class="menu-item" onClick={onClick}>
      {title} <span class="quiet">{purpose}</span>
    </button>
  );
}
