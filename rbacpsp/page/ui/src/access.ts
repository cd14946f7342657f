// Who can do it, may this user, and what may this user do: rbacpsp/rbac/who_can.py, authorize.py and rules.py.
import { type Binding, type Model, NOWHERE, type Role, type Subject } from "./data";
import { type Request, ruleAllows } from "./match";

export const MASTERS = "system:masters";
export const AUTHENTICATED = "system:authenticated";
export const UNAUTHENTICATED = "system:unauthenticated";
const ACCOUNTS = "system:serviceaccounts";
const ACCOUNT = "system:serviceaccount:";

export interface Grant { binding: Binding; rule: number; subject: Subject }
/** `listed`: the entries of the object's own lists that let the subject, where an object has such lists. */
export interface Access { subject: Subject; grants: Grant[]; listed?: string[] }
export interface WhoCan { found: Access[]; errors: string[] }
export interface User { name: string; groups: string[] }
export interface Decision { allowed: boolean; privileged: boolean; grants: Grant[]; errors: string[] }

/** Which rules of each role allow a request; every distinct rule is asked once. */
export class Question {
  private readonly rules: Int8Array;
  private readonly roles: (number[] | undefined)[];

  constructor(private readonly model: Model, private readonly request: Request) {
    this.rules = new Int8Array(model.data.rules.length);
    this.roles = new Array<number[] | undefined>(model.roles.length);
  }

  /** The places of the rules of a role that allow it. */
  allowing(role: Role): number[] {
    let found = this.roles[role.id];
    if (!found) {
      found = [];
      role.rules.forEach((rule, place) => {
        if (this.allows(rule)) found?.push(place);
      });
      this.roles[role.id] = found;
    }
    return found;
  }

  private allows(rule: number): boolean {
    if (!this.rules[rule]) this.rules[rule] = ruleAllows(this.model.rule(rule), this.request) ? 1 : 2;
    return this.rules[rule] === 1;
  }
}

/** The subjects that may do what is asked, as bindings write them; `system:masters` first, without grants. */
export function whoCan(model: Model, request: Request): WhoCan {
  return who(model, request, model.scopes(request.path ? "" : request.namespace));
}

/** The subjects that may do it in at least one namespace; the grants say where. */
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
        const there = grants.get(id);
        const mine = rules.map((rule) => ({ binding, rule, subject: model.subject(id) }));
        if (there) there.push(...mine);
        else grants.set(id, mine);
      }
    }
  }
  const found: Access[] = [];
  for (const id of [...grants.keys()].sort((one, other) => one - other)) {
    const subject = model.subject(id);
    if (subject.kind === "Group" && subject.name === MASTERS) masters = id;
    else found.push({ subject, grants: grants.get(id) ?? [] });
  }
  const first = masters < 0 ? { id: -1, kind: "Group", name: MASTERS, namespace: "", text: `Group/${MASTERS}` } : model.subject(masters);
  return { found: [{ subject: first, grants: [] }, ...found], errors: [...errors].sort() };
}

/** A subject's text as the user who is just that: with the groups that the server adds. */
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

/** The user's name or the group that a subject of a binding stands for; undefined: nobody. */
function key(subject: Subject, binding: Binding): string | undefined {
  if (subject.kind === "Group") return `g${subject.name}`;
  if (subject.kind === "User") return `u${subject.name}`;
  if (subject.kind !== "ServiceAccount") return undefined;
  const namespace = subject.namespace || binding.namespace;
  return namespace ? `u${ACCOUNT}${namespace}:${subject.name}` : undefined;
}

/** The bindings by the users and groups that they name. */
export class Index {
  private readonly by = new Map<string, Binding[]>();

  constructor(private readonly model: Model) {
    for (const binding of model.bindings) {
      if (binding.flags & NOWHERE) continue;
      for (const id of binding.subjects) {
        const named = key(model.subject(id), binding);
        if (named === undefined) continue;
        const there = this.by.get(named);
        if (!there) this.by.set(named, [binding]);
        else if (there[there.length - 1] !== binding) there.push(binding);
      }
    }
  }

  /** The bindings that name a user or one of its groups, each with the first subject that applies. */
  bindings(user: User): { binding: Binding; subject: Subject }[] {
    const keys = new Set([`u${user.name}`, ...user.groups.map((each) => `g${each}`)]);
    const found = new Set<Binding>();
    for (const each of keys) for (const binding of this.by.get(each) ?? []) found.add(binding);
    return [...found].sort((one, other) => one.id - other.id).map((binding) => {
      const first = binding.subjects.find((id) => keys.has(key(this.model.subject(id), binding) ?? ""));
      return { binding, subject: this.model.subject(first ?? 0) };
    });
  }

  /** Whether a user may do something, with every grant that allows it. */
  authorize(user: User, request: Request): Decision {
    return decide(this.model, this.bindings(user), user, request);
  }
}

/** A decision by bindings that were found before: for many questions about one user. */
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
