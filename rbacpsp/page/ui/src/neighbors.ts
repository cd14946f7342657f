// The neighbors of a node in pictures: subjects, bindings, roles, permissions. At most 150 nodes; a click adds others.
import { accountOf, split, userOf } from "./access";
import type { App } from "./app";
import { type Binding, type Role, subjectText } from "./data";
import { href } from "./fragment";
import { kindWords, toBinding, toRole, toSubject } from "./names";
import type { Drawn, DrawnEdge } from "./picture";

export const MOST = 150;
const RULES = 4;
const AT_ONCE = 12;

export interface Neighborhood { nodes: Drawn[]; edges: DrawnEdge[]; left: number }

/** The neighborhood of a subject, for its own page. */
export function aroundSubject(app: App, text: string): Neighborhood {
  return neighborhood(app, [`s:${text}`]);
}

/** The neighborhood of nodes, each `s:SUBJECT`, `b:NUMBER` or `r:NUMBER`; the first is the one that the page is about. */
export function neighborhood(app: App, open: string[]): Neighborhood {
  return new Builder(app, open).build();
}

class Builder {
  private readonly nodes = new Map<string, Drawn>();
  private readonly edges = new Map<string, DrawnEdge>();
  private readonly open: Set<string>;
  private left = 0;

  constructor(private readonly app: App, private readonly asked: string[]) {
    this.open = new Set(asked);
  }

  build(): Neighborhood {
    for (const key of this.asked) {
      if (key.startsWith("s:")) this.subject(key.slice(2));
      else if (key.startsWith("b:")) this.whole(this.app.model.bindings[Number(key.slice(2))]);
      else if (key.startsWith("r:")) this.around(this.app.model.roles[Number(key.slice(2))]);
    }
    const first = this.nodes.get(this.asked[0] ?? "");
    if (first) first.chosen = true;
    const nodes = [...this.nodes.values()];
    return { nodes, edges: [...this.edges.values()], left: this.left };
  }

  private put(node: Drawn): boolean {
    if (this.nodes.has(node.key)) return true;
    if (this.nodes.size >= MOST) {
      this.left += 1;
      return false;
    }
    this.nodes.set(node.key, node);
    return true;
  }

  private join(from: string, to: string): void {
    if (this.nodes.has(from) && this.nodes.has(to)) this.edges.set(`${from}\0${to}`, { from, to });
  }

  private more(key: string, hidden: number): void {
    const node = this.nodes.get(key);
    if (!node || hidden <= 0) return;
    this.left += hidden;
    if (!this.open.has(`+${key}`)) node.more = { count: hidden, to: href("graph", { node: [...this.asked, `+${key}`].join("\n") }) };
  }

  private some<T>(key: string, all: T[], wide = false): T[] {
    const shown = this.open.has(`+${key}`) ? all : all.slice(0, wide ? AT_ONCE * 2 : AT_ONCE);
    this.more(key, all.length - shown.length);
    return shown;
  }

  private subjectNode(text: string): boolean {
    const [kind, rest] = split(text);
    return this.put({ key: `s:${text}`, layer: kind === "Group" ? 1 : 0, kind: `subject ${kind}`, lines: [rest, kindWords(kind)], to: toSubject(text) });
  }

  private subject(text: string): void {
    if (!this.subjectNode(text)) return;
    const user = userOf(text);
    for (const { binding, subject } of this.some(`s:${text}`, this.app.index.bindings(user), true)) {
      const through = subject.kind === "Group" ? subject.text : text;
      if (through !== text && this.subjectNode(through)) this.join(`s:${text}`, `s:${through}`);
      this.binding(binding);
      this.join(`s:${through}`, `b:${binding.id}`);
    }
  }

  private binding(binding: Binding): void {
    if (!this.put({ key: `b:${binding.id}`, layer: 2, kind: "binding", lines: [binding.name, binding.namespace ? `in ${binding.namespace}` : "everywhere"], to: toBinding(binding) })) return;
    this.role(binding.role);
    this.join(`b:${binding.id}`, `r:${binding.role.id}`);
  }

  private role(role: Role): void {
    if (this.nodes.has(`r:${role.id}`)) return;
    if (!this.put({ key: `r:${role.id}`, layer: 3, kind: role.error ? "role missing" : "role", lines: [role.name, role.error ? `${role.kind}, missing` : role.kind], to: toRole(role) })) return;
    const all = role.rules.map((rule, index) => ({ rule, index }));
    const shown = this.open.has(`+r:${role.id}`) ? all : all.slice(0, RULES);
    this.more(`r:${role.id}`, all.length - shown.length);
    for (const { rule, index } of shown) {
      const [verbs, , resources, names, urls] = this.app.model.rule(rule);
      const lines = [brief(verbs), brief(resources.length ? resources : urls), ...(names.length ? [`named ${brief(names)}`] : [])];
      const star = verbs.includes("*") || resources.includes("*");
      if (this.put({ key: `p:${role.id}:${index}`, layer: 4, kind: star ? "permission star" : "permission", lines })) this.join(`r:${role.id}`, `p:${role.id}:${index}`);
    }
  }

  private whole(binding: Binding | undefined): void {
    if (!binding) return;
    this.binding(binding);
    for (const id of this.some(`b:${binding.id}`, [...new Set(binding.subjects)], true)) {
      const subject = this.app.model.subject(id);
      const account = subject.kind === "User" ? accountOf(subject.name) : undefined;
      const text = account ? subjectText("ServiceAccount", ...account) : subjectText(subject.kind, subject.kind === "ServiceAccount" ? subject.namespace || binding.namespace : subject.namespace, subject.name);
      if (this.subjectNode(text)) this.join(`s:${text}`, `b:${binding.id}`);
    }
  }

  private around(role: Role | undefined): void {
    if (!role) return;
    this.role(role);
    for (const binding of this.some(`r:${role.id}`, this.app.model.bindingsOf(role), true)) this.whole(binding);
  }
}

function brief(words: string[]): string {
  const shown: string[] = [];
  for (const word of words) {
    if (shown.length && [...shown, word].join(", ").length > 32) break;
    shown.push(word);
  }
  return shown.join(", ") + (words.length > shown.length ? ` +${words.length - shown.length}` : "");
}
