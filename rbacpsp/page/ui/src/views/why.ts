// Why or why not: one question about one subject, with every grant that allows it, or with the rules that nearly allow it.
import { type Decision, type User, userOf } from "../access";
import type { App, Params } from "../app";
import type { Subject } from "../data";
import { count, h, link, name } from "../dom";
import { form, requestOf } from "../form";
import { href } from "../fragment";
import { type Request, requestWords, ruleAllows } from "../match";
import { bindingLink, roleLink, ruleWords, subjectLink, where } from "../names";
import { table } from "../table";
import { grantList } from "./whocan";

export function draw(app: App, params: Params, into: HTMLElement): void {
  const subject = params.get("subject") ?? "";
  const request = requestOf(params);
  into.append(h("h1", {}, "Why, or why not"), form(app, "why", params, true));
  if (!subject || !(request.verb || request.path)) {
    into.append(h("p", { class: "quiet" }, "Name a subject \u2013 User/alice, Group/devs, ServiceAccount/team-a:builder \u2013 and what it wants to do."));
    return;
  }
  const user = userOf(subject);
  const decision = app.index.authorize(user, request);
  into.dataset.subject = subject;
  into.dataset.allowed = String(decision.allowed);
  into.append(
    h("p", { class: `verdict ${decision.allowed ? "yes" : "no"}`, role: "status" }, h("strong", {}, decision.allowed ? "Yes" : "No"), h("span", {}, subjectLink(subject), decision.allowed ? " may " : " may not ", name(requestWords(request)), ".")),
    h("p", { class: "quiet" }, "Asked as ", user.name ? ["user ", name(user.name)] : "a member", user.groups.length ? [", in ", user.groups.map((group, index) => [index ? ", " : "", link(href("subject", { subject: `Group/${group}` }), name(group))])] : "", ". Further groups come from outside the cluster and are not seen."),
  );
  if (decision.privileged) into.append(h("p", {}, "A member of system:masters is allowed everything before RBAC is asked."));
  if (decision.grants.length) into.append(h("h2", {}, `${count(decision.grants.length, "grant")} allow${decision.grants.length === 1 ? "s" : ""} it`), grantList(app, decision.grants));
  if (!decision.allowed) refusal(app, user, request, decision, into);
  into.append(h("p", {}, link(href("who-can", { ...Object.fromEntries(params), subject: undefined }), "Who can do this?"), " \u00b7 ", link(href("subject", { subject }), "All that this subject may do")));
}

function refusal(app: App, user: User, request: Request, decision: Decision, into: HTMLElement): void {
  if (decision.errors.length) {
    into.append(h("h2", {}, "Roles that do not exist"), h("ul", { class: "lines" }, decision.errors.map((each) => h("li", {}, name(each)))));
  }
  const heldBindings = app.index.bindings(user);
  const elsewhere = heldBindings.filter(({ binding }) => binding.namespace && binding.namespace !== request.namespace && binding.role.rules.some((rule) => ruleAllows(app.model.rule(rule), request)));
  if (elsewhere.length && !request.path) {
    const places = [...new Set(elsewhere.map(({ binding }) => binding.namespace))];
    into.append(h("h2", {}, "Allowed in other namespaces"), h("p", {}, `The same is allowed in ${count(places.length, "other namespace")}: `, places.slice(0, 20).map((each, index) => [index ? ", " : "", where(each)]), places.length > 20 ? " and others" : "", "."));
  }
  const nearRules = heldBindings.flatMap(({ binding, subject }) => binding.namespace && binding.namespace !== request.namespace ? [] : binding.role.rules.flatMap((id, rule) => {
    const lacks = missing(app, id, request);
    return lacks ? [{ binding, subject, rule, id, lacks }] : [];
  }));
  into.append(h("h2", {}, "Rules that nearly allow it"), table<{ binding: (typeof heldBindings)[number]["binding"]; subject: Subject; rule: number; id: number; lacks: string }>([
    { title: "Lacks", cell: (each) => each.lacks },
    { title: "Rule", cell: (each) => ruleWords(app.model.rule(each.id)) },
    { title: "Role", cell: (each) => roleLink(each.binding.role) },
    { title: "Binding", cell: (each) => bindingLink(each.binding) },
  ], nearRules, { first: 50, empty: heldBindings.length ? "No rule that applies here differs from the request in one field only." : "No binding names it or its groups." }));
}

/** The one field in which a rule differs from a request; empty where it differs in more. */
function missing(app: App, id: number, request: Request): string {
  const rule = app.model.rule(id);
  const tries: [string, Partial<Request>][] = request.path
    ? [["the verb", { verb: rule[0][0] ?? "" }]]
    : [["the verb", { verb: rule[0][0] ?? "" }], ["the name", { name: rule[3][0] ?? "" }], ["the API group", { group: rule[1][0] ?? "" }], ["the subresource", { subresource: "" }]];
  return tries.find(([, change]) => ruleAllows(rule, { ...request, ...change }))?.[0] ?? "";
}

