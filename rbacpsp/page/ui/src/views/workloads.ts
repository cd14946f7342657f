// Which policy wins: every workload, and for one of them what each policy would do, with Pod Security beside it.
import type { App, Params } from "../app";
import type { ConsideredRow, Data, Failure, PartRow } from "../data";
import { type Child, count, h, link, name } from "../dom";
import { href } from "../fragment";
import { bindingLink, roleLink, subjectLink, toNamespace, toPolicy, toWorkload, where } from "../names";
import { accountOf } from "../access";
import { subjectText } from "../data";
import { table } from "../table";

type Row = Data["workloads"][number];

export function draw(app: App, params: Params, into: HTMLElement): void {
  const { data } = app;
  const namespace = params.get("namespace") ?? "";
  const rows = data.workloads.filter((row) => !namespace || row[0] === namespace);
  into.append(h("h1", {}, "Which policy wins"),
    h("p", { class: "quiet" }, data.policies.length ? "What would happen to the pods of each workload, were they created now." : "No PodSecurityPolicy was read: this is what Pod Security says of each workload.",
      namespace ? [" Only namespace ", where(namespace), ". ", link(href("workloads"), "Show all")] : undefined),
    data.workloadCount > data.workloads.length ? h("p", { class: "note" }, `${count(data.workloadCount - data.workloads.length)} of ${count(data.workloadCount)} are not in this page.`) : "",
    workloadTable(app, rows, 200));
}

export function workloadTable(app: App, rows: Row[], first: number): HTMLElement {
  const policies = app.data.policies.length > 0;
  return table<Row>([
    { title: "Namespace", cell: (row) => where(row[0]) },
    { title: "Workload", cell: (row) => link(toWorkload(row[0], row[1], row[2]), h("span", { class: "kind" }, row[1]), " ", name(row[2])) },
    ...(policies ? [
      { title: "Verdict", cell: (row: Row): Child => h("span", { class: `badge ${row[8] === "refused" || row[8] === "unbound" ? "critical" : row[8] === "drift" ? "medium" : "ok"}` }, row[8]) },
      { title: "Policy", cell: (row: Row): Child => [...new Set(row[5].map((part) => part[0]))].map((each) => (each ? link(toPolicy(each), name(each)) : h("span", { class: "quiet" }, "none"))) },
    ] : []),
    { title: "Pod Security", cell: (row) => level(app, row) },
    { title: "Account", cell: (row) => (row[3] ? link(href("subject", { subject: subjectText("ServiceAccount", row[0], row[3]) }), name(row[3])) : "") },
  ], rows, { first, empty: "No workload was read." });
}

/** The strictest level that the pods meet, and whether their namespace refuses them. */
function level(app: App, row: Row): Child {
  const found = app.data.podSecurity[row[7]];
  if (!found) return h("span", { class: "quiet" }, "not read");
  const words = found[1].length === 0 ? "restricted" : found[0].length === 0 ? "baseline" : "privileged";
  return [h("span", { class: `badge ${words === "restricted" ? "ok" : words === "baseline" ? "low" : "high"}` }, words), found[2].length ? [" ", h("span", { class: "flag bad" }, "refused here")] : undefined];
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
  row[5].forEach((part, place) => into.append(policies(app, part, row[5].length > 1 ? place + 1 : 0)));
  into.append(security(app, row));
}

function policies(app: App, part: PartRow, number: number): HTMLElement {
  const [policy, message, pods, recorded, considered, asked, invalidBy, notJudged] = part;
  return h("section", {}, h("h2", {}, number ? `Policies, pods of sort ${number}` : "Policies, in the order in which they are tried"),
    h("p", { class: `verdict ${message ? "no" : "yes"}` }, h("strong", {}, message ? "Refused" : "Admitted"), h("span", {}, message ? name(message) : policy ? ["by ", link(toPolicy(policy), name(policy))] : notJudged)),
    recorded.length ? h("p", { class: "quiet" }, pods === 1 ? "Recorded on its pod: " : `Recorded on its ${count(pods)} pods: `, recorded.map(([each, times], place): Child => [place ? ", " : "", each ? link(toPolicy(each), name(each)) : "no policy", times < pods ? ` (${times})` : ""])) : undefined,
    invalidBy ? h("p", { class: "note" }, "The API server refuses what ", name(invalidBy), " makes of the pod.") : undefined,
    asked.length ? h("p", { class: "quiet" }, "Asked, in this order: ", asked.map((each, place): Child => [place ? ", then " : "", name(each)])) : undefined,
    h("ol", { class: "policies" }, considered.map((each) => card(app, app.data.considered[each], policy))));
}

function card(app: App, row: ConsideredRow | undefined, winner: string): Child {
  if (!row) return undefined;
  const [policy, usableBy, grants, verdict, diff, errors, problem] = row;
  const usable = usableBy.length > 0;
  const words = { unchanged: "admits it unchanged", changed: "admits it, changed", refused: "refuses it" }[verdict] ?? verdict;
  return h("li", { class: `card${policy === winner ? " winner" : ""}${usable ? "" : " unusable"}` },
    h("h3", {}, link(toPolicy(policy), name(policy)), policy === winner ? h("span", { class: "badge ok" }, "wins") : undefined, h("span", { class: `flag ${verdict === "refused" ? "bad" : ""}` }, words), usable ? undefined : h("span", { class: "flag" }, "may not be used here")),
    problem ? h("p", { class: "note" }, name(problem)) : undefined,
    usable ? h("div", { class: "quiet" }, "Usable by ", usableBy.map((each, place): Child => [place ? " and " : "", name(each)]), grants.map(([binding, rule]) => {
      const found = app.model.bindings[binding];
      return found ? h("div", { class: "grant" }, where(found.namespace), " ", bindingLink(found), " \u2192 ", roleLink(found.role), ` rule ${rule + 1}`) : undefined;
    })) : undefined,
    diff.length ? h("table", { class: "diff" }, h("caption", {}, "What it fills in"), h("tbody", {}, diff.map(([path, before, after]) => h("tr", {}, h("th", { scope: "row" }, name(path)), h("td", {}, h("del", {}, name(before || "absent"))), h("td", {}, h("ins", {}, name(after || "absent"))))))) : undefined,
    errors.length ? h("ul", { class: "errors" }, errors.map((each) => h("li", {}, name(each)))) : undefined);
}

function security(app: App, row: Row): HTMLElement {
  const found = app.data.podSecurity[row[7]];
  const labels = app.data.levels.find(([namespace]) => namespace === row[0]);
  const enforced = labels?.[1][0] ?? "";
  const made = h("section", {}, h("h2", {}, "Pod Security"), h("p", {}, labels ? ["Namespace ", link(toNamespace(row[0]), name(row[0])), labels[2] ? " is exempt." : ` enforces ${enforced}, audits ${labels[1][1]} and warns of ${labels[1][2]}.`] : "The namespace was not read, so its labels are not known."));
  if (!found) {
    made.append(h("p", { class: "note" }, "Its pods cannot be judged from what was read."));
    return made;
  }
  const levels: [string, Failure[]][] = [["baseline", found[0]], ["restricted", found[1]], ...(found[2].length ? [[`enforced here: ${enforced}`, found[2]] as [string, Failure[]]] : [])];
  made.append(h("div", { class: "columns" }, levels.map(([title, failures]) => h("div", { class: "card" }, h("h3", {}, title, h("span", { class: `badge ${failures.length ? "high" : "ok"}` }, failures.length ? "violated" : "met")),
    failures.length ? h("ul", { class: "errors" }, failures.map(([, reason, detail]) => h("li", {}, h("strong", {}, name(reason)), detail ? [": ", name(detail)] : undefined))) : undefined))));
  return made;
}
