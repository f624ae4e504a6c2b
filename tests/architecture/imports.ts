/**
 * What each file imports, read from its syntax tree and not from its text, and where each import leads. Knows how the
 * workspace resolves names; judges nothing.
 */
import { posix } from 'node:path';
import { parseAst } from 'vitest/node';
import { isCode, isSource, packagesOf } from './project.ts';
import type { Project } from './project.ts';

export interface Import {
  /** As it is written. */
  readonly specifier: string;
  /** Gone when the types are stripped. */
  readonly isTypeOnly: boolean;
  readonly target: Target;
}

export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'library'; readonly name: string }
  | { readonly kind: 'nothing'; readonly reason: string };

export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

const trees = new Map<string, Node>();

export function parse(text: string, path: string): Node {
  const key = `${path}\n${text}`;
  let tree = trees.get(key);
  if (tree === undefined) {
    const lang = path.endsWith('.tsx') ? 'tsx' : path.endsWith('.ts') ? 'ts' : 'js';
    tree = parseAst(text, { lang, sourceType: 'module' }, path) as unknown as Node;
    trees.set(key, tree);
  }
  return tree;
}

/** Every node of a tree, with the node that it hangs from. */
export function visit(node: Node, see: (node: Node, parent: Node | undefined, field: string) => void): void {
  const walk = (current: Node, parent: Node | undefined, at: string): void => {
    see(current, parent, at);
    for (const [field, value] of Object.entries(current)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) walk(child, current, field);
      }
    }
  };
  walk(node, undefined, '');
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** All imports of a file, re-exports, `import()` and types named by `import()` among them. */
export function importsOf(base: Project, path: string): readonly Import[] {
  const found = isCode(path) ? writtenImports(parse(base.read(path), path)) : styleImports(base.read(path));
  return found.map(({ specifier, isTypeOnly }) => ({
    specifier,
    isTypeOnly,
    target: resolve(base, path, specifier),
  }));
}

const styleImports = (text: string): Omit<Import, 'target'>[] =>
  [...text.matchAll(/^@import (?:url\()?['"](.+?)['"]/gm)].map(([, specifier = '']) => ({
    specifier,
    isTypeOnly: false,
  }));

const written = new WeakMap<Node, readonly Omit<Import, 'target'>[]>();

function writtenImports(tree: Node): readonly Omit<Import, 'target'>[] {
  const known = written.get(tree);
  if (known !== undefined) return known;
  const found: Omit<Import, 'target'>[] = [];
  visit(tree, (node) => {
    const source = node['source'];
    if (!isNode(source) || typeof source['value'] !== 'string') return;
    found.push({ specifier: source['value'], isTypeOnly: hasOnlyTypes(node) });
  });
  written.set(tree, found);
  return found;
}

function hasOnlyTypes(node: Node): boolean {
  if (node.type === 'TSImportType') return true;
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers = node['specifiers'];
  return (
    Array.isArray(specifiers) &&
    specifiers.length > 0 &&
    (specifiers as Node[]).every(
      (specifier) => specifier['importKind'] === 'type' || specifier['exportKind'] === 'type',
    )
  );
}

function resolve(base: Project, from: string, specifier: string): Target {
  if (specifier.startsWith('node:')) return { kind: 'node', name: specifier };
  if (specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(from), specifier);
    return base.has(path) ? { kind: 'file', path } : { kind: 'nothing', reason: `there is no ${path}` };
  }
  const [first = '', second = ''] = specifier.split('/');
  const name = specifier.startsWith('@') ? `${first}/${second}` : first;
  for (const [folder, { name: own, exports = {} }] of packagesOf(base)) {
    if (own !== name || folder === '') continue;
    const target = exports[`.${specifier.slice(name.length)}`];
    if (target === undefined) return { kind: 'nothing', reason: `${name} does not export it` };
    return { kind: 'file', path: posix.join(folder, target) };
  }
  return { kind: 'library', name };
}

export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

export function importGraph(base: Project): ImportGraph {
  return new Map(base.paths.filter(isSource).map((path) => [path, importsOf(base, path)]));
}

/** All files that come with these, themselves included. `follow` says which imports count. */
export function reachable(
  graph: ImportGraph,
  entries: readonly string[],
  follow: (found: Import) => boolean = () => true,
): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...entries];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const found of graph.get(path) ?? []) {
      if (found.target.kind === 'file' && follow(found)) open.push(found.target.path);
    }
  }
  return seen;
}
