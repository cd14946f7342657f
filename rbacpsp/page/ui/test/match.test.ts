import { expect, test } from "vitest";
import type { RuleRow } from "../src/data";
import { type Request, resourceMatches, ruleAllows, urlMatches } from "../src/match";

const request = (change: Partial<Request>): Request => ({ verb: "get", group: "", resource: "pods", subresource: "", name: "", namespace: "", path: "", ...change });
const rule = (change: Partial<Record<"verbs" | "groups" | "resources" | "names" | "urls", string[]>>): RuleRow => [change.verbs ?? ["get"], change.groups ?? [""], change.resources ?? ["pods"], change.names ?? [], change.urls ?? []];

test("a trailing star makes the rest of a URL a prefix, however many there are", () => {
  expect(urlMatches("/healthz/*", "/healthz/etcd")).toBe(true);
  expect(urlMatches("/heal**", "/healthz")).toBe(true);
  expect(urlMatches("/healthz", "/healthz/etcd")).toBe(false);
  expect(urlMatches("/*/x", "/a/x")).toBe(false);
});

test("a resource does not cover its subresources, and a star before the slash covers those of all", () => {
  expect(resourceMatches(["pods"], "pods", "log")).toBe(false);
  expect(resourceMatches(["*/scale"], "deployments", "scale")).toBe(true);
  expect(resourceMatches(["pods/*"], "pods", "log")).toBe(false);
  expect(resourceMatches(["*/*"], "pods", "log")).toBe(false);
  expect(resourceMatches(["*"], "pods", "log")).toBe(true);
});

test("a rule with names never allows a request without one, and a star is a name", () => {
  expect(ruleAllows(rule({ names: ["db"] }), request({}))).toBe(false);
  expect(ruleAllows(rule({ names: ["db"] }), request({ name: "db" }))).toBe(true);
  expect(ruleAllows(rule({ names: ["*"] }), request({ name: "db" }))).toBe(false);
});

test("the empty group is the core group and no other", () => {
  expect(ruleAllows(rule({ groups: [""] }), request({ group: "apps" }))).toBe(false);
  expect(ruleAllows(rule({ groups: ["*"] }), request({ group: "apps" }))).toBe(true);
});

test("a URL is never allowed by resources, nor a resource by URLs", () => {
  expect(ruleAllows(rule({ resources: ["*"], groups: ["*"] }), request({ path: "/healthz" }))).toBe(false);
  expect(ruleAllows(rule({ resources: [], groups: [], urls: ["*"] }), request({}))).toBe(false);
});
