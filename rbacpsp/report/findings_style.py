"""The style sheet of the HTML report of an audit: light, dark, and for print."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #fff; --ink: #1b1f24; --muted: #59636e; --line: #d1d9e0; --soft: #f6f8fa; --link: #0757b8;
  --critical: #8f1022; --high: #b3420a; --medium: #7d5a00; --low: #0b5c8a; --info: #57606a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161b; --ink: #e4e9ee; --muted: #9aa5b1; --line: #353d47; --soft: #1b2128; --link: #74b0ff;
    --critical: #b3243a; --high: #b8500f; --medium: #8a6700; --low: #1770a3; --info: #5f6973;
  }
}
* { box-sizing: border-box; }
body {
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  color: var(--ink); background: var(--page); max-width: 72rem; margin: 0 auto; padding: 1.5rem 1.5rem 4rem;
}
header { border-bottom: 1px solid var(--line); }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.25rem; line-height: 1.4; margin: 0 0 .75rem; }
h2 small { font-weight: normal; color: var(--muted); font-size: .85rem; }
header p, .muted { color: var(--muted); }
header p { margin: .25rem 0 1rem; }
section { margin-top: 2rem; }
a { color: var(--link); }
.lead { font-size: 1.1rem; margin: 0 0 1rem; }
.tiles { display: grid; grid-template-columns: repeat(5, 1fr); gap: .75rem; margin: 0 0 1.25rem; padding: 0; }
.tile {
  list-style: none; padding: .6rem .9rem; border-radius: .4rem; border: 1px solid var(--line);
  border-left: .4rem solid; background: var(--soft);
}
.tile strong { display: block; font-size: 1.6rem; line-height: 1.2; }
.tile.none { color: var(--muted); }
.tile.critical, .rule.critical { border-left-color: var(--critical); }
.tile.high, .rule.high { border-left-color: var(--high); }
.tile.medium, .rule.medium { border-left-color: var(--medium); }
.tile.low, .rule.low { border-left-color: var(--low); }
.tile.info, .rule.info { border-left-color: var(--info); }
.badge {
  display: inline-block; min-width: 4.6rem; padding: .1rem .5rem; border-radius: .3rem; color: #fff;
  font-size: .78rem; font-weight: 600; text-align: center; vertical-align: .1em;
}
.badge.critical { background: var(--critical); }
.badge.high { background: var(--high); }
.badge.medium { background: var(--medium); }
.badge.low { background: var(--low); }
.badge.info { background: var(--info); }
.rule { border: 1px solid var(--line); border-left: .4rem solid; border-radius: .4rem; padding: 1rem; }
dl { display: grid; grid-template-columns: 9.5rem 1fr; gap: .3rem 1rem; margin: 0 0 1rem; }
dt { color: var(--muted); }
dd { margin: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .45rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { background: var(--soft); font-size: .85rem; }
tbody tr:last-child td { border-bottom: 0; }
td { overflow-wrap: anywhere; }
td p { margin: 0; }
td p + p { margin-top: .3rem; }
td ul { margin: 0; padding-left: 1rem; }
.number { text-align: right; }
.index th:first-child { width: 6.5rem; }
.rules th:nth-child(3) { width: 6.5rem; text-align: right; }
.rules th:nth-child(4) { width: 50%; }
.changes th:nth-child(3), .changes th:nth-child(4) { width: 5rem; text-align: right; }
.changes th:nth-child(2) { width: 26%; }
h3 { font-size: 1.05rem; margin: 1.25rem 0 .5rem; }
ol { margin: 0; padding-left: 1.4rem; }
.groups th:first-child, .paths th:first-child { width: 6.5rem; }
.groups th:nth-child(2), .groups th:nth-child(3), .paths th:nth-child(2) { width: 26%; }
.paths th:nth-child(3) { width: 12rem; }
.findings { table-layout: fixed; font-size: .92rem; }
.findings th:first-child { width: 25%; }
.findings th:last-child { width: 28%; }
code { font: .9em/1.4 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; }
.method { border-top: 1px solid var(--line); padding-top: 1.25rem; color: var(--muted); font-size: .92rem; }
.method h2 { color: var(--ink); }
@media (max-width: 45rem) {
  .tiles { grid-template-columns: repeat(2, 1fr); }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --ink: #000; --muted: #444; --line: #bbb; --soft: #f4f4f4; --link: #000;
    --critical: #8f1022; --high: #b3420a; --medium: #7d5a00; --low: #0b5c8a; --info: #57606a;
  }
  :root { font-size: 12px; }
  body { font-size: 9pt; max-width: none; padding: 0; }
  a { text-decoration: none; }
  .badge, .tile, th, .rule { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  thead { display: table-header-group; }
  .index tr, .groups tr, .paths li, .findings p, .findings li, dl, .tiles, .lead { break-inside: avoid; }
  h2 { break-after: avoid; }
}
@page { margin: 16mm 14mm; }
"""
