/** The style of the page at `/docs`, and its digest for the page's policy, which lets in this one and no other. */
import { createHash } from 'node:crypto';

export const pageStyle = `
:root { color-scheme: light dark; --text: #1b2126; --quiet: #55606a; --ground: #ffffff; --raised: #f3f5f7; --line: #d5dbe0;
  --link: #00589b; --get: #0b6b3a; --post: #7a4a00; --delete: #a3231f; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ec; --quiet: #a5b0ba; --ground: #14181c; --raised: #1f252b;
  --line: #39424b; --link: #7cc0ff; --get: #6fd3a0; --post: #f0b866; --delete: #ff9c96; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr); color: var(--text); background: var(--ground);
  font: 1rem/1.55 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: .5rem; z-index: 1; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem; border-right: 1px solid var(--line);
  background: var(--raised); font-size: .875rem; }
nav .name { font-weight: 700; font-size: 1.125rem; margin: 0; }
nav h2 { font-size: .8125rem; color: var(--quiet); margin: 1.25rem 0 .25rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .2rem 0; text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { text-decoration: underline; }
main { padding: 1.5rem 2.5rem 6rem; max-width: 62rem; }
main:focus { outline: none; }
h1 { font-size: 1.75rem; line-height: 1.2; }
section > h2 { font-size: 1.375rem; margin: 3rem 0 0; padding-top: 1rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.125rem; margin: 2.25rem 0 .25rem; }
h4 { font-size: .9375rem; margin: 1.25rem 0 .25rem; }
article { scroll-margin-top: 1rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875em; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: .375rem; padding: .75rem; overflow-x: auto; margin: .5rem 0; }
.method { font: 700 .75rem/1 ui-monospace, monospace; }
.get { color: var(--get); } .post { color: var(--post); } .delete { color: var(--delete); }
.address { margin: 0; overflow-wrap: anywhere; }
.note { color: var(--quiet); font-size: .8125rem; font-weight: 400; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
td { min-width: 6rem; overflow-wrap: anywhere; }
th[scope="row"] { font-weight: 400; }
details { border-bottom: 1px solid var(--line); padding: .35rem 0; }
summary { cursor: pointer; }
summary p { display: inline; }
.status { font-family: ui-monospace, monospace; }
.s2 { color: var(--get); } .s4, .sd { color: var(--post); } .s5 { color: var(--delete); }
.type { margin: .5rem 0 0; }
figure { margin: .5rem 0; }
figcaption { color: var(--quiet); font-size: .8125rem; }
@media (max-width: 52rem) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding: 1rem 1rem 4rem; }
  thead { position: absolute; left: -99rem; }
  tr { display: block; border-bottom: 1px solid var(--line); padding: .35rem 0; }
  tr > * { display: block; border: 0; padding: 0; }
}
`;

export const pageStyleHash = `sha256-${createHash('sha256').update(pageStyle).digest('base64')}`;
