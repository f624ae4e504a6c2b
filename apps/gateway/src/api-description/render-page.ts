/**
 * The API's description as one page of HTML: no script, one style, nothing loaded from anywhere. Descriptions may use
 * paragraphs, code between backticks and emphasis between stars; everything else in them is text.
 */
import type { ApiDescription } from './openapi.ts';
import { pageStyle } from './page-style.ts';
import { toReference, type Answer, type Body, type Field, type Route, type TypePart } from './reference.ts';

export { pageStyleHash } from './page-style.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => entities[character]!);

export function renderPage(api: ApiDescription): string {
  const { groups, webhooks, headers, schemas } = toReference(api);
  const title = `${String(api.info['title'])} API`;
  const contents = groups.map(
    ({ name, routes }) => `<h2>${escape(name)}</h2><ul>${routes.map(entry).join('')}</ul>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="icon" href="favicon.svg" type="image/svg+xml">
<style>${pageStyle}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the reference</a>
<nav aria-label="Contents">
<p class="name">${escape(title)}</p>
${contents.join('\n')}
<h2>Webhooks</h2><ul>${webhooks.map(entry).join('')}</ul>
<h2>More</h2><ul>
<li><a href="#headers">Headers of answers</a></li>
<li><a href="#schemas">Schemas</a></li>
<li><a href="openapi.json">openapi.json</a></li>
<li><a href="./">The page for pictures</a></li>
</ul>
</nav>
<main id="main" tabindex="-1">
<h1>${escape(title)}</h1>
${prose(String(api.info['description']))}
${groups
  .map(
    ({ name, description, routes }) =>
      `<section><h2>${escape(name)}</h2>${prose(description)}${routes.map(routeSection).join('\n')}</section>`,
  )
  .join('\n')}
<section><h2>Webhooks</h2>${webhooks.map(routeSection).join('\n')}</section>
<section id="headers"><h2>Headers of answers</h2>${fieldTable(headers, false)}</section>
<section id="schemas"><h2>Schemas</h2>
${schemas
  .map(
    ({ name, type, fields }) =>
      `<article id="schema-${name}"><h3><code>${escape(name)}</code></h3>${
        fields.length > 0 ? fieldTable(fields) : `<p class="type">${typeHtml(type)}</p>`
      }</article>`,
  )
  .join('\n')}
</section>
</main>
</body>
</html>
`;
}

const entry = ({ id, method, path, summary }: Route): string =>
  `<li><a href="#${id}" title="${escape(summary)}">${badge(method)} <span>${breakable(path)}</span></a></li>`;

const badge = (method: string): string => `<b class="method ${method.toLowerCase()}">${method}</b>`;

/** A long address may break after a slash. */
const breakable = (path: string): string => escape(path).replaceAll('/', '/<wbr>');

function routeSection(route: Route): string {
  const { id, method, path, summary, description, sample, isOpen, parameters, bodies, answers } = route;
  return `<article id="${id}">
<h3>${escape(summary)}</h3>
<p class="address">${badge(method)} <code>${breakable(path)}</code>${isOpen ? ' <span class="note">needs no key</span>' : ''}</p>
${prose(description)}
${sample === undefined ? '' : `<pre tabindex="0"><code>${escape(sample)}</code></pre>`}
${parameters.length === 0 ? '' : `<h4>Parameters</h4>${fieldTable(parameters)}`}
${bodies.length === 0 ? '' : `<h4>Body</h4>${bodies.map(bodyHtml).join('')}`}
<h4>Answers</h4>
${answers.map(answerHtml).join('\n')}
</article>`;
}

function answerHtml({ status, codes, description, headers, bodies }: Answer): string {
  const [first = '', ...others] = description.split('\n\n');
  const summary = codes.length > 0 ? codes.map((code) => `<code>${code}</code>`).join(', ') : inline(first);
  const rest = codes.length > 0 ? [first, ...others] : others;
  const names = headers.map((name) => `<a href="#headers"><code>${escape(name)}</code></a>`).join(', ');
  return `<details><summary><b class="status s${status[0]}">${status}</b> <span>${summary}</span></summary>
${prose(rest.join('\n\n'))}
${bodies.map(bodyHtml).join('')}
${names === '' ? '' : `<p>Headers: ${names}</p>`}
</details>`;
}

function bodyHtml({ mediaType, type, fields, examples }: Body): string {
  const shown = examples.map(
    ({ summary, text }) =>
      `<figure><figcaption>${escape(summary)}</figcaption><pre tabindex="0"><code>${escape(text)}</code></pre></figure>`,
  );
  return `<p class="type"><code>${escape(mediaType)}</code> ${fields.length > 0 ? '' : typeHtml(type)}</p>
${fields.length > 0 ? fieldTable(fields) : ''}${shown.join('')}`;
}

function fieldTable(fields: readonly (Field & { readonly place?: string })[], saysRequired = true): string {
  const rows = fields.map(({ name, place, type, isRequired, description }) => {
    const notes = [
      ...(place === undefined ? [] : [place]),
      ...(saysRequired && isRequired ? ['required'] : []),
    ];
    const note = notes.length === 0 ? '' : ` <span class="note">${notes.join(', ')}</span>`;
    return `<tr><th scope="row"><code>${escape(name)}</code>${note}</th><td>${typeHtml(type)}</td><td>${inline(description)}</td></tr>`;
  });
  return `<div class="table" tabindex="0" role="group" aria-label="Table"><table><thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

const typeHtml = (parts: readonly TypePart[]): string =>
  parts
    .map(({ text, schema }) =>
      schema === undefined ? escape(text) : `<a href="#schema-${schema}">${escape(text)}</a>`,
    )
    .join('');

const prose = (text: string): string =>
  text
    .split('\n\n')
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => `<p>${inline(paragraph)}</p>`)
    .join('\n');

const inline = (text: string): string =>
  escape(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\*(\w[^*]*)\*/g, '<em>$1</em>');
