// The findings, grouped by the change that removes them or one by one, with filters and evidence.
import type { App, Params } from "../app";
import type { FindingRow } from "../data";
import { type Child, count, h, link, name } from "../dom";
import { href } from "../fragment";
import { grantWords, subjectLink, where } from "../names";
import { table } from "../table";
import { sentence } from "./overview";
import { folded } from "./whocan";

export function draw(app: App, params: Params, into: HTMLElement): void {
  const { data } = app;
  const filtered = data.findings.filter(filter(app, params));
  const total = data.counts.reduce((sum, each) => sum + each, 0);
  into.dataset.count = String(filtered.length);
  into.append(h("h1", {}, "Findings"), filters(app, params),
    h("p", { class: "answer", role: "status" }, h("strong", {}, count(filtered.length)), filtered.length === total ? " findings." : ` of ${count(total, "finding")}.`,
      data.findings.length < total ? h("span", { class: "quiet" }, ` The ${count(total - data.findings.length)} least severe are counted and not listed in this page.`) : undefined,
      data.ruledOut ? h("span", { class: "quiet" }, ` ${count(data.ruledOut)} more were ruled out: Kubernetes' own, excepted or known.`) : undefined));
  if (params.get("by") === "finding") into.append(findingTable(app, filtered, true));
  else into.append(...changes(app, filtered));
}

function filter(app: App, params: Params): (row: FindingRow) => boolean {
  const severity = params.get("severity") ? app.data.severities.indexOf(params.get("severity") ?? "") : -1;
  const rule = params.get("rule") ?? "";
  const change = params.get("change");
  const subject = (params.get("text") ?? "").toLowerCase();
  const namespace = params.get("namespace") ?? "";
  return (row) =>
    (severity < 0 || row[1] === severity) && (!rule || app.data.auditRules[row[0]]?.[0] === rule) &&
    (!namespace || app.text(row[3]) === namespace) && (!change || row[10].map((each) => app.text(each)).join("\n") === change) &&
    (!subject || [row[4], row[5], row[6], row[7]].some((each) => app.text(each).toLowerCase().includes(subject)));
}

function filters(app: App, params: Params): HTMLElement {
  const current = Object.fromEntries(params);
  const go = (change: Record<string, string>): void => { location.hash = href("findings", { ...current, ...change }); };
  const select = (key: string, title: string, none: string, options: [string, string][]): HTMLElement => {
    const list = h("select", { name: key, change: () => go({ [key]: list.value }) }, h("option", { value: "" }, none), options.map(([value, words]) => h("option", { value }, words)));
    list.value = current[key] ?? "";
    return h("label", { class: "field" }, h("span", {}, title), list);
  };
  const text = h("input", { name: "text", placeholder: "a name", autocomplete: "off", change: () => go({ text: text.value.trim() }) });
  text.value = current["text"] ?? "";
  const usedRules = new Set(app.data.findings.map((row) => row[0]));
  const rules = app.data.auditRules.flatMap(([id, title], index): [string, string][] => (usedRules.has(index) ? [[id, `${id} ${title}`]] : []));
  return h("form", { class: "ask", submit: (event) => { event.preventDefault(); go({ text: text.value.trim() }); } },
    select("severity", "Severity", "any", app.data.severities.map((each) => [each, each])), select("rule", "Rule", "any", rules.sort()),
    h("label", { class: "field" }, h("span", {}, "Mentions"), text), select("by", "Listed", "by change", [["finding", "one by one"]]),
    params.get("change") || params.get("namespace") ? link(href("findings", { ...current, change: "", namespace: "" }), "Show all") : undefined);
}

const AT_ONCE = 60;

/** The findings grouped by the change that removes them; the change that removes the most severe comes first. */
function changes(app: App, rows: FindingRow[]): HTMLElement[] {
  const byChange = new Map<string, FindingRow[]>();
  for (const row of rows) {
    const key = row[10].join(" ");
    const group = byChange.get(key);
    if (group) group.push(row);
    else byChange.set(key, [row]);
  }
  const severities = app.data.severities;
  const counted = [...byChange.values()].map((each) => ({ each, counts: severities.map((_, severity) => each.filter((row) => row[1] === severity).length) }));
  counted.sort((one, other) => {
    for (let index = 0; index < severities.length; index += 1) if (one.counts[index] !== other.counts[index]) return (other.counts[index] ?? 0) - (one.counts[index] ?? 0);
    return 0;
  });
  const list = h("div", { class: "changes" });
  let shown = 0;
  const more = h("button", { type: "button", click: () => add() }, "Show more changes");
  const add = (): void => {
    for (const { each, counts } of counted.slice(shown, shown + AT_ONCE)) list.append(change(app, each, counts));
    shown += AT_ONCE;
    more.hidden = shown >= counted.length;
  };
  add();
  return [h("p", { class: "quiet" }, `${count(counted.length, "change")} remove${counted.length === 1 ? "s" : ""} them.`), list, more];
}

function change(app: App, rows: FindingRow[], counts: number[]): HTMLElement {
  const words = (rows[0]?.[10] ?? []).map((each) => app.text(each));
  const rules = [...new Set(rows.map((row) => row[0]))].map((rule) => app.data.auditRules[rule]?.[1] ?? "");
  const title = [
    h("span", { class: "badges" }, counts.map((number, index) => (number ? h("span", { class: `badge ${app.data.severities[index]}` }, `${count(number)} ${app.data.severities[index]}`) : undefined))),
    h("span", { class: "change" }, words.map((word) => h("span", { class: "do" }, sentence(word)))),
    h("span", { class: "quiet" }, rules.slice(0, 3).join(" \u00b7 "), rules.length > 3 ? ` and ${rules.length - 3} more` : ""),
  ];
  return folded(title, () => findingTable(app, rows, true));
}

/** A table of findings, with their evidence. */
export function findingTable(app: App, rows: FindingRow[], withSubject: boolean): HTMLElement {
  return table<FindingRow>([
    { title: "Severity", class: "narrow", cell: (row) => h("span", { class: `badge ${app.data.severities[row[1]]}` }, app.data.severities[row[1]] ?? "") },
    ...(withSubject ? [{ title: "Who", class: "who", cell: (row: FindingRow): Child => (row[2] ? subjectLink(app.text(row[4])) : name(app.text(row[4]))) }] : []),
    { title: "Finding", cell: (row) => finding(app, row) },
    { title: "Where", class: "narrow", cell: (row) => where(app.text(row[3])) },
    { title: "Evidence", cell: (row) => evidence(app, row) },
  ], rows, { first: 50 });
}

function finding(app: App, row: FindingRow): Child {
  const [id, title, why, gain, remedy, references] = app.data.auditRules[row[0]] ?? ["", "", "", "", "", []];
  const brief = app.text(row[8]);
  const permission = app.text(row[6]);
  return [
    h("strong", {}, title, brief ? [": ", name(brief)] : undefined), " ", h("span", { class: "quiet" }, id),
    permission ? h("div", { class: "what" }, name(permission)) : undefined, app.text(row[7]) ? h("div", {}, name(app.text(row[7]))) : undefined,
    folded("Why it matters, and what to do", () => [
      h("p", {}, why), h("p", {}, h("strong", {}, "An attacker gains: "), gain),
      h("p", {}, h("strong", {}, "Smallest change: "), row[10].map((each) => h("span", { class: "do" }, sentence(app.text(each))))),
      h("p", {}, h("strong", {}, "In general: "), remedy),
      h("p", { class: "quiet" }, references.map(([words, url], index): Child => [index ? " \u00b7 " : "", h("a", { href: url, rel: "noreferrer noopener" }, words)])),
    ]),
  ];
}

function evidence(app: App, row: FindingRow): Child {
  if (row[9].length) {
    const shown = row[9].slice(0, 3).map(([binding, rules]) => h("div", { class: "grant" }, grantWords(app.model, binding, rules), position(app, binding)));
    return row[9].length > 3 ? [shown, h("span", { class: "quiet" }, `and ${row[9].length - 3} more bindings`)] : shown;
  }
  return name(app.text(row[5]));
}

function position(app: App, number: number): Child {
  const binding = app.model.bindings[number];
  const position = binding ? app.data.positions[`${binding.kind} ${binding.namespace ? `${binding.namespace}/` : ""}${binding.name}`] : undefined;
  return position ? h("span", { class: "quiet position" }, " ", name(position)) : undefined;
}
