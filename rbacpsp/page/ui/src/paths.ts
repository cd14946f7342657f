// Who can become whom: the search of rbacpsp/paths/search.py over the same graph, in the same order.
import { type Data, subjectText } from "./data";

export interface Step {
  from: number; to: number; technique: number; permission: string; because: string; binding: number; role: number; rule: number;
  subject: string;
}
/** A path that computes its steps on demand: most paths are only counted. */
export class Path {
  private made: { steps: Step[]; own: boolean } | undefined;

  constructor(readonly from: number, readonly to: number, readonly length: number, private readonly make: () => { steps: Step[]; own: boolean }) {}

  get steps(): Step[] {
    return (this.made ??= this.make()).steps;
  }

  /** It starts with a grant of Kubernetes itself: one of its own components would take it. */
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

  /** The number of a place by its words; undefined if no edge starts or ends there. */
  find(words: string): number | undefined {
    return this.numbers.get(words);
  }

  kind(place: number): string {
    return this.data.places[place]?.[0] ?? "";
  }

  /** The shortest path to a goal from every subject that reaches it, the shortest first. */
  to(goal: string): Path[] {
    const target = this.find(goal);
    if (target === undefined) return [];
    const { by, length } = this.search(target, true);
    const paths: Path[] = [];
    for (let source = 0; source < by.length; source += 1) {
      if (by[source] === -2 || source === target) continue;
      if (!IDENTITIES.has(this.kind(source)) || this.words[source] === "Group/system:masters") continue;
      paths.push(new Path(source, target, length[source] ?? 0, () => this.back(source, target, by)));
    }
    return paths.sort((one, other) => one.length - other.length || this.compare(one.from, other.from));
  }

  /** The shortest path from a subject to every goal and every subject that it reaches, the goals first. */
  from(start: string): Path[] {
    const source = this.find(start);
    if (source === undefined) return [];
    const { by, length } = this.search(source, false);
    const paths: Path[] = [];
    for (let target = 0; target < by.length; target += 1) {
      const kind = this.kind(target);
      if (by[target] === -2 || !length[target] || !(IDENTITIES.has(kind) || kind in RANK)) continue;
      paths.push(new Path(source, target, length[target] ?? 0, () => this.forth(source, target, by)));
    }
    const rank = (path: Path): number => RANK[this.kind(path.to)] ?? 9;
    return paths.sort(
      (one, other) => rank(one) - rank(other) || one.length - other.length || this.compare(one.to, other.to),
    );
  }

  /** The shortest path between two places. */
  between(start: string, goal: string): Path | undefined {
    const source = this.find(start);
    const target = this.find(goal);
    if (source === undefined || target === undefined || source === target) return undefined;
    const { by, length } = this.search(source, false);
    return by[target] === -2 ? undefined : new Path(source, target, length[target] ?? 0, () => this.forth(source, target, by));
  }

  private compare(one: number, other: number): number {
    const [parts, theirs] = [this.data.places[one] ?? [], this.data.places[other] ?? []];
    for (let part = 0; part < 3; part += 1) {
      const [a, b] = [parts[part] ?? "", theirs[part] ?? ""];
      if (a !== b) return a < b ? -1 : 1;
    }
    return 0;
  }

  /** The edge by which the search reaches each place first (-2: it does not), and the number of actions up to there. */
  private search(start: number, backwards: boolean): { by: Int32Array; length: Int32Array } {
    const name = `${start} ${backwards}`;
    const tree = this.trees.get(name);
    if (tree) return tree;
    const count = this.data.places.length;
    const by = new Int32Array(count).fill(-2);
    const length = new Int32Array(count).fill(1 << 30);
    const done = new Uint8Array(count);
    const adjacent = backwards ? this.into : this.out;
    const end = backwards ? 0 : 1;
    by[start] = -1;
    length[start] = 0;
    // A stack and a list form the double-ended queue: edges without cost go first, the others in their order.
    let first: number[] = [start];
    const later: number[] = [];
    for (let next = 0; first.length || next < later.length; ) {
      const node = first.length ? (first.pop() as number) : (later[next++] as number);
      if (done[node]) continue;
      done[node] = 1;
      for (const number of adjacent[node] ?? []) {
        const neighbor = this.data.edges[number]?.[end] ?? 0;
        const far = (length[node] ?? 0) + (this.costs[number] ?? 1);
        if (done[neighbor] || far >= (length[neighbor] ?? 0)) continue;
        length[neighbor] = far;
        by[neighbor] = number;
        if (this.costs[number]) later.push(neighbor);
        else first.push(neighbor);
      }
    }
    first = [];
    if (this.trees.size > 20) this.trees.clear();
    this.trees.set(name, { by, length });
    return { by, length };
  }

  private forth(source: number, target: number, by: Int32Array): { steps: Step[]; own: boolean } {
    const edges: number[] = [];
    for (let node = target; node !== source; node = this.data.edges[edges[edges.length - 1] ?? 0]?.[0] ?? source) edges.push(by[node] ?? 0);
    return this.made(edges.reverse());
  }

  private back(source: number, target: number, by: Int32Array): { steps: Step[]; own: boolean } {
    const edges: number[] = [];
    for (let node = source; node !== target; node = this.data.edges[edges[edges.length - 1] ?? 0]?.[1] ?? target) edges.push(by[node] ?? 0);
    return this.made(edges);
  }

  private made(edges: number[]): { steps: Step[]; own: boolean } {
    const steps: Step[] = [];
    let bound: number[] | undefined;
    let kubernetesOwn: boolean | undefined;
    for (const number of edges) {
      const edge = this.data.edges[number] ?? [];
      const label = this.data.labels[edge[2] ?? 0] ?? [-1, 0, 0, -1, -1];
      if (label[0] < 0) {
        bound = edge;
        continue;
      }
      const bindingEdge = bound ?? edge;
      const granted = bindingEdge.length > 3 && label[4] >= 0 && label[3] >= 0;
      if (granted && kubernetesOwn === undefined) kubernetesOwn = bindingEdge[4] === 1;
      const start = bindingEdge[0] ?? 0;
      steps.push({
        from: start, to: edge[1] ?? 0, technique: label[0], because: this.data.pathTexts[label[1]] ?? "",
        permission: this.data.pathTexts[label[2]] ?? "", binding: granted ? (bindingEdge[3] ?? -1) : -1,
        role: granted ? label[3] : -1, rule: granted ? label[4] : -1,
        subject: granted ? (bindingEdge.length > 5 ? (this.data.pathTexts[bindingEdge[5] ?? 0] ?? "") : (this.words[start] ?? "")) : "",
      });
      bound = undefined;
    }
    return { steps, own: kubernetesOwn === true };
  }
}

/** The words for a subject, or for a role in a scope (rbacpsp/paths/place.py); Python writes those of other places. */
function placeWords(kind: string, namespace: string, name: string): string {
  if (kind !== "role") return subjectText(kind, namespace, name);
  return namespace ? `${name} in namespace ${namespace}` : name;
}
