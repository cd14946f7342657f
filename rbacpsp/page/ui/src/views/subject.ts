// The page of a subject: what it may do and why, its bindings, and the paths from it and to it.
import { accountOf, AUTHENTICATED, MASTERS, split, type User, userOf } from "../access";
import type { App, Params } from "../app";
import { type Control, controlsOf, POLICIES, toControl, usersOf, type Workload } from "../controls";
import { type Binding, type Subject, subjectText } from "../data";
import { type Child, count, h, link, name } from "../dom";
import { href } from "../fragment";
import { type Request, ruleAllows } from "../match";
import { bindingLink, flags, kindWords, roleLink, ruleWords, subjectLink, toWorkload, where } from "../names";
import { aroundSubject } from "../neighbors";
import { picture } from "../picture";
import { table } from "../table";
import { findingTable } from "./findings";
import { pathsLeft, pathTable } from "./paths";
import { folded } from "./whocan";

interface Held { binding: Binding; subject: Subject }

export function draw(app: App, params: Params, into: HTMLElement): void {
  const asked = params.get("subject") ?? "";
  const [kind, rest] = split(asked);
  into.dataset.subject = asked;
  if (!asked) {
    into.append(h("h1", {}, "Subject"), h("p", {}, "Name one: ", link(href("subjects"), "all subjects"), "."));
    return;
  }
  const account = kind === "User" ? accountOf(rest) : undefined;
  const text = account ? subjectText("ServiceAccount", ...account) : asked;
  const user = userOf(text);
  const heldBindings = app.index.bindings(user);
  into.append(
    h("p", { class: "over" }, kindWords(split(text)[0])), h("h1", {}, name(split(text)[1])),
    about(app, text, user, heldBindings),
    rules(app, heldBindings, user), bindings(heldBindings), drawn(app, text), ...controlsOf(app).map((control) => usable(app, control, text, user)), pods(app, text),
    bypass(app, user, heldBindings), paths(app, text), found(app, text),
  );
}

function about(app: App, text: string, user: User, held: Held[]): Child[] & Node {
  const groups = user.name ? user.groups : [];
  const summary = h("div", { class: "summary" },
    groups.length ? h("p", {}, "In ", groups.map((group, index): Child => [index ? ", " : "", link(href("subject", { subject: `Group/${group}` }), name(group))]), h("span", { class: "quiet" }, ", as the server adds. Other groups come from outside the cluster.")) : h("p", { class: "quiet" }, "Who is in this group is decided outside the cluster, or by the server."),
    user.groups.includes(MASTERS) ? h("p", { class: "verdict no" }, h("strong", {}, "Everything"), h("span", {}, "Allowed everything before RBAC is asked, whatever the bindings say.")) : undefined,
    !held.length && !app.subjects.includes(text) ? h("p", { class: "note" }, "Nothing that was read names this subject.") : undefined,
    h("p", {}, link(href("why", { subject: text, verb: "get", resource: "secrets" }), "Ask why it may or may not do something"), " \u00b7 ", link(href("graph", { node: `s:${text}` }), "Picture")));
  return summary as unknown as Child[] & Node;
}

function section(title: string, ...children: Child[]): HTMLElement {
  return h("section", {}, h("h2", {}, title), ...children);
}

function rules(app: App, held: Held[], user: User): HTMLElement {
  const rows = held.flatMap(({ binding, subject }) => binding.role.rules.map((rule, index) => ({ binding, subject, rule, index })));
  rows.sort((one, other) => (one.binding.namespace < other.binding.namespace ? -1 : one.binding.namespace > other.binding.namespace ? 1 : 0));
  const places = new Set(rows.map((row) => row.binding.namespace));
  const everywhere = places.delete("");
  return section("What it may do",
    rows.length ? h("p", { class: "quiet" }, `${count(rows.length, "rule")}`, everywhere ? ", some everywhere" : "", places.size ? `${everywhere ? " and" : ","} some in ${count(places.size, "namespace")} only` : "", ". A rule that holds in one namespace does not allow requests for resources outside namespaces.") : undefined,
    table([
      { title: "Where", cell: (row) => where(row.binding.namespace) },
      { title: "May", cell: (row) => ruleWords(app.model.rule(row.rule)) },
      { title: "Because of", cell: (row) => [roleLink(row.binding.role), " ", h("span", { class: "quiet" }, `rule ${row.index + 1}, through `), bindingLink(row.binding), through(user, row.subject)] },
    ], rows, { first: 100, empty: "No rule." }));
}

/** The group through which a binding names the user; nothing where it names the user itself. */
function through(user: User, subject: Subject): Child {
  return user.name && subject.kind === "Group" ? [h("span", { class: "quiet" }, " as one of "), name(subject.name)] : undefined;
}

function bindings(held: Held[]): HTMLElement {
  return section("Bindings", table([
    { title: "Where", cell: (row) => where(row.binding.namespace) },
    { title: "Binding", cell: (row) => [bindingLink(row.binding), " ", flags(row.binding.flags)] },
    { title: "Role", cell: (row) => [roleLink(row.binding.role), " ", flags(row.binding.role.flags & ~1)] },
    { title: "Names", cell: (row) => subjectLink(row.subject.text) },
  ], held, { first: 50, empty: "No binding names it or its groups." }));
}

function drawn(app: App, text: string): HTMLElement {
  const neighbors = aroundSubject(app, text);
  if (neighbors.nodes.length < 2) return h("div");
  return h("section", {}, h("h2", {}, "Bindings, roles and permissions"), picture(neighbors.nodes, neighbors.edges, `${text}: bindings, roles and permissions`),
    neighbors.left ? h("p", { class: "quiet" }, `${count(neighbors.left)} more are not drawn: `, link(href("graph", { node: `s:${text}` }), "open the picture"), ".") : undefined);
}

/** The policies or constraints that a subject may use. */
function usable(app: App, control: Control, text: string, user: User): HTMLElement {
  const title = control === POLICIES ? "Policies that it may use" : "Security context constraints that it may use";
  if (user.groups.includes(MASTERS)) return section(title, h("p", {}, "All of them."));
  const rows = control.entries(app).flatMap(([each]) => {
    const accesses = usersOf(app, control, each).filter(({ subject }) => matches(subject.text, text, user));
    return accesses.length ? [{ each, accesses }] : [];
  });
  const as = (subject: Subject): Child => (subject.text === text ? undefined : [h("span", { class: "quiet" }, " as one of "), subjectLink(subject.text)]);
  const requesterOnly = split(text)[0] === "ServiceAccount" && rows.some(({ accesses }) => accesses.every(({ subject }) => subject.text === `Group/${AUTHENTICATED}`));
  return section(title, requesterOnly ? h("p", { class: "quiet" }, "What only ", name(AUTHENTICATED), " may use counts for pods that it creates, not for pods that run as it.") : undefined, table([
    { title: control.one, cell: (row) => link(toControl(control, row.each), name(row.each)) },
    { title: "Where, and through what", cell: (row) => row.accesses.map(({ subject, grants, listed = [] }): Child => [
      listed.map((entry) => h("div", { class: "grant" }, where(""), " ", h("span", { class: "quiet" }, "its own list, "), name(entry), as(subject))),
      grants.map((grant) => h("div", { class: "grant" }, where(grant.binding.namespace), " ", bindingLink(grant.binding), " \u2192 ", roleLink(grant.binding.role), as(subject)))]) },
  ], rows, { first: 50, empty: "None.", row: (row) => ({ [`data-${control.page}`]: row.each }) }));
}

function matches(subject: string, text: string, user: User): boolean {
  if (subject === text) return true;
  const [kind, rest] = split(subject);
  if (kind === "Group") return user.name !== "" && user.groups.includes(rest);
  return kind === "User" && rest === user.name;
}

function pods(app: App, text: string): HTMLElement | string {
  const rows = app.data.workloads.filter(([namespace, , , account]) => account && subjectText("ServiceAccount", namespace, account) === text);
  const makes = app.data.controllers.filter(([, namespace, account]) => subjectText("ServiceAccount", namespace, account) === text);
  if (split(text)[0] !== "ServiceAccount") return "";
  return section("Pods that run as it",
    makes.length ? h("p", {}, `It creates the pods of every ${makes.map(([kind]) => kind).join(", ")}.`) : undefined,
    table<Workload>([
      { title: "Workload", cell: ([namespace, kind, workload]) => link(toWorkload(namespace, kind, workload), h("span", { class: "kind" }, kind), " ", name(workload)) },
      ...controlsOf(app).map((control) => ({ title: `${control.one} that win${control === POLICIES ? "s" : ""}`, cell: (row: Workload): Child => [...new Set(control.parts(row).map((part) => part[0] || "refused"))].map((each, index): Child => [index ? ", " : "", name(each)]) })),
      { title: "Pods", class: "number", cell: (row) => (row[9] ?? row[5]).reduce((sum, part) => sum + part[2], 0) || "" },
    ], rows, { first: 30, empty: "None that was read." }));
}

const WAYS: Record<string, string> = {
  relabel: "changes the labels of a namespace", "new-namespace": "creates a namespace that enforces nothing",
  unguarded: "creates pods where nothing is enforced", "exempt-user": "is exempt", impersonate: "acts as an exempt user",
  "exempt-runtime-class": "uses an exempt runtime class",
};

function bypass(app: App, user: User, held: Held[]): HTMLElement {
  const rows = new Map<string, string[]>();
  const mayRequest = bypasses(app, user, held);
  for (const [way, namespace, , requests, exempt] of app.data.bypasses) {
    if (way === "exempt-user" ? exempt === user.name : mayRequest(requests, namespace)) rows.set(way, [...(rows.get(way) ?? []), namespace]);
  }
  return section("Ways to bypass Pod Security", table<[string, string[]]>([
    { title: "How", cell: ([way]) => WAYS[way] ?? way },
    { title: "Where", cell: ([, places]) => (places.length === 1 && !places[0] ? "everywhere" : [places.slice(0, 6).map((each, index): Child => [index ? ", " : "", where(each)]), places.length > 6 ? folded(`and ${count(places.length - 6)} more`, () => places.slice(6).map((each, index): Child => [index ? ", " : "", where(each)])) : undefined]) },
  ], [...rows], { empty: "None." }));
}

/** Whether a user may make one of the requests of a bypass; the rules are compared once for all namespaces. */
function bypasses(app: App, user: User, held: Held[]): (requests: number, namespace: string) => boolean {
  const attempts = new Map<number, { bindingNamespace: string; names: string[]; name: string | 0; namespace: string | 0 }[]>();
  return (requests, namespace) => {
    if (user.groups.includes(MASTERS)) return true;
    let own = attempts.get(requests);
    if (!own) {
      own = (app.data.bypassRequests[requests] ?? []).flatMap((row) => {
        const [verb, group, resource, subresource, named, within] = row;
        const asked: Request = { verb: String(verb), group: String(group), resource: String(resource), subresource: String(subresource), name: "", namespace: "", path: "" };
        return held.flatMap(({ binding }) => binding.role.rules.flatMap((id) => {
          const [verbs, groups, resources, names] = app.model.rule(id);
          return ruleAllows([verbs, groups, resources, [], []], asked) ? [{ bindingNamespace: binding.namespace, names, name: named, namespace: within }] : [];
        }));
      });
      attempts.set(requests, own);
    }
    return own.some(({ bindingNamespace, names, name: named, namespace: within }) =>
      (!bindingNamespace || bindingNamespace === (within === 0 ? namespace : within)) && (!names.length || names.includes(named === 0 ? namespace : named)));
  };
}

function paths(app: App, text: string): HTMLElement {
  const out = app.paths.from(text);
  const paths = app.paths.to(text);
  return h("section", {}, h("h2", {}, "Paths out"),
    h("p", { class: "quiet" }, "The subjects and roles that it can become, each by the shortest path."), pathTable(app, out, "to", 10),
    h("h2", {}, "Paths in"), h("p", { class: "quiet" }, "The subjects that can become it, each by the shortest path."), pathTable(app, paths, "from", 10),
    pathsLeft(app) ? h("p", { class: "note" }, pathsLeft(app)) : undefined);
}

function found(app: App, text: string): HTMLElement {
  const rows = app.findingsOf(text);
  return section("Findings", rows.length ? undefined : h("p", { class: "quiet" }, text === `Group/${AUTHENTICATED}` ? "None, or Kubernetes' own." : "None."), rows.length ? findingTable(app, rows, false) : undefined);
}
