// The recorded decisions of an API server; tests/page/browser/test_sources.py writes them beside the data of each page.
import { expect, test } from "vitest";
import { Index } from "../src/access";
import { type Data, Model } from "../src/data";
import type { Request } from "../src/match";

interface Case { user: string; groups: string[]; request: Request; allowed: boolean }
declare const process: { env: Record<string, string | undefined> };
const file = process.env["RBACPSP_RECORDED"];

test.runIf(file)("every recorded request is decided as the server decided it", async () => {
  const { readFileSync } = await import(/* @vite-ignore */ "node:fs" as string);
  const recorded = JSON.parse(readFileSync(file, "utf-8")) as { data: Data; cases: Case[] }[];
  for (const { data, cases } of recorded) {
    const index = new Index(new Model(data));
    const wrong = cases.filter((each) => index.authorize({ name: each.user, groups: each.groups }, each.request).allowed !== each.allowed);
    expect(wrong).toEqual([]);
  }
  expect(recorded.reduce((sum, each) => sum + each.cases.length, 0)).toBe(7200);
});
