/** Markdown as the rules about documents read it: code, tables, headings and links, each with its line. */
import type { Project } from './project.ts';

export interface Found {
  readonly text: string;
  /** `docs/x.md:12` */
  readonly at: string;
}

export interface Document {
  readonly path: string;
  /** What stands between backticks in running text. */
  readonly spans: readonly Found[];
  /** Lines inside fences. */
  readonly fenced: readonly Found[];
  /** Targets of links. */
  readonly links: readonly Found[];
  readonly headings: readonly string[];
}

export function documentsOf(project: Project): readonly Document[] {
  return project.paths.filter((path) => path.endsWith('.md')).map((path) => readDocument(project, path));
}

export function readDocument(project: Project, path: string): Document {
  const spans: Found[] = [];
  const fenced: Found[] = [];
  const links: Found[] = [];
  const headings: string[] = [];
  let isFenced = false;
  for (const [index, line] of project.read(path).split('\n').entries()) {
    const at = `${path}:${index + 1}`;
    if (/^\s*```/.test(line)) {
      isFenced = !isFenced;
    } else if (isFenced) {
      fenced.push({ text: line, at });
    } else {
      const heading = /^#+ (.+)$/.exec(line)?.[1];
      if (heading !== undefined) headings.push(heading);
      for (const [, text = ''] of line.matchAll(/`([^`]+)`/g)) spans.push({ text, at });
      for (const [, text = ''] of line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
        links.push({ text, at });
      }
    }
  }
  return { path, spans, fenced, links, headings };
}

/** As a page's address shows a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** The rows of the table below a heading, without its head, cells trimmed and without backticks. */
export function tableBelow(project: Project, path: string, heading: string): readonly (readonly string[])[] {
  const lines = project.read(path).split('\n');
  const from = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (from < 0) return [];
  const rest = lines.slice(from + 1);
  const next = rest.findIndex((line) => /^#+ /.test(line));
  return (next < 0 ? rest : rest.slice(0, next))
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}
