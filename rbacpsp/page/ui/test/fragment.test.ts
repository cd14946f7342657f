import { expect, test } from "vitest";
import { href, parse } from "../src/fragment";

test("parameters are percent-encoded, absent means empty, and a plus is a plus", () => {
  const { view, params } = parse("who-can?verb=get&group=&resource=a%2Fb+c&name");
  expect(view).toBe("who-can");
  expect(Object.fromEntries(params)).toEqual({ verb: "get", group: "", resource: "a/b+c" });
});

test("what is no percent-encoding is taken as it is", () => {
  expect(parse("x?a=%zz").params.get("a")).toBe("%zz");
});

test("what was made is read back, whatever a name holds", () => {
  for (const name of ["User/alice", "a&b=c#d?e", "\u202e\u{1f600}", "%41", " "]) {
    expect(parse(href("subject", { subject: name }).slice(1)).params.get("subject")).toBe(name);
  }
  expect(href("subject", { subject: "\ud800" })).toBe("#subject?subject=%EF%BF%BD");
});
