/**
 * A comparison as one HTML page without scripts: the table, and the pictures that differ most with the boxes of both sides over
 * them. Boxes lie in an SVG over the picture, so a picture turned by its EXIF data is shown upright under them.
 */
import type { Detection } from '@shoal/client';
import type { Comparison } from './compare-pictures.ts';
import { columns, pictureSentence, toCells } from './describe-comparison.ts';
import { html, joined, type Html } from './html.ts';
import { reportStyle } from './report-style.ts';
import type { ComparedPicture } from './worst-pictures.ts';

/** `sources` are what an `img` takes, by file; a picture that has none is shown as boxes alone. */
export function renderReport(comparison: Comparison, sources: ReadonlyMap<string, string>): string {
  const { a, b, classes, total, renamings, worst, problems } = comparison;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Comparison of ${a} and ${b}</title>
        <style>
          ${reportStyle}
        </style>
      </head>
      <body>
        <h1>Comparison</h1>
        <dl class="sides">
          <dt class="a">A</dt>
          <dd>${a}</dd>
          <dt class="b">B</dt>
          <dd>${b}</dd>
        </dl>
        <p>${pictureSentence(comparison)}</p>
        ${tableOf(columns, [...classes, total].map(toCells))}
        ${
          renamings.length === 0
            ? ''
            : html`<h2>Named differently</h2>
                ${tableOf(
                  ['by A', 'by B', 'times'],
                  renamings.map(({ a: one, b: other, count }) => [one, other, String(count)]),
                )}`
        }
        ${
          problems.length === 0
            ? ''
            : html`<h2>Without an answer</h2>
                ${tableOf(
                  ['picture', 'side', 'why'],
                  problems.map(({ file, side, problem }) => [file, side.toUpperCase(), problem]),
                )}`
        }
        <h2>Pictures that differ most</h2>
        ${worst.length === 0 ? html`<p>There is none.</p>` : choices}
        ${joined(worst.map((picture) => figureOf(picture, sources.get(picture.file))))}
      </body>
    </html> `;
  return page.text;
}

const choices = html`<fieldset>
  <legend>Show</legend>
  <label><input type="checkbox" id="show-a" checked /> <span class="key a">only A</span></label>
  <label><input type="checkbox" id="show-b" checked /> <span class="key b">only B</span></label>
  <label
    ><input type="checkbox" id="show-both" /> <span class="key both">both (A solid, B dashed)</span></label
  >
</fieldset>`;

function tableOf(titles: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          ${joined(titles.map((title) => html`<th scope="col">${title}</th>`))}
        </tr>
      </thead>
      <tbody>
        ${joined(
          rows.map(
            (cells) =>
              html`<tr>
                ${joined(cells.map((cell) => html`<td>${cell}</td>`))}
              </tr> `,
          ),
        )}
      </tbody>
    </table>
  </div>`;
}

function figureOf(picture: ComparedPicture, source: string | undefined): Html {
  const { file, width, height, both, onlyA, onlyB } = picture;
  const caption = `${both.length} in both, ${onlyA.length} only A, ${onlyB.length} only B`;
  return html`<figure>
    <figcaption><b>${file}</b> ${caption}</figcaption>
    <div class="picture" style="aspect-ratio:${width}/${height}">
      ${source === undefined ? '' : html`<img src="${source}" alt="" loading="lazy" />`}
      <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${file}: ${caption}">
        ${joined(both.map((pair) => html`${boxOf(pair.a, 'both a', picture)}${boxOf(pair.b, 'both b', picture)}`))}
        ${joined(onlyA.map((detection) => boxOf(detection, 'only a', picture)))}
        ${joined(onlyB.map((detection) => boxOf(detection, 'only b', picture)))}
      </svg>
    </div>
    ${source === undefined ? html`<p class="soft">The picture itself is not shown: browsers cannot show it, or it was not given.</p>` : ''}
  </figure> `;
}

/** Letters as large as they are readable when the picture is as wide as the page. */
const lettersPerWidth = 48;

function boxOf({ label, score, box }: Detection, kind: string, { width, height }: ComparedPicture): Html {
  const size = Math.max(width, height) / lettersPerWidth;
  const [x, y] = [round(box.x1), round(box.y1)];
  // The names of A stand above a box and those of B below it, so that both can be read where they agree.
  const isA = kind.endsWith('a');
  const lineY = isA ? Math.max(size, box.y1 - size * 0.3) : Math.min(height - size * 0.3, box.y2 + size);
  // A name that begins near the right edge ends at its box's end, or it would run out of the picture.
  const endsAtBox = box.x1 > width * 0.7;
  const textX = endsAtBox ? round(box.x2) : x;
  const title = `${isA ? 'A' : 'B'}: ${label} ${score.toFixed(2)}`;
  return html`<g class="${kind}"
    ><rect x="${x}" y="${y}" width="${round(box.x2 - box.x1)}" height="${round(box.y2 - box.y1)}"
      ><title>${title}</title></rect
    ><text
      text-anchor="${endsAtBox ? 'end' : 'start'}"
      x="${textX}"
      y="${round(lineY)}"
      font-size="${round(size)}"
      >${label} ${score.toFixed(2)}</text
    ></g
  > `;
}

const round = (value: number): number => Math.round(value * 10) / 10;
