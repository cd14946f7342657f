// What was read, the findings by severity, what to change first, and who reaches full control.
import type { App, Params } from "../app";
import { type Control, CONSTRAINTS, controlsOf, POLICIES, toControl } from "../controls";
import { count, h, link, name } from "../dom";
import { href } from "../fragment";
import { pathsLeft } from "./paths";
import { grantWords, subjectLink } from "../names";
import { table } from "../table";

const SHOWN = 12;

export function draw(app: App, _params: Params, into: HTMLElement): void {
  const { data } = app;
  into.append(
    h("h1", {}, "Who can do what", data.about.cluster ? [" in ", name(data.about.cluster)] : ""),
    h("p", { class: "lead" }, data.summary),
    tiles(app), questions(app), changes(app), control(app),
  );
  for (const control of controlsOf(app)) into.append(pods(app, control));
  into.append(read(app));
}

function tiles(app: App): HTMLElement {
  const { data } = app;
  const severities = data.severities.map((severity, index) => {
    const number = data.counts[index] ?? 0;
    return h("li", {}, h("a", { class: `tile ${severity}${number ? "" : " none"}`, href: href("findings", { severity }) }, h("strong", {}, count(number)), h("span", {}, severity)));
  });
  return h("ul", { class: "tiles", "aria-label": "Findings by severity" }, severities);
}

function questions(app: App): HTMLElement {
  const asked: [string, string][] = [
    ["read secrets anywhere", href("who-can", { verb: "get", resource: "secrets" })],
    ["run a command in a pod", href("who-can", { verb: "create", resource: "pods", subresource: "exec" })],
    ["make roles or bindings", href("who-can", { verb: "create", group: "rbac.authorization.k8s.io", resource: "clusterrolebindings" })],
    ["act as another user", href("who-can", { verb: "impersonate", resource: "users" })],
    ["do everything", href("who-can", { verb: "*", group: "*", resource: "*" })],
  ];
  const words: Record<string, string> = { [POLICIES.list]: "use a policy", [CONSTRAINTS.list]: "use security context constraints" };
  for (const { list } of controlsOf(app)) asked.push([words[list] ?? list, href(list)]);
  return h("section", {}, h("h2", {}, "Who can \u2026"), h("ul", { class: "chips" }, asked.map(([words, to]) => h("li", {}, link(to, words)))));
}

function changes(app: App): HTMLElement {
  const { data } = app;
  const rows = data.top.map(([words, counts], index) => ({ words, counts, index: index + 1 }));
  return h("section", {}, h("h2", {}, "The changes that remove most"),
    h("p", { class: "quiet" }, "Each removes every finding that is counted beside it. Those that remove the worst come first."),
    table([
      { title: "#", class: "number", cell: (row) => row.index },
      { title: "Change", cell: (row) => h("ul", { class: "plain" }, row.words.map((word) => h("li", {}, link(href("findings", { change: row.words.join("\n") }), sentence(word))))) },
      { title: "Removes", class: "counts", cell: (row) => row.counts.map((number, severity) => (number ? h("span", { class: `badge ${data.severities[severity]}` }, `${count(number)} ${data.severities[severity]}`) : undefined)) },
    ], rows, { empty: "There is nothing to change: the audit found nothing." }));
}

export function sentence(text: string): HTMLElement {
  return name(text.charAt(0).toUpperCase() + text.slice(1));
}

function control(app: App): HTMLElement {
  const section = h("section", {}, h("h2", {}, "Who reaches cluster-admin"));
  if (app.data.pathsHeld === "none") {
    section.append(h("p", { class: "note" }, pathsLeft(app)));
    return section;
  }
  const all = app.paths.to("cluster-admin");
  const ways = all.filter((path) => !path.own);
  const own = all.length - ways.length;
  section.append(h("p", { class: "quiet" },
    ways.length ? `${count(ways.length, "subject")} ${ways.length === 1 ? "reaches" : "reach"} full control, ${count(ways.filter((path) => path.length <= 1).length)} of them in one step. ` : "No subject but Kubernetes' own components. ",
    own ? `Paths of ${count(own, "component")} of Kubernetes itself are left out. ` : "", "The group system:masters has full control always."));
  if (ways.length) {
    section.append(table([
      { title: "Subject", cell: (path) => subjectLink(app.paths.words[path.from] ?? "") },
      { title: "Steps", class: "number", cell: (path) => link(href("paths", { to: "cluster-admin", from: app.paths.words[path.from] }), `${path.length} step${path.length === 1 ? "" : "s"}`) },
      { title: "First step", cell: (path) => app.data.techniques[path.steps[0]?.technique ?? -1]?.[1] ?? "" },
    ], ways.slice(0, SHOWN)));
    if (ways.length > SHOWN) section.append(h("p", {}, link(href("paths", { to: "cluster-admin" }), `All ${count(ways.length)} paths`)));
  }
  const cuts = app.data.cuts;
  if (cuts.length) {
    section.append(h("h3", {}, "Changes that close most of these paths"), h("ul", { class: "lines" }, cuts.map(([binding, subject, closed, of]) =>
      h("li", {}, "Taking ", subjectLink(subject), " out of ", grantWords(app.model, binding, []), ` closes ${count(closed)} of ${count(of)}.`))));
  }
  return section;
}

const SOME = 24;

/** The policies or constraints that admit pods, and how many workloads each admits. */
function pods(app: App, control: Control): HTMLElement {
  const entries = control.entries(app);
  const verdicts = (control.summary(app).verdicts ?? []).map(([verdict, number]) => `${count(number)} ${verdict === "no pods" ? "without pods" : verdict}`).join(", ");
  return h("section", {}, h("h2", {}, control === POLICIES ? "Pod security policies" : "Security context constraints"),
    verdicts ? h("p", {}, link(href("workloads"), `Workloads, if their pods were created now: ${verdicts}.`)) : undefined,
    h("ul", { class: "chips" }, entries.slice(0, SOME).map(([each]) => h("li", {}, link(toControl(control, each), name(each))))),
    entries.length > SOME ? h("p", {}, link(href(control.list), `All ${count(entries.length)}`)) : undefined);
}

function read(app: App): HTMLElement {
  const { about, workloadCount, workloads, findings, counts, method } = app.data;
  const notes: string[] = [];
  const total = counts.reduce((sum, each) => sum + each, 0);
  if (findings.length < total) notes.push(`${count(total - findings.length)} of ${count(total)} findings, the least severe, are counted and not listed here.`);
  if (workloads.length < workloadCount) notes.push(`${count(workloadCount - workloads.length)} of ${count(workloadCount)} workloads are not in this page.`);
  const paths = pathsLeft(app);
  if (paths) notes.push(paths);
  return h("section", { id: "read" }, h("h2", {}, "What was read"),
    h("ul", { class: "chips facts" }, about.read.map(([kind, number]) => h("li", {}, h("strong", {}, count(number)), ` ${kind}`))),
    about.assumed ? h("p", {}, `${count(about.assumed)} objects that no source holds are assumed as ${about.openshift ? `OpenShift ${about.openshift} and ` : ""}Kubernetes ${about.assumedAs} create${about.openshift ? "" : "s"} them.`) : undefined,
    notes.length ? h("h3", {}, "Left out") : undefined,
    notes.length ? h("ul", { class: "lines" }, notes.map((each) => h("li", {}, each))) : undefined,
    about.notes.length ? h("h3", {}, "What was not read, and what is doubtful") : undefined,
    about.notes.length ? h("ul", { class: "lines" }, about.notes.map((each) => h("li", {}, name(each)))) : undefined,
    h("details", {}, h("summary", {}, "Method and limits"), method.map((each) => h("p", {}, each))));
}
