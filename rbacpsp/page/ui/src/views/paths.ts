// The paths to a goal: their list, then the chosen one as a picture and step by step.
import type { App, Params } from "../app";
import { count, h, link, name } from "../dom";
import { href } from "../fragment";
import { grantWords, kindWords, subjectLink, toBinding } from "../names";
import type { Path, Step } from "../paths";
import { type Drawn, type DrawnEdge, picture } from "../picture";
import { table } from "../table";

export function draw(app: App, params: Params, into: HTMLElement): void {
  const goal = params.get("to") || "cluster-admin";
  const from = params.get("from") ?? "";
  const own = params.get("own") === "1";
  into.append(h("h1", {}, "Paths"), goals(app, goal));
  if (from) {
    const path = app.paths.between(from, goal);
    into.append(h("p", {}, link(href("paths", { to: goal, own: own ? "1" : "" }), `All paths to ${goal}`)));
    into.append(h("h2", {}, place(from), " to ", place(goal)));
    if (path) into.append(drawn(app, path), told(app, path));
    else into.append(h("p", { class: "empty" }, "There is no such path by the permissions that were read."));
    return;
  }
  const all = app.paths.to(goal);
  const shown = own ? all : all.filter((path) => !path.own);
  into.dataset.count = String(shown.length);
  into.append(
    h("p", { class: "answer", role: "status" }, h("strong", {}, count(shown.length, "subject")), ` reach${shown.length === 1 ? "es" : ""} `, name(goal), ". ",
      all.length > shown.length ? link(href("paths", { to: goal, own: "1" }), `Show ${count(all.length - shown.length)} of Kubernetes' own components`) : own ? link(href("paths", { to: goal }), "Hide paths of Kubernetes' own components") : undefined),
    pathTable(app, shown, "from", 100));
  if (pathsLeft(app)) into.append(h("p", { class: "note" }, pathsLeft(app)));
}

/** A sentence about the paths that the page of a large cluster leaves out; empty where it contains all. */
export function pathsLeft(app: App): string {
  if (app.data.pathsHeld === "all") return "";
  return app.data.pathsHeld === "goals"
    ? "This cluster is too large for all paths: only those to cluster-admin and to a node are in this page."
    : "This cluster is too large for paths in a page: rbacpsp paths finds those of one subject or to one goal.";
}

function goals(app: App, goal: string): HTMLElement {
  const reachable = ["cluster-admin", "node", "the secrets of every namespace"].filter((each) => app.paths.find(each) !== undefined);
  const input = h("input", { name: "to", placeholder: "another goal: secrets:team-a, a subject", autocomplete: "off", "aria-label": "Another goal" });
  return h("form", { class: "ask", submit: (event) => { event.preventDefault(); if (input.value.trim()) location.hash = href("paths", { to: input.value.trim() }); } },
    h("ul", { class: "chips" }, [...new Set([...reachable, goal])].map((each) => h("li", {}, h("a", { href: href("paths", { to: each }), "aria-current": each === goal ? "true" : undefined }, name(each))))), input);
}

/** A table of paths; `end` is the end of each path that the table shows. */
export function pathTable(app: App, paths: Path[], end: "from" | "to", first: number): HTMLElement {
  return table<Path>([
    { title: end === "from" ? "From" : "Reaches", cell: (path) => place(app.paths.words[path[end]] ?? "") },
    { title: "Steps", class: "number", cell: (path) => link(href("paths", { to: app.paths.words[path.to], from: app.paths.words[path.from] }), count(path.length, "step")) },
    { title: "How", cell: (path) => h("span", {}, path.steps.filter((step) => (app.data.techniques[step.technique]?.[2] ?? 1) > 0).map((step, number) => [number ? " \u2192 " : "", app.data.techniques[step.technique]?.[1] ?? ""])) },
  ], paths, { first, empty: "None." });
}

const IDENTITY = /^(User|Group|ServiceAccount)\//;

function place(words: string): HTMLElement {
  return IDENTITY.test(words) ? subjectLink(words) : h("strong", {}, name(words));
}

const IN_A_ROW = 3;

/** The picture of a path from left to right; a long one continues in further rows. */
function drawn(app: App, path: Path): HTMLElement {
  const each = path.steps.length > IN_A_ROW ? IN_A_ROW - 1 : IN_A_ROW;
  const rows: Step[][] = [];
  for (let from = 0; from < path.steps.length; from += each) rows.push(path.steps.slice(from, from + each));
  return h("div", { class: "rows" }, rows.map((steps, number) => row(app, steps, path.to, rows.length > 1 ? `The path, part ${number + 1} of ${rows.length}` : "The path")));
}

function row(app: App, steps: Step[], goal: number, title: string): HTMLElement {
  const nodes = new Map<string, Drawn>();
  const edges: DrawnEdge[] = [];
  const put = (number: number, layer: number): string => {
    const key = `n${number}`;
    const words = app.paths.words[number] ?? "";
    const kind = app.paths.kind(number);
    const identity = IDENTITY.test(words);
    if (!nodes.has(key)) {
      nodes.set(key, {
        key, layer, kind: identity ? `subject ${kind}` : kind === "role" ? "role" : number === goal ? "goal" : "place",
        lines: identity ? [words.slice(words.indexOf("/") + 1), kindWords(kind)] : [words], ...(identity ? { to: href("subject", { subject: words }) } : {}),
      });
    }
    return key;
  };
  steps.forEach((step, number) => {
    const from = put(step.from, number * 2);
    const binding = app.model.bindings[step.binding];
    const act = `a${number}`;
    nodes.set(act, {
      key: act, layer: number * 2 + 1, kind: "act",
      lines: [app.data.techniques[step.technique]?.[1] ?? "", ...(step.permission ? [step.permission] : []), ...(binding ? [`${binding.name}${binding.namespace ? ` in ${binding.namespace}` : ""}`] : [])],
      ...(binding ? { to: toBinding(binding) } : {}),
    });
    edges.push({ from, to: act }, { from: act, to: put(step.to, number * 2 + 2) });
  });
  return picture([...nodes.values()], edges, title);
}

function told(app: App, path: Path): HTMLElement {
  return h("ol", { class: "steps" }, path.steps.map((step) => {
    const technique = app.data.techniques[step.technique];
    return h("li", {}, place(app.paths.words[step.from] ?? ""), " ", h("em", {}, technique?.[1] ?? ""), " and reaches ", place(app.paths.words[step.to] ?? ""), ".",
      step.permission ? h("div", { class: "what" }, name(step.permission)) : undefined,
      step.binding >= 0 ? h("div", { class: "grant" }, "through ", grantWords(app.model, step.binding, [step.rule]), step.subject && step.subject !== app.paths.words[step.from] ? [h("span", { class: "quiet" }, ", which names "), subjectLink(step.subject)] : undefined) : undefined,
      step.because ? h("div", { class: "quiet" }, name(step.because)) : undefined);
  }));
}
