/**
 * The description in the order and the words in which people read it: for the page at `/docs` and for the reference in the
 * documents, which lay it out each in their own way. Knows OpenAPI, and neither HTML nor Markdown.
 */
import type {
  ApiDescription,
  Content,
  JsonSchema,
  Method,
  Operation,
  Parameter,
  Reference,
} from './openapi.ts';

/** A piece of a type's name; `schema` is the name of a schema that is shown elsewhere. */
export interface TypePart {
  readonly text: string;
  readonly schema?: string;
}

export interface Field {
  readonly name: string;
  readonly type: readonly TypePart[];
  readonly isRequired: boolean;
  readonly description: string;
}

export interface Body {
  readonly mediaType: string;
  readonly type: readonly TypePart[];
  /** Empty where the type is shown elsewhere or has none. */
  readonly fields: readonly Field[];
  readonly examples: readonly { readonly summary: string; readonly text: string }[];
}

export interface Answer {
  readonly status: string;
  /** Of errors; each has an example that is called after it. */
  readonly codes: readonly string[];
  readonly description: string;
  readonly headers: readonly string[];
  readonly bodies: readonly Body[];
}

export interface Route {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly sample: string | undefined;
  /** Whether a caller needs a key where keys are asked for. */
  readonly isOpen: boolean;
  readonly parameters: readonly (Field & { readonly place: string })[];
  readonly bodies: readonly Body[];
  readonly answers: readonly Answer[];
}

export interface ReferenceGroup {
  readonly name: string;
  readonly description: string;
  readonly routes: readonly Route[];
}

export interface ApiReference {
  readonly groups: readonly ReferenceGroup[];
  readonly webhooks: readonly Route[];
  readonly headers: readonly Field[];
  readonly schemas: readonly {
    readonly name: string;
    readonly type: readonly TypePart[];
    readonly fields: readonly Field[];
  }[];
}

export function toReference(api: ApiDescription): ApiReference {
  const routes = routesOf(api, api.paths);
  return {
    groups: api.tags.map(({ name, description }) => ({
      name,
      description,
      routes: routes.filter(({ tag }) => tag === name),
    })),
    webhooks: routesOf(api, api.webhooks),
    headers: Object.entries(api.components.headers).map(([name, { description, schema }]) => ({
      name,
      description,
      type: typeOf(schema),
      isRequired: false,
    })),
    schemas: Object.entries(api.components.schemas).map(([name, schema]) => ({
      name,
      type: typeOf(schema),
      fields: fieldsOf(schema),
    })),
  };
}

function routesOf(api: ApiDescription, items: ApiDescription['paths']): (Route & { tag: string })[] {
  return Object.entries(items).flatMap(([path, item]) =>
    (Object.entries(item) as [Method, Operation][]).map(([method, operation]) => ({
      tag: operation.tags[0]!,
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      summary: operation.summary,
      description: operation.description ?? '',
      sample: operation['x-codeSamples']?.[0]?.source,
      isOpen: operation.security?.length === 0,
      parameters: (operation.parameters ?? []).map((parameter) => parameterField(api, parameter)),
      bodies: bodiesOf(operation.requestBody?.content),
      answers: Object.entries(operation.responses).map(
        ([status, { description, headers = {}, content }]) => ({
          status,
          codes: /^[45]\d\d$/.test(status) ? Object.keys(content?.['application/json']?.examples ?? {}) : [],
          description,
          headers: Object.keys(headers),
          bodies: bodiesOf(content),
        }),
      ),
    })),
  );
}

function parameterField(
  { components }: ApiDescription,
  given: Parameter | Reference,
): Field & { place: string } {
  const found = '$ref' in given ? components.parameters[given.$ref.split('/').at(-1)!] : given;
  if (found === undefined) throw new Error('a reference leads to no parameter');
  const { name, in: place, description, required: isRequired = false, schema } = found;
  return { name, place, description, isRequired, type: typeOf(schema) };
}

function bodiesOf(content: Readonly<Record<string, Content>> = {}): Body[] {
  return Object.entries(content).map(([mediaType, { schema, examples = {} }]) => ({
    mediaType,
    type: typeOf(schema),
    fields: fieldsOf(schema),
    examples: Object.entries(examples).map(([name, { summary, value }]) => ({
      summary: summary ?? name,
      text: typeof value === 'string' ? value : JSON.stringify(value, undefined, 2),
    })),
  }));
}

/** Objects inside are spelled out with their way: `queue.waiting`, `workers[].id`. */
function fieldsOf({ properties = {}, required = [] }: JsonSchema, way = ''): Field[] {
  return Object.entries(properties).flatMap(([name, property]) => [
    {
      name: way + name,
      type: typeOf(property),
      isRequired: required.includes(name),
      description: describe(property),
    },
    ...(property.items === undefined
      ? fieldsOf(property, `${way}${name}.`)
      : fieldsOf(property.items, `${way}${name}[].`)),
  ]);
}

function describe({ description, default: usual }: JsonSchema): string {
  const isShort = typeof usual === 'string' || typeof usual === 'number' || typeof usual === 'boolean';
  return [
    ...(description === undefined ? [] : [description]),
    ...(isShort ? [`Default: \`${usual}\`.`] : []),
  ].join(' ');
}

function typeOf(schema: JsonSchema): TypePart[] {
  const { $ref, const: only, enum: several, type, format, items, anyOf, oneOf } = schema;
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1)!;
    return [{ text: name, schema: name }];
  }
  if (only !== undefined) return [{ text: JSON.stringify(only) }];
  if (several !== undefined) return [{ text: several.map((one) => JSON.stringify(one)).join(' | ') }];
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) {
    return choices.flatMap((choice, index) => [...(index > 0 ? [{ text: ' | ' }] : []), ...typeOf(choice)]);
  }
  if (type === 'array') {
    const each = typeOf(items ?? {});
    return each.length > 1 ? [{ text: '(' }, ...each, { text: ')[]' }] : [...each, { text: '[]' }];
  }
  if (format === 'binary') return [{ text: 'bytes' }];
  return [{ text: (type ?? 'any') + rangeOf(schema) }];
}

function rangeOf({ minimum, maximum, format }: JsonSchema): string {
  if (format !== undefined) return ` (${format})`;
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  return minimum === undefined ? '' : `, at least ${minimum}`;
}
