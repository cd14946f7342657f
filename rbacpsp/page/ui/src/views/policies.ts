// Who may use which policy or security context constraints, and the page of each.
import type { Access } from "../access";
import type { App, Params } from "../app";
import { type Control, CONSTRAINTS, countsAsAccount, holdersOf, placesOf, POLICIES, toControl, usersOf, winsOf } from "../controls";
import { type Child, count, h, link, name } from "../dom";
import type { Holder } from "../expand";
import { href } from "../fragment";
import { bindingLink, roleLink, ruleWords, subjectLink, toWorkload, where } from "../names";
import { table } from "../table";

const WIDE = 16;

export function drawPolicies(app: App, params: Params, into: HTMLElement): void {
  into.append(h("h1", {}, "Policies and subjects"));
  if (app.data.policies.length) draw(app, POLICIES, params, into, "Who may use which policy.");
  else into.append(h("p", {}, "No PodSecurityPolicy was read. Since Kubernetes 1.25 there are none; Pod Security holds pods instead: ", link(href("workloads"), "what it says of the workloads"), "."));
}

export function drawConstraints(app: App, params: Params, into: HTMLElement): void {
  into.append(h("h1", {}, "Security context constraints"));
  if (app.data.constraints.length) draw(app, CONSTRAINTS, params, into, "In the order in which the server tries them, with those who may use them: by their own lists, and by RBAC.");
  else into.append(h("p", {}, "No SecurityContextConstraints were read: they are OpenShift's."));
}

interface Line { name: string; users: Access[]; wins: number; index: number; priority: number | null }

function draw(app: App, control: Control, params: Params, into: HTMLElement, words: string): void {
  into.append(h("p", { class: "quiet" }, `${words} The group system:masters may use every one.`));
  const unused = new Set(control.summary(app).unused ?? []);
  const unusable = new Set(control.summary(app).unusable ?? []);
  const rows = control.entries(app).map(([each], index): Line => ({ name: each, users: usersOf(app, control, each), wins: winsOf(app, control, each).length, index: index + 1, priority: app.data.constraints[index]?.[2] ?? null }));
  into.append(table<Line>([
    ...(control === CONSTRAINTS ? [{ title: "#", class: "number", cell: (row: Line): Child => row.index }] : []),
    { title: control.one, cell: (row) => [link(toControl(control, row.name), name(row.name)), " ", unusable.has(row.name) ? h("span", { class: "flag bad" }, "nobody may use it") : undefined, unused.has(row.name) ? h("span", { class: "flag" }, "unused") : undefined] },
    ...(control === CONSTRAINTS ? [{ title: "Priority", class: "number", cell: (row: Line): Child => row.priority ?? "" }] : []),
    { title: "Subjects", class: "number", cell: (row) => count(row.users.length) },
    { title: "Wins for", class: "number", cell: (row) => (row.wins ? count(row.wins, "workload") : "") },
    { title: "Subjects that may use it", cell: (row) => row.users.slice(0, 4).map(({ subject }, index): Child => [index ? ", " : "", subjectLink(subject.text)]) },
  ], rows, { row: (row) => ({ [`data-${control.page}`]: row.name }) }));
  into.append(matrix(app, control, rows.slice(0, WIDE).map((row) => row.name), params.get("as") === "written"));
  if (rows.length > WIDE) into.append(h("p", { class: "quiet" }, `The table of subjects shows the first ${WIDE}; each has a page of its own.`));
}

/** A table of subjects by policies; it shows the accounts in groups, too, unless the reader hides them. */
function matrix(app: App, control: Control, names: string[], written: boolean): HTMLElement {
  const lines = new Map<string, { holder: Holder; cells: Map<string, string[]> }>();
  for (const each of names) {
    for (const holder of holdersOf(app, control, each)) {
      if (written && !holder.written) continue;
      const line = lines.get(holder.text) ?? { holder, cells: new Map<string, string[]>() };
      line.cells.set(each, placesOf(holder));
      lines.set(holder.text, line);
    }
  }
  const usable = names.filter((each) => holdersOf(app, control, each).length);
  const rows = [...lines.values()].sort((one, other) => (one.holder.text < other.holder.text ? -1 : 1));
  const hidden = written ? undefined : rows.filter((row) => !row.holder.written).length;
  const writers = control === CONSTRAINTS ? "bindings and lists write" : "bindings write";
  return h("section", {}, h("h2", {}, "Subject by subject"),
    h("p", { class: "quiet" }, written
      ? [`Subjects as ${writers} them: a group stands for all its members. `, link(href(control.list), "Show the accounts in the groups too")]
      : [hidden ? `${count(hidden, "service account")} may use one only as a member of a group or by another name. ` : "", link(href(control.list, { as: "written" }), `Show only what ${writers}`)]),
    h("div", { class: "matrix" }, table([
      { title: "Subject", cell: (row) => [subjectLink(row.holder.text), creates(row.holder)] },
      ...usable.map((each) => ({ title: each, named: true, class: "cell", cell: (row: (typeof rows)[number]) => cell(row.cells.get(each)) })),
    ], rows, { first: 200, empty: "Nobody may use any.", row: (row) => ({ "data-holder": row.holder.text }) })),
    usable.length < names.length ? h("p", { class: "quiet" }, "Only system:masters may use ", names.filter((each) => !usable.includes(each)).map((each, index): Child => [index ? ", " : "", link(toControl(control, each), name(each))]), ".") : undefined);
}

/** The kinds of workloads whose pods a controller creates: its own permission to use a policy counts for those pods. */
function creates(holder: Holder): Child {
  return holder.controls.length ? h("div", { class: "quiet" }, `creates the pods of each ${holder.controls.join(", ")}`) : undefined;
}

function cell(places: string[] | undefined): Child {
  if (!places) return h("span", { class: "no", "aria-label": "no" }, "\u00b7");
  if (places.includes("")) return h("span", { class: "yes" }, "everywhere");
  return places.length > 2 ? h("span", { class: "yes some" }, count(places.length, "namespace")) : places.map((each, index): Child => [index ? ", " : "", where(each)]);
}

export function drawPolicy(app: App, params: Params, into: HTMLElement): void {
  drawOne(app, POLICIES, params.get("name") ?? "", into);
}

export function drawConstraint(app: App, params: Params, into: HTMLElement): void {
  drawOne(app, CONSTRAINTS, params.get("name") ?? "", into);
}

/** The page of one: who may use it and by which grants, what it requires, and which workloads it admits. */
function drawOne(app: App, control: Control, chosen: string, into: HTMLElement): void {
  const fields = control.entries(app).find(([each]) => each === chosen)?.[1];
  const users = usersOf(app, control, chosen);
  into.dataset.count = String(users.length);
  into.append(h("p", { class: "over" }, control.kind), h("h1", {}, name(chosen)));
  if (!fields) into.append(h("p", { class: "note" }, control === POLICIES ? "This policy was not read. The subjects below may use a policy of this name." : "These constraints were not read. The subjects below may use constraints of this name."));
  if (control === CONSTRAINTS) into.append(...standing(app, chosen));
  into.append(h("section", {}, h("h2", {}, "Who may use it, and through what"),
    h("p", { class: "quiet" }, "And the group system:masters, which needs no grant. A group stands for all who are in it."),
    table<Access>([
      { title: "Subject", cell: (row) => subjectLink(row.subject.text) },
      { title: "Through", cell: (row) => [
        (row.listed ?? []).map((each) => h("div", { class: "grant" }, where(""), " ", h("span", { class: "quiet" }, "its own list, "), name(each))),
        row.grants.map((grant) => h("div", { class: "grant" }, where(grant.binding.namespace), " ", bindingLink(grant.binding), " ", h("span", { class: "quiet" }, "\u2192"), " ", roleLink(grant.binding.role), h("div", { class: "quiet" }, ruleWords(app.model.rule(grant.binding.role.rules[grant.rule] ?? 0)))))] },
    ], users, { first: 200, empty: control === POLICIES ? "Nobody: no binding lets anyone use it." : "Nobody: neither a list nor a binding lets anyone use it.", row: (row) => ({ "data-subject": row.subject.text }) })));
  into.append(accounts(app, control, chosen));
  if (fields) into.append(h("section", {}, h("h2", {}, "What it requires"), h("dl", { class: "fields" }, fields.map(([key, value]) => [h("dt", {}, name(key)), h("dd", {}, name(value || "none"))]))));
  into.append(h("section", {}, h("h2", {}, "Where it wins"), table([
    { title: "Namespace", cell: (row) => where(row[0]) },
    { title: "Workload", cell: (row) => link(toWorkload(row[0], row[1], row[2]), h("span", { class: "kind" }, row[1]), " ", name(row[2])) },
    { title: "Account", cell: (row) => name(row[3]) },
  ], winsOf(app, control, chosen), { first: 100, empty: "For no workload that was read." })));
}

/** The position of constraints in the server's order, and the entries of their lists that match nobody. */
function standing(app: App, chosen: string): HTMLElement[] {
  const all = app.data.constraints;
  const position = all.findIndex(([each]) => each === chosen);
  const row = all[position];
  if (!row) return [];
  const [, , priority, points, before, , unknown, assumed] = row;
  const next = all[position + 1]?.[0];
  return [
    h("p", {}, `Tried ${position + 1} of ${all.length}: ${priority === null ? "it has no priority" : `its priority is ${priority}`}, and it has ${count(points, "point")}; of equal priority, fewer points come first.`,
      next ? [" It comes before ", link(toControl(CONSTRAINTS, next), name(next)), ` because it ${before.startsWith("ordered") ? `is ${before}` : before}.`] : "",
      assumed ? " No source holds it: it is assumed as OpenShift creates it." : ""),
    ...unknown.map((each) => h("p", { class: "note" }, "It lists ", name(each), ", and there is no such service account.")),
  ];
}

/** The service accounts in the groups. */
function accounts(app: App, control: Control, chosen: string): HTMLElement | string {
  const rows = holdersOf(app, control, chosen).filter((each) => !each.written);
  if (!rows.length) return "";
  const groups = (row: Holder): string[] => [...new Set([...row.listed.map((each) => each.replace(/^groups: /, "Group/").replace(/^users: /, "User/")), ...row.grants.map((grant) => grant.subject.text)])];
  return h("section", {}, h("h2", {}, "Service accounts that may use it"),
    h("p", { class: "quiet" }, "Bindings and lists name a group of these accounts, or name them in another form."),
    table<Holder>([
      { title: "Account", cell: (row) => [subjectLink(row.text), creates(row)] },
      { title: "Where", cell: (row) => cell(placesOf(row)) },
      { title: "As", cell: (row) => groups(row).map((text, index): Child => [index ? ", " : "", subjectLink(text)]) },
      ...(control === CONSTRAINTS ? [{ title: "For", cell: (row: Holder): Child => (countsAsAccount(row) ? "pods that run as it or that it creates" : "pods that it creates") }] : []),
    ], rows, { first: 100, row: (row) => ({ "data-account": row.text }) }));
}
