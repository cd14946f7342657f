// Search over every name: `/` opens it, arrows select a result, Enter opens it.
import type { App } from "./app";
import { controlsOf, toControl } from "./controls";
import { h, name } from "./dom";
import { toBinding, toNamespace, toRole, toSubject, toWorkload } from "./names";

interface Entry { text: string; kind: string; lower: string; to: () => string }

const MOST = 12;

export class Search {
  readonly input: HTMLInputElement;
  readonly element: HTMLElement;
  private readonly list: HTMLElement;
  private entries: Entry[] | undefined;
  private chosen = -1;

  constructor(private readonly app: App) {
    this.list = h("ul", { id: "found", role: "listbox", "aria-label": "Found", class: "found", hidden: true });
    this.input = h("input", {
      type: "search", placeholder: "Search every name", "aria-label": "Search every name", role: "combobox", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
      input: () => this.show(), keydown: (event) => this.key(event as KeyboardEvent), blur: () => window.setTimeout(() => this.close(), 150),
    });
    this.element = h("div", { class: "search" }, this.input, h("kbd", { "aria-hidden": "true" }, "/"), this.list);
  }

  close(): void {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.chosen = -1;
  }

  private show(): void {
    const query = this.input.value.trim().toLowerCase();
    this.close();
    if (!query) return;
    const matches = find((this.entries ??= entries(this.app)), query);
    const items = matches.map((entry, index) => h("li", { role: "option", id: `found-${index}`, "aria-selected": "false" }, h("a", { href: entry.to(), tabindex: -1, click: () => this.close() }, h("span", { class: "kind" }, entry.kind), " ", name(entry.text))));
    this.list.replaceChildren(...(items.length ? items : [h("li", { class: "empty", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing has a name like that.")]));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  private key(event: KeyboardEvent): void {
    const options = [...this.list.querySelectorAll("li[id]")];
    if (event.key === "Escape") {
      this.close();
      this.input.blur();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!options.length) return;
      options[this.chosen]?.setAttribute("aria-selected", "false");
      this.chosen = (this.chosen + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
      options[this.chosen]?.setAttribute("aria-selected", "true");
      options[this.chosen]?.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", `found-${this.chosen}`);
    } else if (event.key === "Enter") {
      const to = (options[Math.max(0, this.chosen)] ?? this.list).querySelector("a");
      if (to) {
        location.hash = to.getAttribute("href") ?? "";
        this.close();
        this.input.blur();
      }
    }
  }
}

/** The names that begin with the text, then those that contain it. */
export function find(entries: Entry[], wanted: string): Entry[] {
  const [first, rest]: [Entry[], Entry[]] = [[], []];
  for (const entry of entries) {
    const start = entry.lower.indexOf(wanted);
    if (start === 0) first.push(entry);
    else if (start > 0 && rest.length < MOST) rest.push(entry);
    if (first.length >= MOST) break;
  }
  return [...first, ...rest].slice(0, MOST);
}

function entries(app: App): Entry[] {
  const { data, model } = app;
  const entry = (text: string, kind: string, to: () => string): Entry => ({ text, kind, lower: text.toLowerCase(), to });
  return [
    ...app.subjects.map((each) => entry(each.slice(each.indexOf("/") + 1), each.slice(0, each.indexOf("/")), () => toSubject(each))),
    ...controlsOf(app).flatMap((control) => control.entries(app).map(([each]) => entry(each, control.kind, () => toControl(control, each)))),
    ...data.namespaces.map((each) => entry(each, "Namespace", () => toNamespace(each))),
    ...model.roles.map((each) => entry(each.name, each.namespace ? `${each.kind} in ${each.namespace}` : each.kind, () => toRole(each))),
    ...data.workloads.map((each) => entry(each[2], `${each[1]} in ${each[0]}`, () => toWorkload(each[0], each[1], each[2]))),
    ...model.bindings.map((each) => entry(each.name, each.namespace ? `${each.kind} in ${each.namespace}` : each.kind, () => toBinding(each))),
  ];
}

