// Every state of the page is a fragment: a view, and percent-encoded parameters; an absent parameter is empty.
export interface State { view: string; params: ReadonlyMap<string, string> }

export function parse(fragment: string): State {
  const mark = fragment.indexOf("?");
  const params = new Map<string, string>();
  if (mark >= 0) {
    for (const pair of fragment.slice(mark + 1).split("&")) {
      const equals = pair.indexOf("=");
      if (equals > 0) params.set(decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1)));
    }
  }
  return { view: mark < 0 ? fragment : fragment.slice(0, mark), params };
}

/** A fragment with its `#`; it leaves out empty parameters. */
export function href(view: string, params: Record<string, string | undefined> = {}): string {
  const pairs = Object.entries(params).filter(([, value]) => value);
  return `#${view}${pairs.length ? "?" : ""}${pairs.map(([name, value]) => `${name}=${encoded(value ?? "")}`).join("&")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return encodeURIComponent(text.replace(/[\ud800-\udfff]/g, "\ufffd"));
  }
}
