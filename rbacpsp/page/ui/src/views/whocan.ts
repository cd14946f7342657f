// Who can: the subjects that may make a request, as Cluster.who_can finds them, each with its grants.
import { type Access, type Grant, whoCan } from "../access";
import type { App, Params } from "../app";
import type { Binding } from "../data";
import { append, type Child, count, h, link, name } from "../dom";
import { form, requestOf } from "../form";
import { href } from "../fragment";
import { requestWords } from "../match";
import { bindingLink, flags, roleLink, ruleWords, subjectLink, where } from "../names";
import { table } from "../table";

export function draw(app: App, params: Params, into: HTMLElement): void {
  const request = requestOf(params);
  const asked = params.size > 0;
  into.append(h("h1", {}, "Who can"), form(app, "who-can", params, false));
  if (!asked) {
    into.dataset.count = "0";
    into.append(h("p", { class: "quiet" }, "The question is a request to the API server. Without a namespace it is a request at the cluster scope, which no RoleBinding allows. Write a resource in the plural and in lower case, as in a role."));
    return;
  }
  const { found, errors } = whoCan(app.model, request);
  into.dataset.count = String(found.length);
  append(into, [
    h("p", { class: "answer", role: "status" }, h("strong", {}, count(found.length, "subject")), " may ", name(requestWords(request)), "."),
    notes(app, params, errors),
    table<Access>([
      { title: "Subject", cell: (access) => subjectLink(access.subject.text) },
      { title: "Through", cell: (access) => through(access.grants) },
      { title: "", class: "act", cell: (access) => link(href("why", { ...Object.fromEntries(params), subject: access.subject.text }), "why") },
    ], found, { row: (access) => ({ "data-subject": access.subject.text }) }),
  ]);
}

function notes(app: App, params: Params, errors: string[]): Child {
  const namespace = params.get("namespace");
  return [
    namespace && !app.data.namespaces.includes(namespace) ? h("p", { class: "note" }, "No object that was read is in namespace ", name(namespace), ": the subjects below may do it in every namespace.") : undefined,
    errors.length ? h("details", { class: "note" }, h("summary", {}, `${count(errors.length, "roleRef")} in these scopes name${errors.length === 1 ? "s" : ""} a role that does not exist`), h("ul", { class: "lines" }, errors.slice(0, 100).map((each) => h("li", {}, name(each))))) : undefined,
  ];
}

const SHOWN = 3;

/** The bindings that allow it to a subject, each with its role and rules; a long list is folded. */
export function through(grants: Grant[]): Child {
  if (!grants.length) return h("span", { class: "quiet" }, "allowed everything before RBAC is asked");
  const rulesByBinding = new Map<Binding, number[]>();
  for (const grant of grants) rulesByBinding.set(grant.binding, [...(rulesByBinding.get(grant.binding) ?? []), grant.rule]);
  const all = [...rulesByBinding];
  const line = ([binding, rules]: [Binding, number[]]): HTMLElement => h("div", { class: "grant" }, where(binding.namespace), " ", bindingLink(binding), " ", h("span", { class: "quiet" }, "\u2192"), " ", roleLink(binding.role), " ",
    flags(binding.flags & 1), h("span", { class: "quiet" }, ` rule${rules.length > 1 ? "s" : ""} ${rules.map((rule) => rule + 1).join(", ")}`));
  const rest = all.slice(SHOWN);
  return [all.slice(0, SHOWN).map(line), rest.length ? folded(`and ${rest.length} more`, () => rest.map(line)) : undefined];
}

/** A folded section whose content is created when a reader opens it. */
export function folded(title: Child, make: () => Child): HTMLElement {
  const details: HTMLDetailsElement = h("details", {
    toggle: () => {
      if (details.open && details.childElementCount === 1) details.append(h("div", {}, make()));
    },
  }, h("summary", {}, title));
  return details;
}

/** The grants with the rules themselves. */
export function grantList(app: App, grants: Grant[]): HTMLElement {
  return table<Grant>([
    { title: "Where", cell: (grant) => where(grant.binding.namespace) },
    { title: "Binding", cell: (grant) => bindingLink(grant.binding) },
    { title: "Names", cell: (grant) => subjectLink(grant.subject.text) },
    { title: "Role", cell: (grant) => [roleLink(grant.binding.role), " ", flags(grant.binding.role.flags)] },
    { title: "Rule", cell: (grant) => [h("span", { class: "quiet" }, `${grant.rule + 1}: `), ruleWords(app.model.rule(grant.binding.role.rules[grant.rule] ?? 0))] },
  ], grants, { first: 100 });
}
