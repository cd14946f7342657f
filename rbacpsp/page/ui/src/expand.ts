// The service accounts behind the subjects that bindings write: rbacpsp/rbac/accounts.py.
import { type Access, accountOf, AUTHENTICATED, type Grant } from "./access";
import type { App } from "./app";
import { ASSUMED, subjectText } from "./data";

const ACCOUNTS = "system:serviceaccounts";

/** Somebody who may do something: written in a binding, or an account that is meant by what is written. */
export interface Holder {
  text: string;
  grants: Grant[];
  /** Whether a binding writes the subject so. */
  written: boolean;
  /** The kinds whose pods the account creates, as their controller. */
  controls: string[];
}

/** The holders as written, and each account that is one of them, with all of its grants; sorted by their texts. */
export function expand(app: App, accesses: readonly Access[]): Holder[] {
  const found = new Map<string, Holder>();
  const groups = new Map<string, Grant[]>();
  const direct = new Map<string, Grant[]>();
  for (const { subject, grants } of accesses) {
    const meant = subject.kind === "User" ? accountOf(subject.name) : undefined;
    if (subject.kind === "Group") groups.set(subject.name, [...(groups.get(subject.name) ?? []), ...grants]);
    else if (meant) add(direct, subjectText("ServiceAccount", ...meant), grants);
    else if (subject.kind === "ServiceAccount") {
      for (const grant of grants) {
        const namespace = subject.namespace || grant.binding.namespace;
        if (namespace) add(direct, subjectText("ServiceAccount", namespace, subject.name), [grant]);
      }
    }
    found.set(subject.text, { text: subject.text, grants, written: true, controls: [] });
  }
  const controls = new Map<string, string[]>();
  for (const [kind, namespace, name] of app.data.controllers) {
    const text = subjectText("ServiceAccount", namespace, name);
    controls.set(text, [...(controls.get(text) ?? []), kind]);
  }
  const everyone = [...(groups.get(AUTHENTICATED) ?? []), ...(groups.get(ACCOUNTS) ?? [])];
  for (const account of new Set([...app.accounts, ...controls.keys(), ...direct.keys()])) {
    const group = `${ACCOUNTS}:${account.slice(account.indexOf("/") + 1, account.indexOf(":"))}`;
    const grants = [...everyone, ...(groups.get(group) ?? []), ...(direct.get(account) ?? [])];
    if (grants.length) found.set(account, { text: account, grants, written: found.has(account), controls: controls.get(account) ?? [] });
  }
  return [...found.values()].sort((one, other) => (one.text < other.text ? -1 : one.text > other.text ? 1 : 0));
}

/** The accounts that exist: those that were read, and those that a binding names that was read. */
export function knownAccounts(app: App): Set<string> {
  const found = new Set<string>();
  for (const [namespace, name] of app.data.accounts) found.add(subjectText("ServiceAccount", app.data.namespaces[namespace] ?? "", name));
  for (const binding of app.model.bindings) {
    if (binding.flags & ASSUMED && !app.data.about.assumedIsListed) continue;
    for (const id of binding.subjects) {
      const subject = app.model.subject(id);
      const meant = subject.kind === "User" ? accountOf(subject.name) : undefined;
      const namespace = subject.namespace || binding.namespace;
      if (meant) found.add(subjectText("ServiceAccount", ...meant));
      else if (subject.kind === "ServiceAccount" && namespace) found.add(subjectText("ServiceAccount", namespace, subject.name));
    }
  }
  return found;
}

function add(into: Map<string, Grant[]>, key: string, grants: Grant[]): void {
  const there = into.get(key);
  if (there) there.push(...grants);
  else into.set(key, [...grants]);
}
