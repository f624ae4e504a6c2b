/**
 * Which of the family's three output layouts a tensor has, decided from its two inner axes, the number of classes and
 * what the export says of itself. Given the same facts it always decides the same; it never looks at values.
 *
 * - 'rows'       [N, anchors, 5 + classes]: cx, cy, w, h, objectness, one score a class (YOLOv5, v6, v7)
 * - 'columns'    [N, 4 + classes, anchors]: the same without objectness and transposed (YOLOv8 and later)
 * - 'end-to-end' [N, n, 6]: x1, y1, x2, y2, score, class; suppression already done (v10, v26, exports with `nms`)
 */

export type OutputLayout = 'rows' | 'columns' | 'end-to-end';

export interface OutputFacts {
  /** How many names the labels have, or null without labels. */
  readonly labelCount: number | null;
  /** What the export says about suppression inside the graph, or null if it says nothing. */
  readonly endToEnd: boolean | null;
  /** True where the export itself says that its task is detection. */
  readonly saysDetection: boolean;
  /** The network's input in pixels; of several possible sizes, the smallest. */
  readonly inputWidth: number;
  readonly inputHeight: number;
}

/** The axes after the batch; null is free. */
export type InnerAxes = readonly [number | null, number | null];

const endToEndColumns = 6;
const boxColumns = 4;

/**
 * The layout, or null when free axes leave it open. Throws an Error with a sentence when known axes fit none, or
 * contradict the labels.
 */
export function decideLayout(axes: InnerAxes, facts: OutputFacts): OutputLayout | null {
  const [first, second] = axes;
  if (second === endToEndColumns || (second === null && facts.endToEnd === true)) {
    const decided = decideSixColumns(first, facts);
    if (decided !== 'other') return decided;
  }
  if (facts.labelCount === null) return decideByLength(axes);
  return decideByLabels(axes, facts);
}

/** Six columns are end-to-end, or rows of one class; in columns they may be the anchors of a toy. */
function decideSixColumns(count: number | null, facts: OutputFacts): OutputLayout | null | 'other' {
  if (facts.endToEnd !== null) return facts.endToEnd ? 'end-to-end' : 'other';
  if (count !== null && count === boxColumns + (facts.labelCount ?? NaN)) return 'other';
  if (facts.labelCount !== null && facts.labelCount !== 1) return 'end-to-end';
  if (count === null) return null;
  // One class, or nobody knows: a head of rows has one row an anchor, a list of results has a few hundred.
  return count < anchorsOf(facts) / 4 ? 'end-to-end' : 'other';
}

/** Rows of a YOLOv5 head: three anchors a cell, at strides 8, 16 and 32. */
function anchorsOf({ inputWidth, inputHeight }: OutputFacts): number {
  const cells = [8, 16, 32].map((stride) => (inputWidth / stride) * (inputHeight / stride));
  return 3 * cells.reduce((sum, count) => sum + count, 0);
}

function decideByLength([first, second]: InnerAxes): OutputLayout | null {
  // One known axis may be that of the anchors as well as that of the columns.
  if (first === null || second === null) return null;
  if (first === second) {
    throw new Error(
      `an output of ${first} by ${second} could be read both ways; give the model labels, whose number decides`,
    );
  }
  return first > second ? 'rows' : 'columns';
}

function decideByLabels(axes: InnerAxes, facts: OutputFacts): OutputLayout | null {
  const [first, second] = axes;
  const columns = boxColumns + facts.labelCount!;
  const isRows = second === columns + 1;
  const isColumns = first === columns;
  if (isRows && isColumns) return first > second ? 'rows' : 'columns';
  if (isRows) return 'rows';
  if (isColumns) return 'columns';
  if (first === null || second === null) return null;
  throw new Error(misfit(first, second, facts));
}

/** Columns that are neither: another number of classes, or another task of the same makers. */
function misfit(first: number, second: number, { labelCount, saysDetection }: OutputFacts): string {
  const labels = labelCount!;
  const inRows = first > second;
  const columns = inRows ? second : first;
  const classes = columns - boxColumns - (inRows ? 1 : 0);
  const task = saysDetection ? undefined : taskOfExtra(columns - boxColumns - labels, inRows);
  return (
    `the labels are ${labels}, but the file's output has ${columns} columns, which is ${classes} classes ` +
    `(expected are ${boxColumns + 1 + labels} columns for YOLOv5, v6 and v7 or ${boxColumns + labels} for YOLOv8 and later)` +
    (task === undefined ? '' : `; if it is ${task}: only detection is served`)
  );
}

/** Mask coefficients, 17 keypoints of three numbers, an angle. */
function taskOfExtra(extra: number, inRows: boolean): string | undefined {
  if (extra === 32 || (inRows && extra === 33)) return 'a segmentation export (32 mask columns)';
  if (extra === 51) return 'a pose export (17 keypoints)';
  if (extra === 1 && !inRows) return 'an export of oriented boxes (an angle column)';
  return undefined;
}
