// Who can become whom: the search of rbacpsp/paths/search.py over the same graph, in the same order.
import { type Data, subjectText } from "./data";

export interface Step {
  from: number; to: number; technique: number; permission: string; because: string; binding: number; role: number; rule: number;
  subject: string;
}
/** A path whose steps are made when they are asked for: most are only counted. */
export class Path {
  private made: { steps: Step[]; own: boolean } | undefined;

  constructor(readonly from: number, readonly to: number, readonly length: number, private readonly make: () => { steps: Step[]; own: boolean }) {}

  get steps(): Step[] {
    return (this.made ??= this.make()).steps;
  }

  /** It starts with a grant that Kubernetes brings: one of its own components would take it. */
  get own(): boolean {
    return (this.made ??= this.make()).own;
  }
}

const IDENTITIES = new Set(["User", "Group", "ServiceAccount"]);
const RANK: Record<string, number> = { "cluster-admin": 0, node: 1, secrets: 2 };

export class Paths {
  private readonly out: number[][];
  private readonly into: number[][];
  private readonly costs: Uint8Array;
  readonly words: string[];
  private readonly numbers = new Map<string, number>();
  private readonly trees = new Map<string, { by: Int32Array; length: Int32Array }>();

  constructor(private readonly data: Data) {
    this.words = data.places.map(([kind, namespace, name, words]) => words ?? placeWords(kind, namespace, name));
    data.places.forEach(([kind], number) => {
      const text = this.words[number] ?? "";
      if (IDENTITIES.has(kind) || !this.numbers.has(text)) this.numbers.set(text, number);
    });
    this.out = data.places.map(() => []);
    this.into = data.places.map(() => []);
    this.costs = new Uint8Array(data.edges.length);
    data.edges.forEach((edge, number) => {
      this.out[edge[0] ?? 0]?.push(number);
      this.into[edge[1] ?? 0]?.push(number);
      const technique = data.labels[edge[2] ?? 0]?.[0] ?? -1;
      this.costs[number] = technique < 0 ? 0 : (data.techniques[technique]?.[2] ?? 1);
    });
  }

  /** The number of a place by its words; undefined: nothing leads there or from there. */
  find(words: string): number | undefined {
    return this.numbers.get(words);
  }

  kind(place: number): string {
    return this.data.places[place]?.[0] ?? "";
  }

  /** The shortest way to a goal from every subject that reaches it, the shortest first. */
  to(goal: string): Path[] {
    const target = this.find(goal);
    if (target === undefined) return [];
    const { by, length } = this.search(target, true);
    const found: Path[] = [];
    for (let source = 0; source < by.length; source += 1) {
      if (by[source] === -2 || source === target) continue;
      if (!IDENTITIES.has(this.kind(source)) || this.words[source] === "Group/system:masters") continue;
      found.push(new Path(source, target, length[source] ?? 0, () => this.back(source, target, by)));
    }
    return found.sort((one, other) => one.length - other.length || this.compare(one.from, other.from));
  }

  /** The shortest way from a subject to every goal and every subject that it reaches, the goals first. */
  from(start: string): Path[] {
    const source = this.find(start);
    if (source === undefined) return [];
    const { by, length } = this.search(source, false);
    const found: Path[] = [];
    for (let target = 0; target < by.length; target += 1) {
      const kind = this.kind(target);
      if (by[target] === -2 || !length[target] || !(IDENTITIES.has(kind) || kind in RANK)) continue;
      found.push(new Path(source, target, length[target] ?? 0, () => this.forth(source, target, by)));
    }
    const rank = (path: Path): number => RANK[this.kind(path.to)] ?? 9;
    return found.sort(
      (one, other) => rank(one) - rank(other) || one.length - other.length || this.compare(one.to, other.to),
    );
  }

  /** The shortest way between two places. */
  between(start: string, goal: string): Path | undefined {
    const source = this.find(start);
    const target = this.find(goal);
    if (source === undefined || target === undefined || source === target) return undefined;
    const { by, length } = this.search(source, false);
    return by[target] === -2 ? undefined : new Path(source, target, length[target] ?? 0, () => this.forth(source, target, by));
  }

  private compare(one: number, other: number): number {
    const [mine, theirs] = [this.data.places[one] ?? [], this.data.places[other] ?? []];
    for (let part = 0; part < 3; part += 1) {
      const [a, b] = [mine[part] ?? "", theirs[part] ?? ""];
      if (a !== b) return a < b ? -1 : 1;
    }
    return 0;
  }

  /** The edge by which each place is first reached (-2: it is not), and how many acts that takes. */
  private search(start: number, backwards: boolean): { by: Int32Array; length: Int32Array } {
    const name = `${start} ${backwards}`;
    const known = this.trees.get(name);
    if (known) return known;
    const count = this.data.places.length;
    const by = new Int32Array(count).fill(-2);
    const length = new Int32Array(count).fill(1 << 30);
    const done = new Uint8Array(count);
    const adjacent = backwards ? this.into : this.out;
    const end = backwards ? 0 : 1;
    by[start] = -1;
    length[start] = 0;
    // Two stacks and a list are the double-ended queue: what costs nothing goes first, the rest in turn.
    let first: number[] = [start];
    const later: number[] = [];
    for (let next = 0; first.length || next < later.length; ) {
      const here = first.length ? (first.pop() as number) : (later[next++] as number);
      if (done[here]) continue;
      done[here] = 1;
      for (const number of adjacent[here] ?? []) {
        const there = this.data.edges[number]?.[end] ?? 0;
        const far = (length[here] ?? 0) + (this.costs[number] ?? 1);
        if (done[there] || far >= (length[there] ?? 0)) continue;
        length[there] = far;
        by[there] = number;
        if (this.costs[number]) later.push(there);
        else first.push(there);
      }
    }
    first = [];
    if (this.trees.size > 20) this.trees.clear();
    this.trees.set(name, { by, length });
    return { by, length };
  }

  private forth(source: number, target: number, by: Int32Array): { steps: Step[]; own: boolean } {
    const edges: number[] = [];
    for (let here = target; here !== source; here = this.data.edges[edges[edges.length - 1] ?? 0]?.[0] ?? source) edges.push(by[here] ?? 0);
    return this.made(edges.reverse());
  }

  private back(source: number, target: number, by: Int32Array): { steps: Step[]; own: boolean } {
    const edges: number[] = [];
    for (let here = source; here !== target; here = this.data.edges[edges[edges.length - 1] ?? 0]?.[1] ?? target) edges.push(by[here] ?? 0);
    return this.made(edges);
  }

  private made(edges: number[]): { steps: Step[]; own: boolean } {
    const steps: Step[] = [];
    let bound: number[] | undefined;
    let own: boolean | undefined;
    for (const number of edges) {
      const edge = this.data.edges[number] ?? [];
      const label = this.data.labels[edge[2] ?? 0] ?? [-1, 0, 0, -1, -1];
      if (label[0] < 0) {
        bound = edge;
        continue;
      }
      const held = bound ?? edge;
      const granted = held.length > 3 && label[4] >= 0 && label[3] >= 0;
      if (granted && own === undefined) own = held[4] === 1;
      const start = held[0] ?? 0;
      steps.push({
        from: start, to: edge[1] ?? 0, technique: label[0], because: this.data.pathTexts[label[1]] ?? "",
        permission: this.data.pathTexts[label[2]] ?? "", binding: granted ? (held[3] ?? -1) : -1,
        role: granted ? label[3] : -1, rule: granted ? label[4] : -1,
        subject: granted ? (held.length > 5 ? (this.data.pathTexts[held[5] ?? 0] ?? "") : (this.words[start] ?? "")) : "",
      });
      bound = undefined;
    }
    return { steps, own: own === true };
  }
}

/** A subject, or a role in a scope, as a reader knows it (rbacpsp/paths/place.py); Python writes the words of other places. */
function placeWords(kind: string, namespace: string, name: string): string {
  if (kind !== "role") return subjectText(kind, namespace, name);
  return namespace ? `${name} in namespace ${namespace}` : name;
}
