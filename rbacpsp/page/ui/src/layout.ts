// The layered layout of pictures; rbacpsp/report/graph/layout.py is the same, and a test compares the coordinates of both.
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

/** Puts boxes into columns by their layer, so that few edges cross and neighbors are at the same height. */
export function layout(boxes: Box[], edges: [number, number][]): Layout {
  if (!boxes.length) return { boxes: [], width: 2 * MARGIN, height: 2 * MARGIN };
  const layers = [...new Set(boxes.map((box) => box.layer))].sort((one, other) => one - other);
  const columns = layers.map((layer) => boxes.flatMap((box, id) => (box.layer === layer ? [id] : [])));
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
    const widest = Math.max(...column.map((id) => (placed[id] as Placed).width));
    for (const id of column) {
      (placed[id] as Placed).x = x;
      (placed[id] as Placed).width = widest;
    }
    x += widest + BETWEEN;
  }
  for (const column of columns) stack(column, placed, () => undefined);
  for (const column of columns.slice(1)) stack(column, placed, (id) => middle(left[id] as number[], placed));
  for (const column of columns.slice(0, -1).reverse()) stack(column, placed, (id) => middle(right[id] as number[], placed));
  const top = Math.min(...placed.map((box) => box.y));
  for (const box of placed) box.y += MARGIN - top;
  const bottom = Math.max(...placed.map((box) => box.y + box.height));
  return { boxes: placed, width: x - BETWEEN + MARGIN, height: bottom + MARGIN };
}

export function width(box: Box): number {
  return Math.max(LEAST, Math.max(...box.lines.map(measure)) * CHAR + 2 * PAD);
}

/** The width of a text in characters; East Asian characters count twice. */
export function measure(text: string): number {
  let sum = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    sum += (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xffdc && code !== 0x303f) || code >= 0x1f000 ? 2 : 1;
  }
  return sum;
}

/** Sorts each column by the mean position of its neighbors, from left to right and back. */
function order(columns: number[][], left: number[][], right: number[][]): void {
  const rank: number[] = [];
  const number = (column: number[]): void => column.forEach((id, index) => { rank[id] = (index + 0.5) / column.length; });
  columns.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const neighbors = sweep % 2 ? right : left;
    for (const column of sweep % 2 ? [...columns].reverse() : columns) {
      const wanted = new Map(column.map((id) => [id, mean((neighbors[id] as number[]).map((each) => rank[each] as number)) ?? (rank[id] as number)]));
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

/** Stacks a column in its order, each box as near to its wanted height as the others allow. */
function stack(column: number[], placed: Placed[], wanted: (id: number) => number | undefined): void {
  let bottom: number | undefined;
  let off = 0;
  for (const id of column) {
    const box = placed[id] as Placed;
    const want = wanted(id);
    const y = want === undefined ? box.y : want - box.height / 2;
    box.y = bottom === undefined ? y : Math.max(y, bottom);
    off += box.y - y;
    bottom = box.y + box.height + GAP;
  }
  // Boxes were only pushed down: the whole column moves up by the mean of that.
  const shift = column.length ? off / column.length : 0;
  for (const id of column) (placed[id] as Placed).y -= shift;
}
