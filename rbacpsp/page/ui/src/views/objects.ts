// The pages of a role, a binding and a namespace, and the list of all subjects.
import { split } from "../access";
import type { App, Params } from "../app";
import type { Binding } from "../data";
import { type Child, count, h, link, name } from "../dom";
import { href } from "../fragment";
import { bindingLink, flags, roleLink, ruleWords, subjectLink, toWorkload, where } from "../names";
import { table } from "../table";
import { findingTable } from "./findings";
import { workloadTable } from "./workloads";

function head(over: Child, title: string, bits: number, into: HTMLElement): void {
  into.append(h("p", { class: "over" }, over), h("h1", {}, name(title), " ", flags(bits)));
}

export function drawRole(app: App, params: Params, into: HTMLElement): void {
  const role = app.model.findRole(params.get("kind") ?? "ClusterRole", params.get("namespace") ?? "", params.get("name") ?? "");
  head([params.get("kind") ?? "ClusterRole", params.get("namespace") ? [" in ", where(params.get("namespace") ?? "")] : undefined], params.get("name") ?? "", role?.flags ?? 0, into);
  if (!role) {
    into.append(h("p", { class: "note" }, "No such role was read, and no binding refers to it."));
    return;
  }
  if (role.error) into.append(h("p", { class: "note" }, "This role does not exist: ", name(role.error), ". Bindings to it grant nothing."));
  const bindings = app.model.bindingsOf(role);
  into.append(h("p", {}, link(href("graph", { node: `r:${role.id}` }), "Picture")),
    h("section", {}, h("h2", {}, "Rules"), table(
      [{ title: "#", class: "number", cell: (row) => row.index + 1 }, { title: "Allows", cell: (row) => ruleWords(app.model.rule(row.rule)) }],
      role.rules.map((rule, index) => ({ rule, index })), { first: 200, empty: "It allows nothing." })),
    h("section", {}, h("h2", {}, "Bindings that grant it"), bindingTable(app, bindings)));
}

function bindingTable(app: App, bindings: Binding[]): HTMLElement {
  return table<Binding>([
    { title: "Where", cell: (row) => where(row.namespace) },
    { title: "Binding", cell: (row) => [bindingLink(row), " ", flags(row.flags)] },
    { title: "Subjects", cell: (row) => some(app, row) },
  ], bindings, { first: 100, empty: "No binding refers to it." });
}

const SHOWN = 6;

function some(app: App, binding: Binding): Child {
  const shown = binding.subjects.slice(0, SHOWN).map((id) => h("div", {}, subjectLink(app.model.subject(id).text)));
  return binding.subjects.length > SHOWN ? [shown, h("span", { class: "quiet" }, `and ${count(binding.subjects.length - SHOWN)} more`)] : shown;
}

export function drawBinding(app: App, params: Params, into: HTMLElement): void {
  const kind = params.get("kind") ?? (params.get("namespace") ? "RoleBinding" : "ClusterRoleBinding");
  const binding = app.model.findBinding(kind, params.get("namespace") ?? "", params.get("name") ?? "");
  head([kind, params.get("namespace") ? [" in ", where(params.get("namespace") ?? "")] : undefined], params.get("name") ?? "", binding?.flags ?? 0, into);
  if (!binding) {
    into.append(h("p", { class: "note" }, "No such binding was read."));
    return;
  }
  const { role } = binding;
  const position = app.data.positions[`${kind} ${binding.namespace ? `${binding.namespace}/` : ""}${binding.name}`];
  into.append(
    h("p", {}, "Grants ", roleLink(role), " ", flags(role.flags), binding.namespace ? [" within ", where(binding.namespace), " only"] : " everywhere", ". ", link(href("graph", { node: `b:${binding.id}` }), "Picture")),
    position ? h("p", { class: "quiet" }, "Read from ", name(position)) : "",
    h("section", {}, h("h2", {}, "Subjects"), table<number>([{ title: "Subject", cell: (id) => subjectLink(app.model.subject(id).text) }], binding.subjects, { first: 200, empty: "It names nobody." })),
    h("section", {}, h("h2", {}, "What it grants"), table<number>([{ title: "Allows", cell: (rule) => ruleWords(app.model.rule(rule)) }], role.rules, { first: 200, empty: role.error ? "Nothing: the role does not exist." : "Nothing." })));
}

export function drawNamespace(app: App, params: Params, into: HTMLElement): void {
  const namespace = params.get("namespace") ?? params.get("name") ?? "";
  head("Namespace", namespace, 0, into);
  const labels = app.data.levels.find(([each]) => each === namespace);
  const workloads = app.data.workloads.filter((row) => row[0] === namespace);
  const findings = app.data.findings.filter((row) => app.text(row[3]) === namespace);
  const accounts = app.subjects.filter((each) => each.startsWith(`ServiceAccount/${namespace}:`));
  if (!app.data.namespaces.includes(namespace)) into.append(h("p", { class: "note" }, "No object that was read is in this namespace. ClusterRoleBindings apply here, too."));
  into.append(
    h("p", {}, labels ? (labels[2] ? "It is exempt from Pod Security." : `Pod Security: enforces ${labels[1][0]}, audits ${labels[1][1]}, warns of ${labels[1][2]}.`) : "The namespace itself was not read, so its Pod Security labels are not known."),
    h("ul", { class: "chips" }, [["read secrets here", { verb: "get", resource: "secrets" }], ["create pods here", { verb: "create", resource: "pods" }], ["run commands in pods here", { verb: "create", resource: "pods", subresource: "exec" }], ["change roles here", { verb: "update", group: "rbac.authorization.k8s.io", resource: "roles" }]].map(([words, request]) => h("li", {}, link(href("who-can", { ...(request as Record<string, string>), namespace }), `Who can ${words as string}?`)))),
    h("section", {}, h("h2", {}, "Bindings here"), table<Binding>([
      { title: "Binding", cell: (row) => [bindingLink(row), " ", flags(row.flags)] },
      { title: "Role", cell: (row) => roleLink(row.role) },
      { title: "Subjects", cell: (row) => some(app, row) },
    ], app.model.local.get(namespace) ?? [], { first: 100, empty: "None: only ClusterRoleBindings apply here." })),
    h("section", {}, h("h2", {}, "Service accounts"), table<string>([
      { title: "Account", cell: (text) => subjectLink(text) },
      { title: "Pods of", cell: (text) => workloads.filter((row) => row[3] === split(text)[1].split(":")[1]).slice(0, 4).map((row, index): Child => [index ? ", " : "", link(toWorkload(row[0], row[1], row[2]), name(row[2]))]) },
    ], accounts, { first: 50, empty: "None that was read." })),
    h("section", {}, h("h2", {}, "Workloads"), workloadTable(app, workloads, 50)),
    h("section", {}, h("h2", {}, "Findings limited to it"), findings.length ? findingTable(app, findings, true) : h("p", { class: "empty" }, "None.")));
}

/** All subjects, with a filter that applies at each keystroke. */
export function drawSubjects(app: App, params: Params, into: HTMLElement): void {
  const wanted = (params.get("text") ?? "").toLowerCase();
  const kind = params.get("kind") ?? "";
  const rows = app.subjects.filter((each) => (!kind || each.startsWith(`${kind}/`)) && each.toLowerCase().includes(wanted));
  into.dataset.count = String(rows.length);
  const input = h("input", { name: "text", placeholder: "a part of the name", autocomplete: "off", "aria-label": "A part of the name", change: () => go() });
  input.value = params.get("text") ?? "";
  const go = (): void => { location.hash = href("subjects", { text: input.value.trim(), kind }); };
  into.append(h("h1", {}, "Subjects"), h("form", { class: "ask", submit: (event) => { event.preventDefault(); go(); } },
    h("ul", { class: "chips" }, [["", "all"], ["User", "users"], ["Group", "groups"], ["ServiceAccount", "accounts"]].map(([each, words]) => h("li", {}, h("a", { href: href("subjects", { kind: each, text: params.get("text") }), "aria-current": each === kind ? "true" : undefined }, words ?? "")))), input),
  h("p", { class: "answer", role: "status" }, h("strong", {}, count(rows.length, "subject")), "."),
  table<string>([
    { title: "Subject", cell: (text) => subjectLink(text) },
    { title: "Findings", cell: (text) => badges(app, text) },
  ], rows, { first: 200 }));
}

function badges(app: App, text: string): Child {
  const counts = app.data.severities.map(() => 0);
  for (const row of app.findingsOf(text)) counts[row[1]] = (counts[row[1]] ?? 0) + 1;
  return counts.map((number, index) => (number ? h("span", { class: `badge ${app.data.severities[index]}` }, `${number} ${app.data.severities[index]}`) : undefined));
}
