/**
 * The manifests of deploy/kubernetes as the rules about them read them, and what fields the API has for them.
 * Strict about fields and their types, as the API server is; what values mean to a cluster only a cluster knows.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { repository } from '../support/service-process.ts';
import { project as here } from './project.ts';
import type { Project } from './project.ts';

export const folder = 'deploy/kubernetes';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export interface Manifest {
  /** Where it was read. */
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly content: JsonObject;
}

/** Every document that is not kustomize's own, patches among them. */
export function manifestsOf(project: Project): readonly Manifest[] {
  return yamlFiles(project)
    .filter((path) => basename(path) !== 'kustomization.yaml')
    .flatMap((path) => parseManifests(project.read(path), path));
}

export function kustomizationsOf(project: Project): readonly Manifest[] {
  return yamlFiles(project)
    .filter((path) => basename(path) === 'kustomization.yaml')
    .flatMap((path) => parseManifests(project.read(path), path));
}

const yamlFiles = (project: Project): string[] =>
  project.paths.filter((path) => path.startsWith(`${folder}/`) && path.endsWith('.yaml'));

export function parseManifests(text: string, path: string): Manifest[] {
  // kubectl reads YAML 1.1, in which `<<` merges.
  return parseAllDocuments(text, { merge: true }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors[0]!.message}`);
    const content = document.toJS() as JsonObject;
    return {
      path,
      kind: textAt(content, 'kind'),
      name: textAt(content, 'metadata', 'name'),
      content,
    };
  });
}

/** A manifest with something else in it, as a plant for a rule. */
export function edited(path: string, from: string, to: string): Readonly<Record<string, string>> {
  const text = here.read(`${folder}/${path}`);
  if (!text.includes(from)) throw new Error(`${path} does not say ${from}`);
  return { [`${folder}/${path}`]: text.replaceAll(from, to) };
}

/** What lies below a path of names and indexes; undefined where it ends early. */
export function at(value: Json | undefined, ...steps: readonly (string | number)[]): Json | undefined {
  let found: Json | undefined = value;
  for (const step of steps) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Readonly<Record<string | number, Json>>)[step];
  }
  return found;
}

/** A scalar as text; nothing where there is none. */
export function textAt(value: Json | undefined, ...steps: readonly (string | number)[]): string {
  const found = at(value, ...steps);
  return typeof found === 'object' || found === undefined ? '' : String(found);
}

export const listAt = (value: Json | undefined, ...steps: readonly (string | number)[]): readonly Json[] => {
  const found = at(value, ...steps);
  return Array.isArray(found) ? (found as readonly Json[]) : [];
};

/** The variables that gateways and workers share, with those of some components over them. */
export function settingsOf(
  project: Project,
  ...components: readonly string[]
): Readonly<Record<string, string>> {
  const folders = ['base', ...components.map((name) => `components/${name}`)].map(
    (name) => `${folder}/${name}/`,
  );
  const literals = folders.flatMap((path) =>
    kustomizationsOf(project)
      .filter((kustomization) => kustomization.path === `${path}kustomization.yaml`)
      .flatMap(({ content }) => listAt(content, 'configMapGenerator'))
      .filter((generator) => at(generator, 'name') === 'settings')
      .flatMap((generator) => listAt(generator, 'literals')),
  );
  return Object.fromEntries(
    literals.map((literal) => {
      const [name = '', ...value] = textAt(literal).split('=');
      return [name, value.join('=')];
    }),
  );
}

/** The pod that a Deployment or StatefulSet makes, or that stands alone. */
export const podOf = ({ kind, content }: Manifest): Json | undefined =>
  kind === 'Pod'
    ? content
    : kind === 'Deployment' || kind === 'StatefulSet'
      ? at(content, 'spec', 'template')
      : undefined;

interface Fields {
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const fields = JSON.parse(
  readFileSync(join(repository, 'tests', 'fixtures', 'kubernetes-fields.json'), 'utf8'),
) as Fields;

/** Fields that the API does not have, and values that are of another type than it wants. */
export function misfits({ path, content }: Manifest): string[] {
  const kind = `${textAt(content, 'apiVersion')} ${textAt(content, 'kind')}`;
  const type = fields.kinds[kind];
  return type === undefined
    ? [`${path}: there is no ${kind} in the list of fields`]
    : check(content, type, path);
}

const scalars: Readonly<Record<string, (value: Json) => boolean>> = {
  any: () => true,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  quantity: (value) => /^\d+(?:\.\d+)?(?:m|[kMGT]i?)?$/.test(textAt(value)),
  'integer or string': (value) => Number.isInteger(value) || typeof value === 'string',
};

function check(value: Json, type: string, where: string): string[] {
  // In a patch this takes a field away.
  if (value === null) return [];
  const wanted = (): string[] => [`${where}: expected ${type}, came ${JSON.stringify(value).slice(0, 60)}`];
  if (type.startsWith('[]')) {
    if (!Array.isArray(value)) return wanted();
    return (value as readonly Json[]).flatMap((entry, index) =>
      check(entry, type.slice(2), `${where}[${index}]`),
    );
  }
  const isScalar = scalars[type];
  if (isScalar !== undefined) return isScalar(value) ? [] : wanted();
  if (typeof value !== 'object' || Array.isArray(value)) return wanted();
  const entries = Object.entries(value as JsonObject);
  if (type.startsWith('{}'))
    return entries.flatMap(([name, entry]) => check(entry, type.slice(2), `${where}.${name}`));
  return entries.flatMap(([name, entry]) => {
    const known = fields.types[type]![name];
    if (known !== undefined) return check(entry, known, `${where}.${name}`);
    return name === '$patch' ? [] : [`${where}: ${type} has no field ${name}`];
  });
}

/** The program here that renders kustomizations, with its first arguments. */
export function findKustomize(): readonly [string, ...string[]] | undefined {
  return (
    [
      ['kustomize', 'build'],
      ['kubectl', 'kustomize'],
    ] as const
  ).find(([command, verb]) => {
    try {
      execFileSync(command, [verb, '--help'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
