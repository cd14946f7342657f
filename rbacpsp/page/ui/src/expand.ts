// The service accounts behind the subjects that bindings write: rbacpsp/rbac/accounts.py.
import { type Access, accountOf, AUTHENTICATED, type Grant } from "./access";
import type { App } from "./app";
import { ASSUMED, subjectText } from "./data";

const ACCOUNTS = "system:serviceaccounts";

/** Somebody who may do something: written in a binding, or an account that is meant by what is written. */
export interface Holder {
  text: string;
  grants: Grant[];
  /** The entries of the object's own lists that let it. */
  listed: string[];
  /** Whether a binding writes the subject so. */
  written: boolean;
  /** The kinds whose pods the account creates, as their controller. */
  controls: string[];
}

type Reasons = Pick<Holder, "grants" | "listed">;

function joined(...all: (Reasons | undefined)[]): Reasons {
  return { grants: all.flatMap((each) => each?.grants ?? []), listed: [...new Set(all.flatMap((each) => each?.listed ?? []))] };
}

/** The holders as written, and each account that is one of them, with all of its grants; sorted by their texts. */
export function expand(app: App, accesses: readonly Access[]): Holder[] {
  const found = new Map<string, Holder>();
  const groups = new Map<string, Reasons>();
  const direct = new Map<string, Reasons>();
  const add = (into: Map<string, Reasons>, key: string, reasons: Reasons): void => void into.set(key, joined(into.get(key), reasons));
  for (const { subject, grants, listed = [] } of accesses) {
    const meant = subject.kind === "User" ? accountOf(subject.name) : undefined;
    if (subject.kind === "Group") add(groups, subject.name, { grants, listed });
    else if (meant) add(direct, subjectText("ServiceAccount", ...meant), { grants, listed });
    else if (subject.kind === "ServiceAccount") {
      if (listed.length) add(direct, subject.text, { grants: [], listed });
      for (const grant of grants) {
        const namespace = subject.namespace || grant.binding.namespace;
        if (namespace) add(direct, subjectText("ServiceAccount", namespace, subject.name), { grants: [grant], listed: [] });
      }
    }
    found.set(subject.text, { text: subject.text, grants, listed, written: true, controls: [] });
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
    if (reasons.grants.length || reasons.listed.length) found.set(account, { text: account, ...reasons, written: found.has(account), controls: controls.get(account) ?? [] });
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
