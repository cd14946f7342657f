// Builds the script and the style of the page; the folder is ../built, or the first argument.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = process.argv[2] ?? `${here}../built`;
const common = { absWorkingDir: here, bundle: true, minify: true, charset: "ascii", legalComments: "none", logLevel: "warning" };
await build({ ...common, entryPoints: ["src/main.ts"], outfile: `${out}/explorer.js`, format: "iife", target: "es2022" });
await build({ ...common, entryPoints: ["src/style.css"], outfile: `${out}/explorer.css`, target: ["chrome111", "firefox113", "safari16"] });

// What was built from, for tests on machines without Node: tests/page/test_built.py computes the same.
const sources = readdirSync(`${here}src`, { recursive: true }).map((name) => `src/${name}`).filter((name) => /\.(ts|css)$/.test(name));
const hash = createHash("sha256");
for (const name of [...sources, "build.mjs", "package-lock.json"].sort()) hash.update(`${name}\0`).update(readFileSync(`${here}${name}`)).update("\0");
writeFileSync(`${out}/sources.sha256`, `${hash.digest("hex")}\n`);
