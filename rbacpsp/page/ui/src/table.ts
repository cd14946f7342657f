// Tables whose rows are created on demand: first some, then more at each click of a button.
import { type Child, count, h, name, plainName } from "./dom";

/** `named`: the title is a name from the cluster. */
export interface Column<T> { title: string; cell: (row: T) => Child; class?: string; named?: boolean }
interface Options<T> { first?: number; row?: (row: T) => Record<string, string | undefined>; empty?: string; caption?: string }

export const FIRST = 500;

/** A table of rows; a button below it adds more rows. */
export function table<T>(columns: Column<T>[], rows: readonly T[], options: Options<T> = {}): HTMLElement {
  const first = options.first ?? FIRST;
  if (!rows.length) return h("p", { class: "empty" }, options.empty ?? "None.");
  const body = h("tbody");
  let shown = 0;
  const add = (): void => {
    const piece = document.createDocumentFragment();
    for (const row of rows.slice(shown, shown + first)) {
      piece.appendChild(h("tr", options.row?.(row) ?? {}, columns.map((column) => h("td", { class: column.class, "data-title": plainName(column.title) }, column.cell(row)))));
    }
    body.appendChild(piece);
    shown = Math.min(rows.length, shown + first);
  };
  add();
  const element = h("table", {},
    options.caption ? h("caption", {}, options.caption) : undefined,
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: column.class }, column.named ? name(column.title) : column.title)))), body);
  if (shown >= rows.length) return h("div", { class: "table" }, element);
  const status = h("span", { class: "quiet" });
  const more = h("button", { type: "button", click: () => { add(); say(); } }, "Show more");
  const say = (): void => {
    status.textContent = ` ${count(shown)} of ${count(rows.length)} rows are shown.`;
    if (shown >= rows.length) more.remove();
  };
  say();
  return h("div", { class: "table" }, element, h("p", { class: "more" }, more, status));
}
