// The layered layout of pictures; rbacpsp/report/graph/layout.py is the same, and a test holds the two to the same numbers.
export interface Box { layer: number; lines: string[] }
export interface Placed { x: number; y: number; width: number; height: number }
export interface Layout { boxes: Placed[]; width: number; height: number }

const CHAR = 7.2;
const LINE = 17;
const PAD = 14;
const GAP = 14;
const BETWEEN = 44;
const MARGIN = 16;
const SWEEPS = 8;
const LEAST = 72;

/** Places boxes in columns by their layer, so that few edges cross and those that belong together are level. */
export function layout(boxes: Box[], edges: [number, number][]): Layout {
  if (!boxes.length) return { boxes: [], width: 2 * MARGIN, height: 2 * MARGIN };
  const layers = [...new Set(boxes.map((box) => box.layer))].sort((one, other) => one - other);
  const columns = layers.map((layer) => boxes.flatMap((box, place) => (box.layer === layer ? [place] : [])));
  const left: number[][] = boxes.map(() => []);
  const right: number[][] = boxes.map(() => []);
  for (const [tail, head] of edges) {
    const [one, other] = (boxes[tail] as Box).layer <= (boxes[head] as Box).layer ? [tail, head] : [head, tail];
    if ((boxes[one] as Box).layer === (boxes[other] as Box).layer) continue;
    (right[one] as number[]).push(other);
    (left[other] as number[]).push(one);
  }
  order(columns, left, right);
  const placed: Placed[] = boxes.map((box) => ({ x: 0, y: 0, width: width(box), height: box.lines.length * LINE + PAD }));
  let x = MARGIN;
  for (const column of columns) {
    const widest = Math.max(...column.map((place) => (placed[place] as Placed).width));
    for (const place of column) {
      (placed[place] as Placed).x = x;
      (placed[place] as Placed).width = widest;
    }
    x += widest + BETWEEN;
  }
  for (const column of columns) stack(column, placed, () => undefined);
  for (const column of columns.slice(1)) stack(column, placed, (place) => middle(left[place] as number[], placed));
  for (const column of columns.slice(0, -1).reverse()) stack(column, placed, (place) => middle(right[place] as number[], placed));
  const top = Math.min(...placed.map((box) => box.y));
  for (const box of placed) box.y += MARGIN - top;
  const bottom = Math.max(...placed.map((box) => box.y + box.height));
  return { boxes: placed, width: x - BETWEEN + MARGIN, height: bottom + MARGIN };
}

export function width(box: Box): number {
  return Math.max(LEAST, Math.max(...box.lines.map(measure)) * CHAR + 2 * PAD);
}

/** The width of a text in characters; those of East Asia count twice. */
export function measure(text: string): number {
  let sum = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    sum += (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xffdc && code !== 0x303f) || code >= 0x1f000 ? 2 : 1;
  }
  return sum;
}

/** Sorts each column by where its neighbors stand, to and fro. */
function order(columns: number[][], left: number[][], right: number[][]): void {
  const rank: number[] = [];
  const number = (column: number[]): void => column.forEach((place, index) => { rank[place] = (index + 0.5) / column.length; });
  columns.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const neighbors = sweep % 2 ? right : left;
    for (const column of sweep % 2 ? [...columns].reverse() : columns) {
      const wanted = new Map(column.map((place) => [place, mean((neighbors[place] as number[]).map((each) => rank[each] as number)) ?? (rank[place] as number)]));
      column.sort((one, other) => (wanted.get(one) as number) - (wanted.get(other) as number));
      number(column);
    }
  }
}

function mean(values: number[]): number | undefined {
  if (!values.length) return undefined;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function middle(neighbors: number[], placed: Placed[]): number | undefined {
  return mean(neighbors.map((each) => (placed[each] as Placed).y + (placed[each] as Placed).height / 2));
}

/** Stacks a column in its order, each box as near to where it is wanted as the others let it. */
function stack(column: number[], placed: Placed[], wanted: (place: number) => number | undefined): void {
  let bottom: number | undefined;
  let off = 0;
  for (const place of column) {
    const box = placed[place] as Placed;
    const want = wanted(place);
    const at = want === undefined ? box.y : want - box.height / 2;
    box.y = bottom === undefined ? at : Math.max(at, bottom);
    off += box.y - at;
    bottom = box.y + box.height + GAP;
  }
  // What was pushed down is shared: the whole column moves up by the mean.
  const shift = column.length ? off / column.length : 0;
  for (const place of column) (placed[place] as Placed).y -= shift;
}
