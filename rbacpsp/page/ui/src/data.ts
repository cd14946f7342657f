// The tables that Python writes (rbacpsp/page/data.py), and the objects that the page creates from them.

export type RuleRow = [verbs: string[], groups: string[], resources: string[], names: string[], urls: string[]];
export type FindingRow = [
  rule: number, severity: number, isSubject: number, scope: number, who: number, about: number, permission: number,
  detail: number, brief: number, evidence: [binding: number, rules: number[]][], changes: number[],
];
export type ConsideredRow = [
  name: string, usableBy: string[], grants: [binding: number, rule: number][], verdict: string,
  diff: [path: string, before: string, after: string][], errors: string[], problem: string,
  listed?: string[],
];
export type PartRow = [
  policy: string, message: string, pods: number, recorded: [string, number][], considered: number[], asked: string[],
  invalidBy: string, notJudged: string, subjectType?: string,
];
export type Summary = { verdicts?: [string, number][]; pods?: number; unused?: string[]; unusable?: string[] };
export type Failure = [check: string, reason: string, detail: string, level: string];
export type RequestRow = [
  verb: string | 0, group: string | 0, resource: string | 0, subresource: string | 0, name: string | 0, namespace: string | 0,
];

export interface Data {
  about: {
    program: string; cluster: string; sources: string[]; time: string; version: string; openshift: string; read: [string, number][];
    assumed: number; assumedAs: string; assumedIsListed: boolean; notes: string[]; start: string;
  };
  namespaces: string[];
  subjects: [kind: string, name: string, namespace: string, group: string][];
  roles: [kind: string, namespace: number, name: string, rules: number[], flags: number, error: string][];
  rules: RuleRow[];
  bindings: [namespace: number, name: string, role: number, subjects: number[], flags: number][];
  accounts: [namespace: number, name: string][];
  findings: FindingRow[];
  texts: string[];
  positions: Record<string, string>;
  auditRules: [id: string, title: string, why: string, gain: string, remedy: string, references: [string, string][]][];
  severities: string[];
  counts: number[];
  summary: string;
  top: [changes: string[], counts: number[]][];
  method: string[];
  ruledOut: number;
  places: [kind: string, namespace: string, name: string, words?: string][];
  edges: number[][];
  labels: [technique: number, because: number, permission: number, role: number, rule: number][];
  techniques: [name: string, title: string, cost: number, condition: string][];
  pathTexts: string[];
  pathsHeld: "all" | "goals" | "none";
  cuts: [binding: number, subject: string, closed: number, of: number, words: string][];
  policies: [name: string, fields: [string, string][]][];
  policySummary: Summary;
  constraints: [
    name: string, fields: [string, string][], priority: number | null, points: number, before: string,
    listed: [subject: string, entry: string][], unknown: string[], assumed: number,
  ][];
  constraintSummary: Summary;
  bypasses: [way: string, namespace: string, why: string, requests: number, user: string][];
  bypassRequests: RequestRow[][];
  controllers: [kind: string, namespace: string, name: string][];
  workloads: [
    namespace: string, kind: string, name: string, account: string, creator: string, parts: PartRow[], notes: string[],
    security: number, verdict: string, byConstraints?: PartRow[], constraintVerdict?: string,
  ][];
  workloadCount: number;
  considered: ConsideredRow[];
  podSecurity: [baseline: Failure[], restricted: Failure[], enforced: Failure[]][];
  levels: [namespace: string, modes: [string, string, string], exempt: number][];
}

export interface Subject { id: number; kind: string; name: string; namespace: string; text: string }
export interface Role { id: number; kind: string; namespace: string; name: string; rules: number[]; flags: number; error: string }
export interface Binding {
  id: number; kind: string; namespace: string; name: string; role: Role; subjects: number[]; flags: number;
}

export const ASSUMED = 1;
export const COMPUTED = 2;
export const BROUGHT = 4;
export const NOWHERE = 8;

export function subjectText(kind: string, namespace: string, name: string): string {
  return kind === "ServiceAccount" ? `ServiceAccount/${namespace}:${name}` : `${kind}/${name}`;
}

export class Model {
  readonly subjects: Subject[];
  readonly roles: Role[];
  readonly bindings: Binding[];
  readonly cluster: Binding[];
  readonly local: Map<string, Binding[]> = new Map();
  private byRole: Binding[][] | undefined;

  constructor(readonly data: Data) {
    const namespaceName = (number: number): string => (number < 0 ? "" : (data.namespaces[number] ?? ""));
    this.subjects = data.subjects.map(([kind, name, namespace], id) => ({
      id, kind, name, namespace, text: subjectText(kind, namespace, name),
    }));
    this.roles = data.roles.map(([kind, namespace, name, rules, flags, error], id) => ({
      id, kind, namespace: namespaceName(namespace), name, rules, flags, error,
    }));
    this.bindings = data.bindings.map(([namespace, name, role, subjects, flags], id) => ({
      id, kind: namespace < 0 && !(flags & NOWHERE) ? "ClusterRoleBinding" : "RoleBinding", namespace: namespaceName(namespace),
      name, role: this.roles[role] as Role, subjects, flags,
    }));
    this.cluster = this.bindings.filter((each) => each.kind === "ClusterRoleBinding");
    for (const each of this.bindings) {
      if (!each.namespace) continue;
      const existing = this.local.get(each.namespace);
      if (existing) existing.push(each);
      else this.local.set(each.namespace, [each]);
    }
  }

  subject(id: number): Subject {
    return this.subjects[id] as Subject;
  }

  rule(id: number): RuleRow {
    return this.data.rules[id] as RuleRow;
  }

  /** The bindings that apply to a request in a namespace; without one those of the whole cluster. */
  scopes(namespace: string): Binding[][] {
    const local = namespace ? this.local.get(namespace) : undefined;
    return local ? [this.cluster, local] : [this.cluster];
  }

  bindingsOf(role: Role): Binding[] {
    if (!this.byRole) {
      const byRole: Binding[][] = this.roles.map(() => []);
      for (const each of this.bindings) byRole[each.role.id]?.push(each);
      this.byRole = byRole;
    }
    return this.byRole[role.id] ?? [];
  }

  findRole(kind: string, namespace: string, name: string): Role | undefined {
    return this.roles.find((each) => each.name === name && each.kind === kind && each.namespace === namespace);
  }

  findBinding(kind: string, namespace: string, name: string): Binding | undefined {
    return this.bindings.find((each) => each.name === name && each.kind === kind && each.namespace === namespace);
  }
}
