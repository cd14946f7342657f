// A picture of some nodes and edges: inline SVG that can be focused, read, searched and printed.
import { h, plainName, svg } from "./dom";
import { layout } from "./layout";

export interface Drawn { key: string; layer: number; kind: string; lines: string[]; to?: string; more?: { count: number; to: string }; chosen?: boolean; dim?: boolean }
export interface DrawnEdge { from: string; to: string; label?: string }

const LONGEST = 28;
const FITS = 1400;

/** One line of a label, with invisible characters spelled out; an ellipsis replaces the middle of a long one. */
export function short(text: string): string {
  const shown = [...plainName(text)];
  if (shown.length <= LONGEST) return shown.join("");
  const half = (LONGEST - 2) / 2;
  return `${shown.slice(0, half).join("")}\u2026${shown.slice(-half).join("")}`;
}

/** The name of a node in at most two lines: a long one breaks between its parts, or an ellipsis replaces its middle. */
export function heading(text: string): string[] {
  const shown = plainName(text);
  if (shown.length <= LONGEST) return [shown];
  const breaks = [...shown.matchAll(/[:/.@_ -](?=[^:/.@_ -])/g)].map((found) => found.index + 1).filter((at) => at <= LONGEST && shown.length - at <= LONGEST);
  const middle = breaks.sort((one, other) => Math.abs(one - shown.length / 2) - Math.abs(other - shown.length / 2))[0];
  return middle === undefined ? [short(shown)] : [shown.slice(0, middle).trimEnd(), shown.slice(middle)];
}

/** The picture in a frame, which scrolls if the picture is wider than the page. */
export function picture(nodes: Drawn[], edges: DrawnEdge[], title: string): HTMLElement {
  const numbers = new Map(nodes.map((node, index) => [node.key, index]));
  const ends = edges.flatMap((edge): [number, number][] => {
    const [from, to] = [numbers.get(edge.from), numbers.get(edge.to)];
    return from === undefined || to === undefined ? [] : [[from, to]];
  });
  const heads = nodes.map((node) => heading(node.lines[0] ?? ""));
  const labels = nodes.map((node, index) => [...(heads[index] ?? []), ...node.lines.slice(1).map(short)]);
  const placed = layout(nodes.map((node, index) => ({ layer: node.layer, lines: labels[index] ?? [] })), ends);
  const root = svg("svg", {
    class: placed.width <= FITS ? "picture fits" : "picture", viewBox: `0 0 ${round(placed.width)} ${round(placed.height)}`, width: round(placed.width), height: round(placed.height),
    role: "group", "aria-label": title,
  }, svg("title", {}, title));
  for (const [from, to] of ends) {
    const [tail, head] = [placed.boxes[from], placed.boxes[to]];
    if (tail && head) root.appendChild(svg("path", { class: "edge", d: curve(tail, head) }));
  }
  nodes.forEach((node, index) => {
    const box = placed.boxes[index];
    if (!box) return;
    const label = node.lines.map(plainName).join(", ");
    const group = svg("g", { class: `node ${node.kind}${node.chosen ? " chosen" : ""}${node.dim ? " dim" : ""}`, transform: `translate(${round(box.x)} ${round(box.y)})` },
      svg("title", {}, label),
      svg("rect", { width: round(box.width), height: round(box.height), rx: 8 }),
      svg("rect", { class: "bar", width: 4, height: round(box.height - 12), x: 5, y: 6, rx: 2 }),
      (labels[index] ?? []).map((line, row) => svg("text", { class: row < (heads[index]?.length ?? 1) ? "head" : "line", x: 15, y: 20 + row * 17 }, line)),
    );
    root.appendChild(node.to ? svg("a", { href: node.to }, group) : group);
    if (node.more) {
      const more = svg("g", { class: "more", transform: `translate(${round(box.x + box.width)} ${round(box.y + box.height / 2)})` },
        svg("circle", { r: 13 }), svg("text", { "text-anchor": "middle", y: 4 }, `+${node.more.count}`));
      root.appendChild(svg("a", { href: node.more.to }, svg("title", {}, `Show ${node.more.count} more of ${label}`), more));
    }
  });
  return h("div", { class: "frame", tabindex: 0, role: "region", "aria-label": `${title} (picture, scrolls)` }, root);
}

interface Rect { x: number; y: number; width: number; height: number }

function curve(tail: Rect, head: Rect): string {
  const from = [tail.x + tail.width, tail.y + tail.height / 2] as const;
  if (head.x > tail.x) {
    const to = [head.x, head.y + head.height / 2] as const;
    const bend = (to[0] - from[0]) / 2;
    return `M${round(from[0])} ${round(from[1])}C${round(from[0] + bend)} ${round(from[1])} ${round(to[0] - bend)} ${round(to[1])} ${round(to[0])} ${round(to[1])}`;
  }
  const to = [head.x + head.width, head.y + head.height / 2] as const;
  const out = Math.max(from[0], to[0]) + 40;
  return `M${round(from[0])} ${round(from[1])}C${round(out)} ${round(from[1])} ${round(out)} ${round(to[1])} ${round(to[0])} ${round(to[1])}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
