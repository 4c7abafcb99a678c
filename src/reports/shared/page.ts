import { type Html, html, verbatim } from "./html.js";

/**
 * The frame of a self-contained page: one file, no script, no request. Light and dark by the reader's setting, one column
 * on a phone, printable. Colours have a contrast of at least 4.5:1 on their ground (WCAG 2.2 §1.4.3).
 */
const style = verbatim(`
:root { color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --ink: #17202b; --soft: #566272; --line: #dfe4ea; --track: #e6eaef;
  --blue: #1d5fbf; --blue-soft: #e7f0fc; --green: #1a7a43; --green-soft: #e4f5ea; --amber: #8a5a00; --amber-soft: #fdf2d8;
  --red: #b3261e; --red-soft: #fdeceb; --bar: #3b82d6; --bar-done: #2b9a5b; --bar-bad: #d0443b;
  --mono: ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #0f141a; --card: #171e27; --ink: #e6ebf1; --soft: #9aa7b6; --line: #2a3440; --track: #28323e;
  --blue: #7fb3f5; --blue-soft: #15283f; --green: #6fd098; --green-soft: #12301f; --amber: #e9bd63; --amber-soft: #33270c;
  --red: #ff9a92; --red-soft: #3a1715; --bar: #4c93e6; --bar-done: #3fae6e; --bar-bad: #e0675f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; overflow-wrap: anywhere; }
main, header, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.25rem; } footer { padding-bottom: 2.5rem; color: var(--soft); font-size: .875rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.125rem; margin: 0 0 .9rem; } h3 { font-size: 1rem; margin: 1.2rem 0 .5rem; }
p { margin: .4rem 0; } .soft { color: var(--soft); } .lead { font-size: 1.0625rem; margin: 0 0 1.25rem; max-width: 52rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem 1.4rem; margin: 0 0 1.1rem; }
section.danger { border-color: var(--red); background: var(--red-soft); } section.danger h2 { color: var(--red); }
section.warn { border-color: var(--amber); background: var(--amber-soft); } section.warn h2 { color: var(--amber); }
section.good { border-color: var(--green); background: var(--green-soft); } section.good h2 { color: var(--green); }
ul { margin: .3rem 0; padding-left: 1.2rem; } li { margin: .25rem 0; overflow-wrap: anywhere; }
code { font-family: var(--mono); font-size: .875em; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; font-size: .8125rem; white-space: nowrap; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
tbody tr:last-child td { border-bottom: 0; }
td, td code { overflow-wrap: break-word; } td { min-width: 3.5rem; }
.tag { display: inline-block; border-radius: 1rem; padding: .05rem .6rem; font-size: .8125rem; font-weight: 600; white-space: nowrap; background: var(--track); color: var(--ink); }
.tag.blue { background: var(--blue-soft); color: var(--blue); } .tag.green { background: var(--green-soft); color: var(--green); }
.tag.amber { background: var(--amber-soft); color: var(--amber); } .tag.red { background: var(--red-soft); color: var(--red); }
summary { cursor: pointer; padding: .35rem 0; } summary:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; border-radius: .25rem; }
details .names { columns: 16rem; column-gap: 1.5rem; padding: .3rem 0 .3rem .2rem; list-style: none; margin: 0; }
@media (max-width: 40rem) { header { padding-top: 1.4rem; } h1 { font-size: 1.375rem; } main, header, footer { padding-left: .8rem; padding-right: .8rem; } section { padding: 1rem; border-radius: .6rem; } }
@media print { body { background: #fff; } section { break-inside: avoid; } }
`);

/** What a page is made of. */
export interface Page {
  readonly title: string;
  readonly header: Html;
  readonly main: Html;
  readonly footer: Html;
  /** More rules, of our own. */
  readonly style?: string;
}

/** A whole page as text. */
export function page({ title, header, main, footer, style: more }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${style}${verbatim(more ?? "")}</style>
</head>
<body>
<header>${header}</header>
<main>${main}</main>
<footer>${footer}</footer>
</body>
</html>
`.text;
}
