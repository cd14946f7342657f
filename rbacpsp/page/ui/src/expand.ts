// The service accounts that the subjects of bindings mean: rbacpsp/rbac/accounts.py.
import { type Access, accountOf, AUTHENTICATED, type Grant } from "./access";
import type { App } from "./app";
import { ASSUMED, subjectText } from "./data";

const ACCOUNTS = "system:serviceaccounts";

/** A subject that may do something: the subject of a binding, or a service account that such a subject means. */
export interface Holder {
  text: string;
  grants: Grant[];
  /** The entries of the object's own lists that allow it. */
  listed: string[];
  /** Whether a binding names the subject in this form. */
  written: boolean;
  /** The kinds of workloads whose pods the account creates, as their controller. */
  controls: string[];
}

type Reasons = Pick<Holder, "grants" | "listed">;

function joined(...all: (Reasons | undefined)[]): Reasons {
  return { grants: all.flatMap((each) => each?.grants ?? []), listed: [...new Set(all.flatMap((each) => each?.listed ?? []))] };
}

/** The holders as bindings name them, and each account that they mean, with all of its grants; sorted by their texts. */
export function expand(app: App, accesses: readonly Access[]): Holder[] {
  const holders = new Map<string, Holder>();
  const groups = new Map<string, Reasons>();
  const direct = new Map<string, Reasons>();
  const add = (into: Map<string, Reasons>, key: string, reasons: Reasons): void => void into.set(key, joined(into.get(key), reasons));
  for (const { subject, grants, listed = [] } of accesses) {
    const account = subject.kind === "User" ? accountOf(subject.name) : undefined;
    if (subject.kind === "Group") add(groups, subject.name, { grants, listed });
    else if (account) add(direct, subjectText("ServiceAccount", ...account), { grants, listed });
    else if (subject.kind === "ServiceAccount") {
      if (listed.length) add(direct, subject.text, { grants: [], listed });
      for (const grant of grants) {
        const namespace = subject.namespace || grant.binding.namespace;
        if (namespace) add(direct, subjectText("ServiceAccount", namespace, subject.name), { grants: [grant], listed: [] });
      }
    }
    holders.set(subject.text, { text: subject.text, grants, listed, written: true, controls: [] });
  }
  const controls = new Map<string, string[]>();
  for (const [kind, namespace, name] of app.data.controllers) {
    const text = subjectText("ServiceAccount", namespace, name);
    controls.set(text, [...(controls.get(text) ?? []), kind]);
  }
  const everyone = joined(groups.get(AUTHENTICATED), groups.get(ACCOUNTS));
  for (const account of new Set([...app.accounts, ...controls.keys(), ...direct.keys()])) {
    const group = `${ACCOUNTS}:${account.slice(account.indexOf("/") + 1, account.indexOf(":"))}`;
    const reasons = joined(everyone, groups.get(group), direct.get(account));
    if (reasons.grants.length || reasons.listed.length) holders.set(account, { text: account, ...reasons, written: holders.has(account), controls: controls.get(account) ?? [] });
  }
  return [...holders.values()].sort((one, other) => (one.text < other.text ? -1 : one.text > other.text ? 1 : 0));
}

/** The accounts that exist: those that were read, and those that bindings name. */
export function knownAccounts(app: App): Set<string> {
  const accounts = new Set<string>();
  for (const [namespace, name] of app.data.accounts) accounts.add(subjectText("ServiceAccount", app.data.namespaces[namespace] ?? "", name));
  for (const binding of app.model.bindings) {
    if (binding.flags & ASSUMED && !app.data.about.assumedIsListed) continue;
    for (const id of binding.subjects) {
      const subject = app.model.subject(id);
      const account = subject.kind === "User" ? accountOf(subject.name) : undefined;
      const namespace = subject.namespace || binding.namespace;
      if (account) accounts.add(subjectText("ServiceAccount", ...account));
      else if (subject.kind === "ServiceAccount" && namespace) accounts.add(subjectText("ServiceAccount", namespace, subject.name));
    }
  }
  return accounts;
}
