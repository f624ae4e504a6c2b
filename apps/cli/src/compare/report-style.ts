/** How the report of a comparison looks, in light and in dark. A is blue and B orange, which most colour-blind people tell apart. */
import type { Html } from './html.ts';

export const reportStyle: Html = {
  text: `
:root{color-scheme:light dark;--text:#1f2328;--soft:#57606a;--back:#fff;--ground:#eaeef2;--line:#d0d7de;--a:#0b62d6;--b:#b35900}
@media (prefers-color-scheme:dark){:root{--text:#e6edf3;--soft:#9da7b3;--back:#161b22;--ground:#0d1117;--line:#30363d;--a:#6cb0ff;--b:#ffa94d}}
body{margin:2rem auto;padding:0 1rem;max-width:64rem;font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:var(--text);background:var(--back)}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}.soft{color:var(--soft)}
.sides{display:grid;grid-template-columns:auto 1fr;gap:.2rem .8rem}.sides dd{margin:0;overflow-wrap:anywhere}.sides dt{font-weight:600}
dt.a,.key.a{color:var(--a)}dt.b,.key.b{color:var(--b)}
.wide{overflow-x:auto}table{border-collapse:collapse}
td,th{padding:.3rem 1.2rem .3rem 0;border-bottom:1px solid var(--line);text-align:left;overflow-wrap:break-word}
td:not(:first-child){font-variant-numeric:tabular-nums}tbody tr:last-child td{border-bottom:0}
fieldset{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:.3rem 1.5rem;margin:1rem 0;border:1px solid var(--line);border-radius:6px;background:var(--back)}
figure{margin:2rem 0}figcaption{overflow-wrap:anywhere;margin-bottom:.4rem}
.picture{position:relative;max-height:90vh;max-width:100%;margin:auto;background:var(--ground)}
.picture img,.picture svg{position:absolute;inset:0;width:100%;height:100%}.picture img{object-fit:contain}
rect{fill:transparent;vector-effect:non-scaling-stroke;stroke-width:3}
g.a rect{stroke:#2f81f7}g.b rect{stroke:#ff9e1b;stroke-dasharray:9 5}g.both rect{stroke-width:2}
text{font-family:system-ui,sans-serif;font-weight:600;paint-order:stroke;stroke:#000;stroke-width:.25em;stroke-linejoin:round}
g.a text{fill:#8ec5ff}g.b text{fill:#ffc980}
body:has(#show-a:not(:checked)) g.only.a,body:has(#show-b:not(:checked)) g.only.b,body:has(#show-both:not(:checked)) g.both{display:none}
`,
};
