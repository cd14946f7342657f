// Links to the pages of objects, and the words for objects.
import { type Binding, BROUGHT, type Model, ASSUMED, COMPUTED, type Role, type RuleRow } from "./data";
import { type Child, h, link, name } from "./dom";
import { href } from "./fragment";

export const toSubject = (text: string): string => href("subject", { subject: text });
export const toRole = (role: { kind: string; namespace: string; name: string }): string =>
  href("role", { kind: role.kind, namespace: role.namespace, name: role.name });
export const toBinding = (binding: { kind: string; namespace: string; name: string }): string =>
  href("binding", { kind: binding.kind, namespace: binding.namespace, name: binding.name });
export const toNamespace = (namespace: string): string => href("namespace", { namespace });
export const toWorkload = (namespace: string, kind: string, workload: string): string =>
  href("workload", { namespace, kind, name: workload });

/** A subject: its kind in small letters, its name as a link. */
export function subjectLink(text: string): HTMLElement {
  const slash = text.indexOf("/");
  const [kind, rest] = slash > 0 ? [text.slice(0, slash), text.slice(slash + 1)] : ["User", text];
  return h("span", { class: "subject" }, h("span", { class: `kind ${kind}` }, kindWords(kind)), " ", link(toSubject(text), name(rest)));
}

export function kindWords(kind: string): string {
  return { ServiceAccount: "account", User: "user", Group: "group" }[kind] ?? kind;
}

export function roleLink(role: Role): HTMLElement {
  const missing = role.error ? [" ", h("span", { class: "flag bad" }, "missing")] : undefined;
  return h("span", {}, h("span", { class: "kind" }, role.kind), " ", link(toRole(role), name(role.name)), missing);
}

export function bindingLink(binding: Binding): HTMLElement {
  return h("span", {}, h("span", { class: "kind" }, binding.kind), " ", link(toBinding(binding), name(binding.name)));
}

/** What a flag of a role or a binding means. */
export function flags(bits: number): Child[] {
  return [
    bits & ASSUMED ? h("span", { class: "flag", title: "No source holds it: it is assumed as Kubernetes creates it" }, "assumed") : undefined,
    bits & COMPUTED ? h("span", { class: "flag", title: "Its rules are what the controller makes of its aggregationRule" }, "aggregated") : undefined,
    bits & BROUGHT ? h("span", { class: "flag", title: "Kubernetes brings it" }, "Kubernetes' own") : undefined,
  ];
}

export function where(namespace: string): HTMLElement {
  return namespace ? h("span", { class: "where" }, link(toNamespace(namespace), name(namespace))) : h("span", { class: "where all" }, "everywhere");
}

/** A rule in words: its verbs, then its resources or URLs. */
export function ruleWords(rule: RuleRow): HTMLElement {
  const [verbs, groups, resources, names, urls] = rule;
  const parts: Child[] = [h("span", { class: "verbs" }, verbs.map((verb, index) => [index ? ", " : "", h("span", { class: verb === "*" ? "star" : "" }, name(verb))]))];
  if (resources.length) {
    parts.push(" ", h("span", { class: "what" }, list(resources)));
    const others = groups.filter((group) => group !== "");
    if (others.length) parts.push(h("span", { class: "quiet" }, " in ", list(groups.map((group) => group || "core"))));
  }
  if (names.length) parts.push(h("span", { class: "quiet" }, " named "), list(names, resources.length === 1 ? PAGES[resources[0] ?? ""] : undefined));
  if (urls.length) parts.push(" ", h("span", { class: "what" }, list(urls)));
  return h("span", { class: "rule" }, parts);
}

const SHOWN = 12;

/** The view of the objects of each resource. */
const PAGES: Record<string, string> = { podsecuritypolicies: "policy", securitycontextconstraints: "constraint" };

/** Words in a row; the name of an object that has a page is a link to it. */
function list(words: string[], page?: string): Child[] {
  const word = (each: string): Child => (page ? link(href(page, { name: each }), name(each)) : h("span", { class: each === "*" ? "star" : "" }, name(each)));
  const shown = words.slice(0, SHOWN).map((each, index): Child => [index ? ", " : "", word(each)]);
  return words.length > SHOWN ? [shown, h("span", { class: "quiet" }, ` and ${words.length - SHOWN} more`)] : shown;
}

/** A sentence of the program; the bindings and roles in it are links where the page contains them. */
export function grantWords(model: Model, binding: number, rules: number[]): HTMLElement {
  const row = model.bindings[binding];
  if (!row) return h("span");
  const numbers = rules.length ? ` rule${rules.length > 1 ? "s" : ""} ${rules.map((rule) => rule + 1).join(", ")} of` : "";
  return h("span", { class: "through" }, bindingLink(row), " ", h("span", { class: "quiet" }, row.namespace ? ["in ", name(row.namespace), " "] : "", `\u2192${numbers} `), roleLink(row.role));
}
