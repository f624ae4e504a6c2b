/**
 * Boxes in cells by their upper left corners, one grid a class, so that whoever overlaps a box is found without asking
 * all of them. It knows nothing of scores: in which order boxes suppress one another is the caller's.
 */
import type { Candidates } from './non-max-suppression.ts';

/** What is said by place is in the order of the indices given; a group is a class, or all of them together. */
export interface BoxGrid {
  readonly isSuppressed: Uint8Array;
  /** By place: x1, y1, x2, y2, and the area, which is 0 where the box cannot overlap any too much. */
  readonly boxes: Float64Array;
  readonly groups: Uint32Array;
  /** By group: its first cell, and how many cells make a row or a column. */
  readonly firstCells: readonly number[];
  readonly sides: readonly number[];
  /** Places cell by cell, and by cell, with one more at the end, where its own begin. */
  readonly members: Uint32Array;
  readonly firstMembers: Uint32Array;
  readonly extent: Extent;
}

/** Of the corners, and the largest box. */
interface Extent {
  left: number;
  top: number;
  right: number;
  bottom: number;
  widthMax: number;
  heightMax: number;
}

const fields = 5;
const boxesPerCell = 2;
/** Relative to a box's size: more than rounding takes away, and too little to let in another. */
const slack = 1 + 1e-9;

/** Of the candidates those in `order`. With `classAgnostic` there is one grid for all. */
export function placeBoxes(candidates: Candidates, order: Uint32Array, classAgnostic: boolean): BoxGrid {
  const boxes = copyBoxes(candidates, order);
  const groups = new Uint32Array(order.length);
  const groupCount = classAgnostic ? 1 : numberClasses(candidates, order, groups);
  const extent = extentOf(boxes);
  const counts = new Uint32Array(groupCount);
  for (let place = 0; place < groups.length; place += 1) counts[groups[place]!]! += 1;
  const sides = Array.from(counts, (count) => Math.ceil(Math.sqrt(count / boxesPerCell)));
  const firstCells: number[] = [];
  let cellCount = 0;
  for (const side of sides) {
    firstCells.push(cellCount);
    cellCount += side * side;
  }
  // Counting sort. While members are set, `firstMembers[cell + 1]` is where the cell's next one goes.
  const cells = new Uint32Array(order.length);
  const firstMembers = new Uint32Array(cellCount + 2);
  for (let place = 0; place < cells.length; place += 1) {
    const at = place * fields;
    if (boxes[at + 4] === 0) continue;
    const group = groups[place]!;
    const side = sides[group]!;
    const row = cellAt(boxes[at + 1]!, extent.top, extent.bottom, side);
    const column = cellAt(boxes[at]!, extent.left, extent.right, side);
    const cell = firstCells[group]! + row * side + column;
    cells[place] = cell;
    firstMembers[cell + 2]! += 1;
  }
  for (let cell = 1; cell <= cellCount; cell += 1) firstMembers[cell + 1]! += firstMembers[cell]!;
  const members = new Uint32Array(order.length);
  for (let place = 0; place < cells.length; place += 1) {
    if (boxes[place * fields + 4] === 0) continue;
    const cell = cells[place]!;
    members[firstMembers[cell + 1]!] = place;
    firstMembers[cell + 1]! += 1;
  }
  const isSuppressed = new Uint8Array(order.length);
  return { isSuppressed, boxes, groups, firstCells, sides, members, firstMembers, extent };
}

function copyBoxes({ xyxy }: Candidates, order: Uint32Array): Float64Array {
  const boxes = new Float64Array(order.length * fields);
  for (let place = 0; place < order.length; place += 1) {
    const from = order[place]! * 4;
    const to = place * fields;
    const x1 = (boxes[to] = xyxy[from]!);
    const y1 = (boxes[to + 1] = xyxy[from + 1]!);
    const width = (boxes[to + 2] = xyxy[from + 2]!) - x1;
    const height = (boxes[to + 3] = xyxy[from + 3]!) - y1;
    const area = width * height;
    // Where the area is infinite or not a number, so is every union, and no IoU is above anything.
    boxes[to + 4] = width > 0 && height > 0 && area < Infinity ? area : 0;
  }
  return boxes;
}

/** Sets `groups`, from 0 without gaps, and gives their number. */
function numberClasses({ classIds }: Candidates, order: Uint32Array, groups: Uint32Array): number {
  const groupOf = new Map<number, number>();
  for (let place = 0; place < order.length; place += 1) {
    const classId = classIds[order[place]!]!;
    let group = groupOf.get(classId);
    if (group === undefined) groupOf.set(classId, (group = groupOf.size));
    groups[place] = group;
  }
  return groupOf.size;
}

function extentOf(boxes: Float64Array): Extent {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  let [widthMax, heightMax] = [0, 0];
  for (let at = 0; at < boxes.length; at += fields) {
    if (boxes[at + 4] === 0) continue;
    const x1 = boxes[at]!;
    const y1 = boxes[at + 1]!;
    left = Math.min(left, x1);
    top = Math.min(top, y1);
    right = Math.max(right, x1);
    bottom = Math.max(bottom, y1);
    widthMax = Math.max(widthMax, boxes[at + 2]! - x1);
    heightMax = Math.max(heightMax, boxes[at + 3]! - y1);
  }
  return { left, top, right, bottom, widthMax, heightMax };
}

/**
 * Marks every box whose IoU with that at `place` is above `iou` (0 to 1), itself among them. Only corners near its own
 * are looked at: the IoU is at most that of the two widths alone, and of the two heights.
 */
export function suppressAround(grid: BoxGrid, place: number, iou: number): void {
  const { isSuppressed, boxes, members, firstMembers, extent } = grid;
  const at = place * fields;
  const x1 = boxes[at]!;
  const y1 = boxes[at + 1]!;
  const x2 = boxes[at + 2]!;
  const y2 = boxes[at + 3]!;
  const area = boxes[at + 4]!;
  if (area === 0) return;
  const group = grid.groups[place]!;
  const side = grid.sides[group]!;
  const before = slack / iou - 1;
  const after = slack - iou;
  const left = x1 - Math.min((x2 - x1) * before, extent.widthMax * slack);
  const top = y1 - Math.min((y2 - y1) * before, extent.heightMax * slack);
  const firstColumn = cellAt(left, extent.left, extent.right, side);
  const lastColumn = cellAt(x1 + (x2 - x1) * after, extent.left, extent.right, side);
  const lastRow = cellAt(y1 + (y2 - y1) * after, extent.top, extent.bottom, side);
  for (let row = cellAt(top, extent.top, extent.bottom, side); row <= lastRow; row += 1) {
    const cell = grid.firstCells[group]! + row * side;
    const end = firstMembers[cell + lastColumn + 1]!;
    for (let member = firstMembers[cell + firstColumn]!; member < end; member += 1) {
      const other = members[member]!;
      if (isSuppressed[other] === 1) continue;
      const from = other * fields;
      const width = Math.min(x2, boxes[from + 2]!) - Math.max(x1, boxes[from]!);
      if (width <= 0) continue;
      const height = Math.min(y2, boxes[from + 3]!) - Math.max(y1, boxes[from + 1]!);
      if (height <= 0) continue;
      const intersection = width * height;
      if (intersection / (area + boxes[from + 4]! - intersection) > iou) isSuppressed[other] = 1;
    }
  }
}

/** Never falls where `value` rises, which is all that finding depends on; outside are the first cell and the last. */
function cellAt(value: number, first: number, last: number, side: number): number {
  const cell = ((value - first) / (last - first)) * side;
  // With one corner only, or further apart than the largest number, it is not a number, which makes it the first cell.
  return Math.min(Math.max(cell, 0), side - 1) | 0;
}
