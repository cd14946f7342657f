// Who may make a request, and whether a user may make it: as rbacpsp/rbac/who_can.py and authorize.py decide.
import { type Binding, type Model, NOWHERE, type Role, type Subject } from "./data";
import { type Request, ruleAllows } from "./match";

export const MASTERS = "system:masters";
export const AUTHENTICATED = "system:authenticated";
export const UNAUTHENTICATED = "system:unauthenticated";
const ACCOUNTS = "system:serviceaccounts";
const ACCOUNT = "system:serviceaccount:";

export interface Grant { binding: Binding; rule: number; subject: Subject }
/** `listed`: the entries of the object's own lists that allow it to the subject, where an object has such lists. */
export interface Access { subject: Subject; grants: Grant[]; listed?: string[] }
export interface WhoCan { found: Access[]; errors: string[] }
export interface User { name: string; groups: string[] }
export interface Decision { allowed: boolean; privileged: boolean; grants: Grant[]; errors: string[] }

/** Finds the rules of each role that allow a request; every distinct rule is compared once. */
export class Question {
  private readonly rules: Int8Array;
  private readonly roles: (number[] | undefined)[];

  constructor(private readonly model: Model, private readonly request: Request) {
    this.rules = new Int8Array(model.data.rules.length);
    this.roles = new Array<number[] | undefined>(model.roles.length);
  }

  /** The indexes of the rules of a role that allow the request. */
  allowing(role: Role): number[] {
    let allowing = this.roles[role.id];
    if (!allowing) {
      allowing = [];
      role.rules.forEach((rule, index) => {
        if (this.allows(rule)) allowing?.push(index);
      });
      this.roles[role.id] = allowing;
    }
    return allowing;
  }

  private allows(rule: number): boolean {
    if (!this.rules[rule]) this.rules[rule] = ruleAllows(this.model.rule(rule), this.request) ? 1 : 2;
    return this.rules[rule] === 1;
  }
}

/** The subjects that may make the request, as bindings name them; `system:masters` first, without grants. */
export function whoCan(model: Model, request: Request): WhoCan {
  return who(model, request, model.scopes(request.path ? "" : request.namespace));
}

/** The subjects that may make the request in at least one namespace; the bindings of the grants say in which. */
export function whoCanAnywhere(model: Model, request: Request): WhoCan {
  return who(model, request, request.path ? [model.cluster] : [model.cluster, ...model.local.values()]);
}

function who(model: Model, request: Request, scopes: Binding[][]): WhoCan {
  const question = new Question(model, request);
  const grants = new Map<number, Grant[]>();
  const errors = new Set<string>();
  let masters = -1;
  for (const bindings of scopes) {
    for (const binding of bindings) {
      if (binding.role.error) errors.add(binding.role.error);
      const rules = question.allowing(binding.role);
      if (!rules.length) continue;
      for (const id of new Set(binding.subjects)) {
        const existing = grants.get(id);
        const added = rules.map((rule) => ({ binding, rule, subject: model.subject(id) }));
        if (existing) existing.push(...added);
        else grants.set(id, added);
      }
    }
  }
  const accesses: Access[] = [];
  for (const id of [...grants.keys()].sort((one, other) => one - other)) {
    const subject = model.subject(id);
    if (subject.kind === "Group" && subject.name === MASTERS) masters = id;
    else accesses.push({ subject, grants: grants.get(id) ?? [] });
  }
  const first = masters < 0 ? { id: -1, kind: "Group", name: MASTERS, namespace: "", text: `Group/${MASTERS}` } : model.subject(masters);
  return { found: [{ subject: first, grants: [] }, ...accesses], errors: [...errors].sort() };
}

/** The user that a subject's text names, with the groups that the server adds. */
export function userOf(text: string): User {
  const [kind, name] = split(text);
  if (kind === "Group") return { name: "", groups: [name] };
  if (kind === "ServiceAccount") return accountUser(name.slice(0, name.indexOf(":")), name.slice(name.indexOf(":") + 1));
  if (kind === "User") {
    const account = accountOf(name);
    if (account) return accountUser(account[0], account[1]);
    return { name, groups: [name === "system:anonymous" ? UNAUTHENTICATED : AUTHENTICATED] };
  }
  return { name: "", groups: [] };
}

/** `User/alice` as `User` and `alice`; a text without a kind is a user's name. */
export function split(text: string): [kind: string, name: string] {
  const slash = text.indexOf("/");
  return slash > 0 ? [text.slice(0, slash), text.slice(slash + 1)] : ["User", text];
}

function accountUser(namespace: string, name: string): User {
  return { name: `${ACCOUNT}${namespace}:${name}`, groups: [ACCOUNTS, `${ACCOUNTS}:${namespace}`, AUTHENTICATED] };
}

/** The service account whose user name this is. */
export function accountOf(user: string): [namespace: string, name: string] | undefined {
  if (!user.startsWith(ACCOUNT)) return undefined;
  const rest = user.slice(ACCOUNT.length);
  const colon = rest.indexOf(":");
  return colon > 0 && colon < rest.length - 1 ? [rest.slice(0, colon), rest.slice(colon + 1)] : undefined;
}

/** The key of the user or group that a subject of a binding means; undefined: nobody. */
function key(subject: Subject, binding: Binding): string | undefined {
  if (subject.kind === "Group") return `g${subject.name}`;
  if (subject.kind === "User") return `u${subject.name}`;
  if (subject.kind !== "ServiceAccount") return undefined;
  const namespace = subject.namespace || binding.namespace;
  return namespace ? `u${ACCOUNT}${namespace}:${subject.name}` : undefined;
}

/** The bindings of each user and group. */
export class Index {
  private readonly by = new Map<string, Binding[]>();

  constructor(private readonly model: Model) {
    for (const binding of model.bindings) {
      if (binding.flags & NOWHERE) continue;
      for (const id of binding.subjects) {
        const named = key(model.subject(id), binding);
        if (named === undefined) continue;
        const existing = this.by.get(named);
        if (!existing) this.by.set(named, [binding]);
        else if (existing[existing.length - 1] !== binding) existing.push(binding);
      }
    }
  }

  /** The bindings that name a user or one of its groups, each with the first subject that applies. */
  bindings(user: User): { binding: Binding; subject: Subject }[] {
    const keys = new Set([`u${user.name}`, ...user.groups.map((each) => `g${each}`)]);
    const bindings = new Set<Binding>();
    for (const each of keys) for (const binding of this.by.get(each) ?? []) bindings.add(binding);
    return [...bindings].sort((one, other) => one.id - other.id).map((binding) => {
      const first = binding.subjects.find((id) => keys.has(key(this.model.subject(id), binding) ?? ""));
      return { binding, subject: this.model.subject(first ?? 0) };
    });
  }

  /** Whether a user may do something, with every grant that allows it. */
  authorize(user: User, request: Request): Decision {
    return decide(this.model, this.bindings(user), user, request);
  }
}

/** A decision from the bindings of a user, found before: for many questions about one user. */
export function decide(model: Model, held: { binding: Binding; subject: Subject }[], user: User, request: Request): Decision {
  const question = new Question(model, request);
  const grants: Grant[] = [];
  const errors = new Set<string>();
  for (const { binding, subject } of held) {
    if (binding.namespace && (request.path || binding.namespace !== request.namespace)) continue;
    if (binding.role.error) errors.add(binding.role.error);
    for (const rule of question.allowing(binding.role)) grants.push({ binding, rule, subject });
  }
  const privileged = user.groups.includes(MASTERS);
  return { allowed: privileged || grants.length > 0, privileged, grants, errors: [...errors].sort() };
}
