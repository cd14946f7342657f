// The page: a header, the links to its views, and the view that the fragment names.
import { App, type Params, type View } from "./app";
import { CONSTRAINTS, POLICIES } from "./controls";
import type { Data } from "./data";
import { type Child, count, h, link, name, svg } from "./dom";
import { href, parse } from "./fragment";
import { Search } from "./search";
import * as findings from "./views/findings";
import * as graph from "./views/graph";
import * as objects from "./views/objects";
import * as overview from "./views/overview";
import * as paths from "./views/paths";
import * as policies from "./views/policies";
import * as subject from "./views/subject";
import * as whocan from "./views/whocan";
import * as why from "./views/why";
import * as workloads from "./views/workloads";

const VIEWS: Record<string, View> = {
  overview: { title: "Overview", draw: overview.draw },
  "who-can": { title: "Who can", draw: whocan.draw },
  why: { title: "Why", draw: why.draw },
  subjects: { title: "Subjects", draw: objects.drawSubjects },
  subject: { title: "Subject", draw: subject.draw },
  policies: { title: "Policies", draw: policies.drawPolicies },
  policy: { title: "Policy", draw: policies.drawPolicy },
  constraints: { title: "Constraints", draw: policies.drawConstraints },
  constraint: { title: "Constraints", draw: policies.drawConstraint },
  workloads: { title: "Workloads", draw: workloads.draw },
  workload: { title: "Workload", draw: workloads.drawWorkload },
  findings: { title: "Findings", draw: findings.draw },
  paths: { title: "Paths", draw: paths.draw },
  graph: { title: "Picture", draw: graph.draw },
  role: { title: "Role", draw: objects.drawRole },
  binding: { title: "Binding", draw: objects.drawBinding },
  namespace: { title: "Namespace", draw: objects.drawNamespace },
};

const EVERY: [view: string, key: string][] = [["overview", "o"], ["who-can", "w"], ["why", "y"], ["subjects", "s"], ["policies", "p"], ["constraints", "c"], ["workloads", "l"], ["findings", "f"], ["paths", "t"]];
const PARENT: Record<string, string> = { subject: "subjects", policy: "policies", constraint: "constraints", workload: "workloads" };

const app = new App(JSON.parse(document.getElementById("data")?.textContent ?? "{}") as Data);
const MENU = EVERY.filter(([view]) => ![POLICIES, CONSTRAINTS].some((each) => each.list === view && !each.entries(app).length));
const search = new Search(app);
const content = h("main", { id: "content", tabindex: -1 });
const help = h("dialog", { id: "help", "aria-labelledby": "help-title" });
const theme = h("button", { type: "button", class: "icon", "aria-label": "Light or dark", title: "Light or dark (d)", click: () => toggleTheme() }, icon("M8 1.5a6.5 6.5 0 1 0 0 13zM8 1.5a6.5 6.5 0 0 1 0 13"));

function icon(path: string): SVGElement {
  return svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, svg("path", { d: path }));
}

function frame(): HTMLElement[] {
  const { about } = app.data;
  const source = about.cluster || about.sources.join(", ");
  const facts: Child[] = [
    source ? h("span", {}, name(source)) : undefined, about.openshift ? h("span", {}, `OpenShift ${about.openshift}`) : undefined, h("span", {}, about.version), about.time ? h("span", {}, `read ${about.time}`) : undefined, h("span", {}, about.program),
    about.notes.length ? h("a", { href: href("overview"), class: "flag bad" }, `${count(about.notes.length, "note")} on what was read`) : undefined,
  ];
  return [
    h("a", { class: "skip", href: "#content", click: (event) => { event.preventDefault(); content.focus(); } }, "Skip to the content"),
    h("header", { class: "top" },
      h("div", { class: "brand" }, link(href("overview"), "rbacpsp"), h("div", { class: "facts" }, facts)),
      search.element,
      h("div", { class: "tools" }, theme, h("button", { type: "button", class: "icon", "aria-label": "Print", title: "Print", click: () => window.print() }, icon("M4.5 5.5v-4h7v4M4.5 11h-3V5.5h13V11h-3M4.5 9h7v5.5h-7z")), h("button", { type: "button", class: "icon", "aria-label": "Keys", title: "Keys (?)", click: () => help.showModal() }, "?"))),
    h("nav", { "aria-label": "Views" }, h("ul", {}, MENU.map(([view]) => h("li", {}, h("a", { href: href(view), "data-menu": view }, VIEWS[view]?.title ?? view))))),
    content,
    help,
  ];
}

function keys(): Child[] {
  const rows: [string, string][] = [["/", "search every name"], ...MENU.map(([view, key]): [string, string] => [`g ${key}`, (VIEWS[view]?.title ?? view).toLowerCase()]), ["d", "light or dark"], ["?", "this list"], ["Esc", "close"]];
  return [h("h2", { id: "help-title" }, "Keys"), h("dl", { class: "keys" }, rows.map(([key, words]) => [h("dt", {}, key.split(" ").map((each) => h("kbd", {}, each))), h("dd", {}, words)])), h("form", { method: "dialog" }, h("button", { class: "primary" }, "Close"))];
}

function toggleTheme(): void {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

let first = true;

/** Draws the view that the fragment names, then marks the page as ready. */
function show(): void {
  const asked = location.hash.slice(1);
  const { view, params } = parse(asked || app.data.about.start || "overview");
  const shownView = VIEWS[view];
  const section = h("section", { "data-view": view, class: `view ${view}` });
  if (shownView) shownView.draw(app, params as Params, section);
  else section.append(h("h1", {}, "There is no such view"), h("p", {}, link(href("overview"), "To the overview")));
  content.replaceChildren(section);
  for (const each of document.querySelectorAll<HTMLElement>("[data-menu]")) {
    if (each.dataset["menu"] === (PARENT[view] ?? view)) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  const heading = section.querySelector("h1");
  document.querySelector("[data-menu][aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  document.title = `${heading?.textContent ?? shownView?.title ?? view} \u2013 rbacpsp`;
  if (!first) {
    window.scrollTo(0, 0);
    if (document.activeElement === document.body || document.activeElement?.closest("main, nav, .found")) content.focus({ preventScroll: true });
  }
  first = false;
  document.documentElement.dataset.shown = asked;
}

let going = false;

function key(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || help.open || target.closest("input, select, textarea")) return;
  if (going) {
    going = false;
    const to = MENU.find(([, letter]) => letter === event.key);
    if (to) location.hash = href(to[0]);
    return;
  }
  if (event.key === "/") {
    event.preventDefault();
    search.input.focus();
    search.input.select();
  } else if (event.key === "?") help.showModal();
  else if (event.key === "d") toggleTheme();
  else if (event.key === "g") {
    going = true;
    window.setTimeout(() => { going = false; }, 1500);
  }
}

help.append(...(keys().filter((each) => each instanceof Node) as Node[]));
document.getElementById("page")?.replaceChildren(...frame());
window.addEventListener("hashchange", show);
// Nobody can open a folded section on paper: it is printed open.
let unfolded: HTMLDetailsElement[] = [];
const MOST_UNFOLDED = 2000;
window.addEventListener("beforeprint", () => {
  let folded: HTMLDetailsElement[];
  do { // an opened section may contain folded ones
    folded = [...content.querySelectorAll<HTMLDetailsElement>("details:not([open])")].slice(0, MOST_UNFOLDED - unfolded.length);
    for (const each of folded) {
      each.open = true;
      each.dispatchEvent(new Event("toggle")); // fills the section: the browser sends its own event after printing
    }
    unfolded.push(...folded);
  } while (folded.length);
});
window.addEventListener("afterprint", () => {
  for (const each of unfolded.splice(0)) each.open = false;
});
document.addEventListener("keydown", key);
show();

// The indexes that the next view needs are built while the reader looks at the first one.
window.setTimeout(() => {
  void [app.index, app.paths, app.subjects, app.findingsOf("")];
}, 300);
