// The form of a question; submitting it opens the fragment of the answer.
import type { App, Params } from "./app";
import { append, h } from "./dom";
import { href } from "./fragment";
import type { Request } from "./match";

const FIELDS: [key: string, label: string, hint: string, list: string][] = [
  ["verb", "Verb", "get", "verbs"],
  ["resource", "Resource", "secrets", "resources"],
  ["subresource", "Subresource", "log", "subresources"],
  ["group", "API group", "core: empty", "groups"],
  ["name", "Name", "any", ""],
  ["namespace", "Namespace", "none: cluster scope", "namespaces"],
  ["path", "or URL", "/healthz", ""],
];

export function requestOf(params: Params): Request {
  const parameter = (key: string): string => params.get(key) ?? "";
  return {
    verb: parameter("verb"), group: parameter("group"), resource: parameter("resource"), subresource: parameter("subresource"), name: parameter("name"),
    namespace: parameter("namespace"), path: parameter("path"),
  };
}

/** The form of a view, filled in with the parameters of the fragment. */
export function form(app: App, view: string, params: Params, withSubject: boolean): HTMLElement {
  const fields = withSubject ? [["subject", "Subject", "User/alice", "subjects"] as const, ...FIELDS] : FIELDS;
  const inputs = new Map<string, HTMLInputElement>();
  const form = h("form", {
    class: "ask", role: "search", "aria-label": "The question",
    submit: (event) => {
      event.preventDefault();
      location.hash = href(view, Object.fromEntries([...inputs].map(([key, input]) => [key, input.value.trim()])));
    },
  }, fields.map(([key, label, hint, list]) => {
    const input = h("input", { name: key, placeholder: hint, autocomplete: "off", autocapitalize: "off", spellcheck: "false", list: list ? `known-${list}` : undefined });
    input.value = params.get(key) ?? "";
    inputs.set(key, input);
    return h("label", { class: `field ${key}` }, h("span", {}, label), input);
  }), h("button", { type: "submit", class: "primary" }, "Ask"));
  window.setTimeout(() => append(form, known(app)));
  return form;
}

let offered: HTMLElement[] | undefined;
const MOST = 500;

/** The suggestions for the fields: long lists, which are created once and moved to the form that is shown. */
function known(app: App): HTMLElement[] {
  return (offered ??= lists(app).map(([key, values]) => h("datalist", { id: `known-${key}` }, values.map((value) => h("option", { value })))));
}

function lists(app: App): [string, string[]][] {
  const [verbs, groups, resources, subresources] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()];
  for (const rule of app.data.rules) {
    for (const verb of rule[0]) verbs.add(verb);
    for (const group of rule[1]) if (group) groups.add(group);
    for (const each of rule[2]) {
      const [resource, subresource] = each.split("/", 2);
      if (resource) resources.add(resource);
      if (subresource) subresources.add(subresource);
    }
  }
  const sorted = (words: Set<string>): string[] => [...words].sort().slice(0, MOST);
  return [["verbs", sorted(verbs)], ["groups", sorted(groups)], ["resources", sorted(resources)], ["subresources", sorted(subresources)],
    ["namespaces", app.data.namespaces.slice(0, MOST)], ["subjects", app.subjects.slice(0, MOST)]];
}
