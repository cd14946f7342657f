// The picture of a neighborhood; a click on a + adds the neighbors of a node.
import { split } from "../access";
import type { App, Params } from "../app";
import { count, h, link, name } from "../dom";
import { href } from "../fragment";
import { MOST, neighborhood } from "../neighbors";
import { toSubject } from "../names";
import { picture } from "../picture";

export function draw(app: App, params: Params, into: HTMLElement): void {
  const nodes = (params.get("node") ?? "").split("\n").filter(Boolean);
  const first = nodes[0] ?? "";
  const subject = first.startsWith("s:") ? first.slice(2) : "";
  into.append(h("p", { class: "over" }, "Picture"), h("h1", {}, subject ? name(split(subject)[1]) : "Bindings, roles and permissions"));
  const neighbors = neighborhood(app, nodes);
  if (!neighbors.nodes.length) {
    into.append(h("p", {}, "Choose a subject, a binding or a role first: ", link(href("subjects"), "all subjects"), "."));
    return;
  }
  into.append(legend(), picture(neighbors.nodes, neighbors.edges, "Subjects, bindings, roles and permissions"));
  into.append(h("p", { class: "quiet" }, neighbors.left ? `${count(neighbors.left)} more are not drawn; a picture has at most ${MOST} nodes. Follow a + to see more.` : "Nothing is left out.", subject ? [" ", link(toSubject(subject), "The page of this subject")] : undefined));
}

export function legend(): HTMLElement {
  const items: [string, string][] = [["subject User", "user or account"], ["subject Group", "group"], ["binding", "binding"], ["role", "role"], ["permission", "permission"], ["permission star", "wildcard"]];
  return h("ul", { class: "legend" }, items.map(([kind, words]) => h("li", {}, h("span", { class: `swatch ${kind}` }), words)));
}
