// Policies and subjects: who may use which, and a policy's own page.
import { type Access, type Grant, MASTERS, whoCanAnywhere } from "../access";
import type { App, Params } from "../app";
import { type Child, count, h, link, name } from "../dom";
import { expand, type Holder } from "../expand";
import { href } from "../fragment";
import { bindingLink, roleLink, ruleWords, subjectLink, toPolicy, toWorkload, where } from "../names";
import { table } from "../table";

const GROUPS = ["policy", "extensions"];
const WIDE = 12;
const known = new WeakMap<App, Map<string, Access[]>>();
const knownHolders = new WeakMap<App, Map<string, Holder[]>>();

/** Those who may use a policy in at least one namespace, through either of its API groups; without system:masters. */
export function usersOf(app: App, policy: string): Access[] {
  const all = known.get(app) ?? new Map<string, Access[]>();
  known.set(app, all);
  let found = all.get(policy);
  if (!found) {
    const grants = new Map<number, { access: Access; seen: Set<string> }>();
    for (const group of GROUPS) {
      const request = { verb: "use", group, resource: "podsecuritypolicies", subresource: "", name: policy, namespace: "", path: "" };
      for (const { subject, grants: mine } of whoCanAnywhere(app.model, request).found) {
        if (subject.kind === "Group" && subject.name === MASTERS) continue;
        const there = grants.get(subject.id) ?? { access: { subject, grants: [] as Grant[] }, seen: new Set<string>() };
        for (const grant of mine) {
          const key = `${grant.binding.id} ${grant.rule}`;
          if (!there.seen.has(key)) there.access.grants.push(grant);
          there.seen.add(key);
        }
        grants.set(subject.id, there);
      }
    }
    found = [...grants.values()].map((each) => each.access).sort((one, other) => one.subject.id - other.subject.id);
    all.set(policy, found);
  }
  return found;
}

/** Those who may use a policy, with the accounts behind the groups that bindings write. */
export function holdersOf(app: App, policy: string): Holder[] {
  const all = knownHolders.get(app) ?? new Map<string, Holder[]>();
  knownHolders.set(app, all);
  const found = all.get(policy) ?? expand(app, usersOf(app, policy));
  all.set(policy, found);
  return found;
}

export function draw(app: App, params: Params, into: HTMLElement): void {
  const { policies, policySummary } = app.data;
  into.append(h("h1", {}, "Policies and subjects"));
  if (!policies.length) {
    into.append(h("p", {}, "No PodSecurityPolicy was read. Since Kubernetes 1.25 there are none; Pod Security holds pods instead: ", link(href("workloads"), "what it says of the workloads"), "."));
    return;
  }
  into.append(h("p", { class: "quiet" }, "Who may use which policy. The group system:masters may use every one."));
  const unused = new Set(policySummary.unused ?? []);
  const unusable = new Set(policySummary.unusable ?? []);
  const rows = policies.map(([policy]) => ({ policy, users: usersOf(app, policy), wins: winsOf(app, policy).length }));
  into.append(table([
    { title: "Policy", cell: (row) => [link(toPolicy(row.policy), name(row.policy)), " ", unusable.has(row.policy) ? h("span", { class: "flag bad" }, "nobody may use it") : undefined, unused.has(row.policy) ? h("span", { class: "flag" }, "unused") : undefined] },
    { title: "Subjects", class: "number", cell: (row) => count(row.users.length) },
    { title: "Wins for", class: "number", cell: (row) => (row.wins ? count(row.wins, "workload") : "") },
    { title: "First of those who may use it", cell: (row) => row.users.slice(0, 4).map(({ subject }, place): Child => [place ? ", " : "", subjectLink(subject.text)]) },
  ], rows, { row: (row) => ({ "data-policy": row.policy }) }));
  into.append(matrix(app, rows.slice(0, WIDE).map((row) => row.policy), params.get("as") === "written"));
  if (rows.length > WIDE) into.append(h("p", { class: "quiet" }, `The table of subjects shows the first ${WIDE} policies; each has a page of its own.`));
}

interface Line { holder: Holder; cells: Map<string, string[]> }

/** Subjects by policies; unless only what bindings write is asked for, with the accounts that are in the groups. */
function matrix(app: App, policies: string[], written: boolean): HTMLElement {
  const lines = new Map<string, Line>();
  for (const policy of policies) {
    for (const holder of holdersOf(app, policy)) {
      if (written && !holder.written) continue;
      const line = lines.get(holder.text) ?? { holder, cells: new Map<string, string[]>() };
      line.cells.set(policy, [...new Set(holder.grants.map((grant) => grant.binding.namespace))].sort());
      lines.set(holder.text, line);
    }
  }
  const rows = [...lines.values()].sort((one, other) => (one.holder.text < other.holder.text ? -1 : 1));
  const hidden = written ? undefined : rows.filter((row) => !row.holder.written).length;
  return h("section", {}, h("h2", {}, "Subject by subject"),
    h("p", { class: "quiet" }, written
      ? ["Subjects as bindings write them: a group stands for all who are in it. ", link(href("policies"), "Show the accounts in the groups too")]
      : [hidden ? `${count(hidden, "service account")} may use a policy only as a member of a group or by another name. ` : "", link(href("policies", { as: "written" }), "Show only what bindings write")]),
    h("div", { class: "matrix" }, table([
      { title: "Subject", cell: (row) => [subjectLink(row.holder.text), creates(row.holder)] },
      ...policies.map((policy) => ({ title: policy, class: "cell", cell: (row: Line) => cell(row.cells.get(policy)) })),
    ], rows, { first: 200, empty: "Nobody may use any.", row: (row) => ({ "data-holder": row.holder.text }) })));
}

/** What a controller creates pods of: its own right to use a policy decides for them. */
function creates(holder: Holder): Child {
  return holder.controls.length ? h("div", { class: "quiet" }, `creates the pods of each ${holder.controls.join(", ")}`) : undefined;
}

function cell(places: string[] | undefined): Child {
  if (!places) return h("span", { class: "no", "aria-label": "no" }, "\u00b7");
  if (places.includes("")) return h("span", { class: "yes" }, "everywhere");
  return places.length > 2 ? h("span", { class: "yes some" }, count(places.length, "namespace")) : places.map((each, place): Child => [place ? ", " : "", where(each)]);
}

function winsOf(app: App, policy: string): App["data"]["workloads"] {
  return app.data.workloads.filter((row) => row[5].some((part) => part[0] === policy));
}

/** One policy: who may use it and through what, what it demands, and where it wins. */
export function drawPolicy(app: App, params: Params, into: HTMLElement): void {
  const policy = params.get("name") ?? "";
  const fields = app.data.policies.find(([each]) => each === policy)?.[1];
  const users = usersOf(app, policy);
  into.dataset.count = String(users.length);
  into.append(h("p", { class: "over" }, "PodSecurityPolicy"), h("h1", {}, name(policy)));
  if (!fields) into.append(h("p", { class: "note" }, "This policy was not read; these are those who could use one of this name."));
  into.append(h("section", {}, h("h2", {}, "Who may use it, and through what"),
    h("p", { class: "quiet" }, "And the group system:masters, which needs no grant. A group stands for all who are in it."),
    table([
      { title: "Subject", cell: (row) => subjectLink(row.subject.text) },
      { title: "Through", cell: (row) => row.grants.map((grant) => h("div", { class: "grant" }, where(grant.binding.namespace), " ", bindingLink(grant.binding), " ", h("span", { class: "quiet" }, "\u2192"), " ", roleLink(grant.binding.role), h("div", { class: "quiet" }, ruleWords(app.model.rule(grant.binding.role.rules[grant.rule] ?? 0))))) },
    ], users, { first: 200, empty: "Nobody: no binding lets anyone use it.", row: (row) => ({ "data-subject": row.subject.text }) })));
  const accounts = holdersOf(app, policy).filter((each) => !each.written);
  if (accounts.length) into.append(h("section", {}, h("h2", {}, "Service accounts that may use it"),
    h("p", { class: "quiet" }, "As members of a group, or named in another way than by their namespace and name."),
    table([
      { title: "Account", cell: (row) => [subjectLink(row.text), creates(row)] },
      { title: "Where", cell: (row) => cell([...new Set(row.grants.map((grant) => grant.binding.namespace))].sort()) },
      { title: "As", cell: (row) => [...new Set(row.grants.map((grant) => grant.subject.text))].map((text, place): Child => [place ? ", " : "", subjectLink(text)]) },
    ], accounts, { first: 100, row: (row) => ({ "data-account": row.text }) })));
  if (fields) into.append(h("section", {}, h("h2", {}, "What it demands"), h("dl", { class: "fields" }, fields.map(([key, value]) => [h("dt", {}, name(key)), h("dd", {}, name(value || "none"))]))));
  const wins = winsOf(app, policy);
  into.append(h("section", {}, h("h2", {}, "Where it wins"), table([
    { title: "Namespace", cell: (row) => where(row[0]) },
    { title: "Workload", cell: (row) => link(toWorkload(row[0], row[1], row[2]), h("span", { class: "kind" }, row[1]), " ", name(row[2])) },
    { title: "Account", cell: (row) => name(row[3]) },
  ], wins, { first: 100, empty: "For no workload that was read." })));
}
