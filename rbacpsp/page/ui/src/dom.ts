// Creates elements, and shows names of the cluster as text: no text is ever parsed as markup.
export type Child = Node | string | number | undefined | null | false | Child[];
type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

const SVG = "http://www.w3.org/2000/svg";

/** An element; an attribute whose value is a function handles the event of its name. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

export function append(element: Element, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child instanceof Node) element.appendChild(child);
    else if (child !== undefined && child !== null && child !== false) element.appendChild(document.createTextNode(String(child)));
  }
}

// Invisible characters, characters that change the direction of text, and unusual spaces.
const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0\u115f\u1160\u2800]|^ +| +$/gu;

/** A name as text with its own direction; invisible characters are spelled out, and long names break between their parts. */
export function name(text: string): HTMLElement {
  const shown = h("bdi", { class: "name" });
  let from = 0;
  for (const odd of text.matchAll(ODD)) {
    pieces(shown, text.slice(from, odd.index));
    shown.appendChild(h("span", { class: "odd" }, [...odd[0]].map(spelled).join("")));
    from = odd.index + odd[0].length;
  }
  pieces(shown, text.slice(from));
  return shown;
}

function spelled(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code < 256 ? `\\x${hex.padStart(2, "0")}` : code < 65536 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** Text in which a line may break after each separator of the parts of names. */
function pieces(into: Element, text: string): void {
  for (const piece of text.split(/(?<=[:/.@_-])(?=[^:/.@_-])/)) {
    if (into.lastChild) into.appendChild(document.createElement("wbr"));
    if (piece) into.appendChild(document.createTextNode(piece));
  }
}

export function plainName(text: string): string {
  return text.replace(ODD, (found) => [...found].map(spelled).join(""));
}

export function link(to: string, ...children: Child[]): HTMLAnchorElement {
  return h("a", { href: to }, ...children);
}

/** A number with separators of thousands. */
export function count(number: number, one?: string, many?: string): string {
  const text = number.toLocaleString("en-US");
  return one ? `${text} ${number === 1 ? one : (many ?? `${one}s`)}` : text;
}
