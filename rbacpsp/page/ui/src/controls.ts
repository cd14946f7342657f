// The policies that admit pods: PodSecurityPolicies, or OpenShift's security context constraints. The views show both alike.
import { type Access, AUTHENTICATED, type Grant, MASTERS, split, whoCanAnywhere } from "./access";
import type { App } from "./app";
import type { Data, PartRow, Subject, Summary } from "./data";
import { expand, type Holder } from "./expand";
import { href } from "./fragment";

export type Workload = Data["workloads"][number];

export interface Control {
  /** The view that lists all, and the view of one. */
  list: string;
  page: string;
  kind: string;
  /** The title of a column that names one. */
  one: string;
  title: string;
  /** The API groups of the resource that `use` is requested for. */
  groups: string[];
  resource: string;
  entries: (app: App) => readonly (readonly [name: string, fields: [string, string][], ...rest: unknown[]])[];
  summary: (app: App) => Summary;
  parts: (row: Workload) => PartRow[];
  verdict: (row: Workload) => string;
  /** The subjects that the lists of one object name, each with its entry. */
  listed: (app: App, name: string) => [subject: string, entry: string][];
}

export const POLICIES: Control = {
  list: "policies", page: "policy", kind: "PodSecurityPolicy", one: "Policy", title: "Policies",
  groups: ["policy", "extensions"], resource: "podsecuritypolicies",
  entries: (app) => app.data.policies, summary: (app) => app.data.policySummary,
  parts: (row) => row[5], verdict: (row) => row[8], listed: () => [],
};

export const CONSTRAINTS: Control = {
  list: "constraints", page: "constraint", kind: "SecurityContextConstraints", one: "Constraints", title: "Constraints",
  groups: ["security.openshift.io"], resource: "securitycontextconstraints",
  entries: (app) => app.data.constraints, summary: (app) => app.data.constraintSummary,
  parts: (row) => row[9] ?? [], verdict: (row) => row[10] ?? "",
  listed: (app, name) => app.data.constraints.find(([each]) => each === name)?.[5] ?? [],
};

const ALL = [POLICIES, CONSTRAINTS];

/** The kinds of policies that admit pods in this cluster. */
export function controlsOf(app: App): Control[] {
  return ALL.filter((each) => each.entries(app).length);
}

/** The page of one policy, or of one of the constraints. */
export function toControl(control: Control, name: string): string {
  return href(control.page, { name });
}

const known = new WeakMap<App, Map<string, Access[]>>();
const knownHolders = new WeakMap<App, Map<string, Holder[]>>();

/** The subjects that may use one in at least one namespace, by RBAC or by its own lists; without system:masters. */
export function usersOf(app: App, control: Control, name: string): Access[] {
  const all = known.get(app) ?? new Map<string, Access[]>();
  known.set(app, all);
  const key = `${control.page} ${name}`;
  let accesses = all.get(key);
  if (!accesses) {
    accesses = users(app, control, name);
    all.set(key, accesses);
  }
  return accesses;
}

function users(app: App, control: Control, name: string): Access[] {
  const bySubject = new Map<string, { access: Access; seen: Set<string> }>();
  const entryOf = (subject: Subject): { access: Access; seen: Set<string> } => {
    const entry = bySubject.get(subject.text) ?? { access: { subject, grants: [] as Grant[] }, seen: new Set<string>() };
    bySubject.set(subject.text, entry);
    return entry;
  };
  for (const group of control.groups) {
    const request = { verb: "use", group, resource: control.resource, subresource: "", name, namespace: "", path: "" };
    for (const { subject, grants } of whoCanAnywhere(app.model, request).found) {
      if (subject.kind === "Group" && subject.name === MASTERS) continue;
      const entry = entryOf(subject);
      for (const grant of grants) {
        const key = `${grant.binding.id} ${grant.rule}`;
        if (!entry.seen.has(key)) entry.access.grants.push(grant);
        entry.seen.add(key);
      }
    }
  }
  for (const [text, entry] of control.listed(app, name)) {
    const [kind, rest] = split(text);
    const colon = kind === "ServiceAccount" ? rest.indexOf(":") : -1;
    const { access } = entryOf({ id: -1, kind, name: rest.slice(colon + 1), namespace: rest.slice(0, Math.max(0, colon)), text });
    access.listed = [...(access.listed ?? []), entry];
  }
  // Subjects that no binding names have no number: they come last, by their texts.
  const order = ({ subject }: Access): number => (subject.id < 0 ? Infinity : subject.id);
  return [...bySubject.values()].map((each) => each.access).sort((one, other) =>
    order(one) === order(other) ? (one.subject.text < other.subject.text ? -1 : 1) : order(one) - order(other));
}

/** The subjects that may use one, with the accounts in the groups that bindings and lists name. */
export function holdersOf(app: App, control: Control, name: string): Holder[] {
  const all = knownHolders.get(app) ?? new Map<string, Holder[]>();
  knownHolders.set(app, all);
  const key = `${control.page} ${name}`;
  const holders = all.get(key) ?? expand(app, usersOf(app, control, name));
  all.set(key, holders);
  return holders;
}

/** Whether the permission counts for pods that run as an account, too: a pod's account is not in system:authenticated. */
export function countsAsAccount(holder: Holder): boolean {
  return holder.listed.some((each) => each !== `groups: ${AUTHENTICATED}`) || holder.grants.some((each) => each.subject.text !== `Group/${AUTHENTICATED}`);
}

/** The namespaces in which a holder may use it; the empty name means all. */
export function placesOf(holder: Holder): string[] {
  return [...new Set([...(holder.listed.length ? [""] : []), ...holder.grants.map((grant) => grant.binding.namespace)])].sort();
}

export function winsOf(app: App, control: Control, name: string): Workload[] {
  return app.data.workloads.filter((row) => control.parts(row).some((part) => part[0] === name));
}
