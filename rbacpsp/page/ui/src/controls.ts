// What admits pods: PodSecurityPolicies, or OpenShift's security context constraints. The views show both alike.
import { type Access, AUTHENTICATED, type Grant, MASTERS, split, whoCanAnywhere } from "./access";
import type { App } from "./app";
import type { Data, PartRow, Subject, Summary } from "./data";
import { expand, type Holder } from "./expand";
import { href } from "./fragment";

export type Workload = Data["workloads"][number];

export interface Control {
  /** The view of all of them, and that of one. */
  list: string;
  page: string;
  kind: string;
  /** What one of them is called at the head of a column. */
  one: string;
  title: string;
  /** What `use` is asked of. */
  groups: string[];
  resource: string;
  entries: (app: App) => readonly (readonly [name: string, fields: [string, string][], ...rest: unknown[]])[];
  summary: (app: App) => Summary;
  parts: (row: Workload) => PartRow[];
  verdict: (row: Workload) => string;
  /** The subjects in the own lists of one, each with its entry. */
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

/** What admits pods in this cluster. */
export function controlsOf(app: App): Control[] {
  return ALL.filter((each) => each.entries(app).length);
}

/** The page of one policy, or of one of the constraints. */
export function toControl(control: Control, name: string): string {
  return href(control.page, { name });
}

const known = new WeakMap<App, Map<string, Access[]>>();
const knownHolders = new WeakMap<App, Map<string, Holder[]>>();

/** Those who may use one in at least one namespace, by RBAC or by its own lists; without system:masters. */
export function usersOf(app: App, control: Control, name: string): Access[] {
  const all = known.get(app) ?? new Map<string, Access[]>();
  known.set(app, all);
  const key = `${control.page} ${name}`;
  let found = all.get(key);
  if (!found) {
    found = users(app, control, name);
    all.set(key, found);
  }
  return found;
}

function users(app: App, control: Control, name: string): Access[] {
  const found = new Map<string, { access: Access; seen: Set<string> }>();
  const of = (subject: Subject): { access: Access; seen: Set<string> } => {
    const there = found.get(subject.text) ?? { access: { subject, grants: [] as Grant[] }, seen: new Set<string>() };
    found.set(subject.text, there);
    return there;
  };
  for (const group of control.groups) {
    const request = { verb: "use", group, resource: control.resource, subresource: "", name, namespace: "", path: "" };
    for (const { subject, grants } of whoCanAnywhere(app.model, request).found) {
      if (subject.kind === "Group" && subject.name === MASTERS) continue;
      const there = of(subject);
      for (const grant of grants) {
        const key = `${grant.binding.id} ${grant.rule}`;
        if (!there.seen.has(key)) there.access.grants.push(grant);
        there.seen.add(key);
      }
    }
  }
  for (const [text, entry] of control.listed(app, name)) {
    const [kind, rest] = split(text);
    const colon = kind === "ServiceAccount" ? rest.indexOf(":") : -1;
    const { access } = of({ id: -1, kind, name: rest.slice(colon + 1), namespace: rest.slice(0, Math.max(0, colon)), text });
    access.listed = [...(access.listed ?? []), entry];
  }
  // Those who stand in lists alone have no number: they come last, by their texts.
  const place = ({ subject }: Access): number => (subject.id < 0 ? Infinity : subject.id);
  return [...found.values()].map((each) => each.access).sort((one, other) =>
    place(one) === place(other) ? (one.subject.text < other.subject.text ? -1 : 1) : place(one) - place(other));
}

/** Those who may use one, with the accounts behind the groups that bindings and lists write. */
export function holdersOf(app: App, control: Control, name: string): Holder[] {
  const all = knownHolders.get(app) ?? new Map<string, Holder[]>();
  knownHolders.set(app, all);
  const key = `${control.page} ${name}`;
  const found = all.get(key) ?? expand(app, usersOf(app, control, name));
  all.set(key, found);
  return found;
}

/** Whether it counts for pods that run as an account, too: the account of a pod is not in system:authenticated. */
export function countsAsAccount(holder: Holder): boolean {
  return holder.listed.some((each) => each !== `groups: ${AUTHENTICATED}`) || holder.grants.some((each) => each.subject.text !== `Group/${AUTHENTICATED}`);
}

/** Where a holder may use it; the empty name stands for everywhere. */
export function placesOf(holder: Holder): string[] {
  return [...new Set([...(holder.listed.length ? [""] : []), ...holder.grants.map((grant) => grant.binding.namespace)])].sort();
}

export function winsOf(app: App, control: Control, name: string): Workload[] {
  return app.data.workloads.filter((row) => control.parts(row).some((part) => part[0] === name));
}
