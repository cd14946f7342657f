// Which policy or constraints admit each workload; for one workload what each of them would do, and its Pod Security level.
import type { App, Params } from "../app";
import { type Control, CONSTRAINTS, controlsOf, POLICIES, toControl, type Workload as Row } from "../controls";
import type { ConsideredRow, Failure, PartRow } from "../data";
import { type Child, count, h, link, name } from "../dom";
import { href } from "../fragment";
import { bindingLink, roleLink, subjectLink, toNamespace, toWorkload, where } from "../names";
import { accountOf } from "../access";
import { subjectText } from "../data";
import { table } from "../table";
import { folded } from "./whocan";

export function draw(app: App, params: Params, into: HTMLElement): void {
  const { data } = app;
  const namespace = params.get("namespace") ?? "";
  const rows = data.workloads.filter((row) => !namespace || row[0] === namespace);
  const controls = controlsOf(app);
  into.append(h("h1", {}, controls.length === 1 && controls[0] === CONSTRAINTS ? "Which constraints win" : "Which policy wins"),
    h("p", { class: "quiet" }, controls.length ? "What would happen to the pods of each workload if they were created now." : "No PodSecurityPolicy was read: this is what Pod Security says of each workload.",
      namespace ? [" Only namespace ", where(namespace), ". ", link(href("workloads"), "Show all")] : undefined),
    data.workloadCount > data.workloads.length ? h("p", { class: "note" }, `${count(data.workloadCount - data.workloads.length)} of ${count(data.workloadCount)} are not in this page.`) : "",
    workloadTable(app, rows, 200));
}

export function workloadTable(app: App, rows: Row[], first: number): HTMLElement {
  return table<Row>([
    { title: "Namespace", cell: (row) => where(row[0]) },
    { title: "Workload", cell: (row) => link(toWorkload(row[0], row[1], row[2]), h("span", { class: "kind" }, row[1]), " ", name(row[2])) },
    ...controlsOf(app).flatMap((control) => [
      { title: "Verdict", cell: (row: Row): Child => verdict(control.verdict(row)) },
      { title: control.one, cell: (row: Row): Child => winners(control, row) },
    ]),
    { title: "Pod Security", cell: (row) => level(app, row) },
    { title: "Account", cell: (row) => (row[3] ? link(href("subject", { subject: subjectText("ServiceAccount", row[0], row[3]) }), name(row[3])) : "") },
  ], rows, { first, empty: "No workload was read." });
}

function verdict(words: string): Child {
  return words ? h("span", { class: `badge ${words === "refused" || words === "unbound" ? "critical" : words === "drift" ? "medium" : "ok"}` }, words) : undefined;
}

/** What would admit the pods, and what admitted them where that differs. */
function winners(control: Control, row: Row): Child {
  const parts = control.parts(row);
  const wins = new Set(parts.map((part) => part[0]));
  const others = new Set(parts.flatMap((part) => part[3].flatMap(([each]) => (each && !wins.has(each) ? [each] : []))));
  return [
    [...wins].map((each, index): Child => [index ? ", " : "", each ? link(toControl(control, each), name(each)) : h("span", { class: "quiet" }, parts.every((part) => part[7]) ? "not asked" : "none")]),
    others.size ? h("div", { class: "quiet" }, "recorded: ", [...others].map((each, index): Child => [index ? ", " : "", link(toControl(control, each), name(each))])) : undefined,
  ];
}

/** The strictest level that the pods meet, and whether their namespace refuses them. */
function level(app: App, row: Row): Child {
  const errors = app.data.podSecurity[row[7]];
  if (!errors) return h("span", { class: "quiet" }, "not read");
  const words = errors[1].length === 0 ? "restricted" : errors[0].length === 0 ? "baseline" : "privileged";
  return [h("span", { class: `badge ${words === "restricted" ? "ok" : words === "baseline" ? "low" : "high"}` }, words), errors[2].length ? [" ", h("span", { class: "flag bad" }, "refused here")] : undefined];
}

export function drawWorkload(app: App, params: Params, into: HTMLElement): void {
  const [namespace, kind, workload] = [params.get("namespace") ?? "", params.get("kind") ?? "", params.get("name") ?? ""];
  const row = app.data.workloads.find((each) => each[0] === namespace && each[1] === kind && each[2] === workload);
  into.append(h("p", { class: "over" }, kind, " in ", where(namespace)), h("h1", {}, name(workload)));
  if (!row) {
    into.append(h("p", { class: "note" }, "No such workload is in this page."));
    return;
  }
  const creator = accountOf(row[4]);
  into.append(h("p", {}, row[3] ? ["Its pods run as ", subjectLink(subjectText("ServiceAccount", namespace, row[3]))] : "Its pods have no service account",
    row[4] ? [" and are created by ", subjectLink(creator ? subjectText("ServiceAccount", ...creator) : `User/${row[4]}`)] : "", "."),
  row[6].length ? h("ul", { class: "lines quiet" }, row[6].map((each) => h("li", {}, name(each)))) : "");
  for (const control of controlsOf(app)) {
    const parts = control.parts(row);
    parts.forEach((part, index) => into.append(walk(app, control, part, parts.length > 1 ? index + 1 : 0)));
  }
  into.append(security(app, row));
}

const WALKS: Record<string, [all: string, sort: string, none: string]> = {
  [POLICIES.list]: ["Policies, in the order in which they are tried", "Policies for pod variant", "no policy"],
  [CONSTRAINTS.list]: ["Security context constraints, in the order in which they are tried", "Security context constraints for pod variant", "none"],
};

/** A longer message has smaller letters. */
const LONG = 300;

/** The verdict on the pods, and that of each policy or constraints that the server tries. */
function walk(app: App, control: Control, part: PartRow, number: number): HTMLElement {
  const [winner, message, pods, recorded, considered, asked, invalidBy, notJudged, subjectType] = part;
  const [all, sort, none] = WALKS[control.list] ?? ["", "", ""];
  const differs = winner && recorded.some(([each]) => each && each !== winner);
  const through = subjectType === "user" ? ", through whoever creates the pods" : subjectType === "serviceaccount" ? ", through their service account" : "";
  return h("section", { "data-control": control.list, "data-winner": winner }, h("h2", {}, number ? `${sort} ${number}` : all),
    h("p", { class: `verdict ${message ? "no" : "yes"}${message.length > LONG ? " long" : ""}` }, h("strong", {}, message ? "Refused" : "Admitted"), h("span", {}, message ? name(message) : winner ? ["by ", link(toControl(control, winner), name(winner)), through] : notJudged)),
    recorded.length ? h("p", { class: "quiet" }, pods === 1 ? "Recorded on its pod: " : `Recorded on its ${count(pods)} pods: `, recorded.map(([each, times], index): Child => [index ? ", " : "", each ? link(toControl(control, each), name(each)) : none, times < pods ? ` (${times})` : ""]), differs ? [" ", h("span", { class: "badge medium" }, "drift"), "Pods that are created now would get another."] : undefined) : undefined,
    invalidBy ? h("p", { class: "note" }, "The API server refuses what ", name(invalidBy), " makes of the pod.") : undefined,
    asked.length ? h("p", { class: "quiet" }, "Users whose permissions the server checks, in this order: ", asked.map((each, index): Child => [index ? ", then " : "", name(each)])) : undefined,
    h("ol", { class: "policies" }, considered.map((each, index) => card(app, control, app.data.considered[each], winner, index))));
}

function card(app: App, control: Control, row: ConsideredRow | undefined, winner: string, index: number): Child {
  if (!row) return undefined;
  const [chosen, usableBy, grants, verdict, diff, errors, problem, listed] = row;
  const usable = usableBy.length > 0;
  const words = { unchanged: "admits it unchanged", changed: "admits it, changed", refused: "refuses it" }[verdict] ?? verdict;
  return h("li", { class: `card${chosen === winner ? " winner" : ""}${usable ? "" : " unusable"}`, [`data-${control.page}`]: chosen },
    h("h3", {}, h("span", { class: "quiet" }, `${index + 1}`), link(toControl(control, chosen), name(chosen)), chosen === winner ? h("span", { class: "badge ok" }, "wins") : undefined, h("span", { class: `flag ${verdict === "refused" ? "bad" : ""}` }, words), usable ? undefined : h("span", { class: "flag" }, "may not be used here")),
    problem ? h("p", { class: "note" }, name(problem)) : undefined,
    usable ? h("div", { class: "quiet" }, "Usable by ", usableBy.map((each, index): Child => [index ? " and " : "", name(each)]), (listed ?? []).map((each) => h("div", { class: "grant" }, where(""), " its own list, ", name(each))), grants.map(([binding, rule]) => {
      const source = app.model.bindings[binding];
      return source ? h("div", { class: "grant" }, where(source.namespace), " ", bindingLink(source), " \u2192 ", roleLink(source.role), ` rule ${rule + 1}`) : undefined;
    })) : undefined,
    diff.length > FEW && chosen !== winner ? folded(`What it fills in: ${count(diff.length, "field")}`, () => changes(diff)) : diff.length ? [h("div", {}, "What it fills in:"), changes(diff)] : undefined,
    errors.length ? h("ul", { class: "errors" }, errors.map((each) => h("li", {}, name(each)))) : undefined);
}

const FEW = 2;

/** The fields that a policy sets. */
function changes(diff: ConsideredRow[4]): HTMLElement {
  return h("table", { class: "diff" }, h("tbody", {}, diff.map(([path, before, after]) => h("tr", {}, h("th", { scope: "row" }, name(path)), h("td", {}, h("del", {}, name(before || "absent"))), h("td", {}, h("ins", {}, name(after || "absent")))))));
}

function security(app: App, row: Row): HTMLElement {
  const errors = app.data.podSecurity[row[7]];
  const labels = app.data.levels.find(([namespace]) => namespace === row[0]);
  const enforced = labels?.[1][0] ?? "";
  const element = h("section", {}, h("h2", {}, "Pod Security"), h("p", {}, labels ? ["Namespace ", link(toNamespace(row[0]), name(row[0])), labels[2] ? " is exempt." : ` enforces ${enforced}, audits ${labels[1][1]} and warns of ${labels[1][2]}.`] : "The namespace was not read, so its labels are not known."));
  if (!errors) {
    element.append(h("p", { class: "note" }, "Its pods cannot be judged from what was read."));
    return element;
  }
  const levels: [string, Failure[]][] = [["baseline", errors[0]], ["restricted", errors[1]], ...(errors[2].length ? [[`enforced here: ${enforced}`, errors[2]] as [string, Failure[]]] : [])];
  element.append(h("div", { class: "columns" }, levels.map(([title, failures]) => h("div", { class: "card" }, h("h3", {}, title, h("span", { class: `badge ${failures.length ? "high" : "ok"}` }, failures.length ? "violated" : "met")),
    failures.length ? h("ul", { class: "errors" }, failures.map(([, reason, detail]) => h("li", {}, h("strong", {}, name(reason)), detail ? [": ", name(detail)] : undefined))) : undefined))));
  return element;
}
