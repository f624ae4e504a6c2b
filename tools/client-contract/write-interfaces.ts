/**
 * The schemas of an OpenAPI description as TypeScript: an interface or a type for each, in alphabetical order, descriptions as
 * comments. It knows what this API uses of JSON Schema, and stops at anything else.
 */

type Schema = Readonly<Record<string, unknown>>;

/** What a type does not say: bounds, formats, and which property tells members of a union apart. */
const withoutType = new Set([
  'default',
  'description',
  'discriminator',
  'example',
  'examples',
  'format',
  'maximum',
  'maxItems',
  'maxLength',
  'minimum',
  'minItems',
  'minLength',
  'pattern',
  'title',
]);

/** Throws for a schema that it does not understand. */
export function writeInterfaces(schemas: Readonly<Record<string, Schema>>): string {
  return Object.keys(schemas)
    .sort()
    .map((name) => {
      const schema = schemas[name]!;
      const declared = isObject(schema)
        ? `export interface ${name} ${typeOf(schema, name)}`
        : `export type ${name} = ${typeOf(schema, name)};`;
      return `${commentOf(schema)}${declared}`;
    })
    .join('\n\n');
}

function typeOf(schema: Schema, at: string): string {
  const { $ref, anyOf, oneOf, type, properties, items } = schema;
  const left = Object.keys(schema).filter((key) => !withoutType.has(key));
  const onlyHas = (...keys: readonly string[]): boolean => left.every((key) => keys.includes(key));
  if (typeof $ref === 'string' && onlyHas('$ref')) return $ref.replace('#/components/schemas/', '');
  const members = anyOf ?? oneOf;
  if (Array.isArray(members) && onlyHas('anyOf', 'oneOf')) {
    return members.map((member, index) => typeOf(member as Schema, `${at}.${index}`)).join(' | ');
  }
  if ('const' in schema && onlyHas('type', 'const')) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum']) && onlyHas('type', 'enum')) {
    return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  }
  if (type === 'array' && onlyHas('type', 'items'))
    return `readonly (${typeOf(items as Schema, `${at}[]`)})[]`;
  if (isObject(schema) && onlyHas('type', 'properties', 'required', 'additionalProperties')) {
    return objectOf(properties as Readonly<Record<string, Schema>>, schema['required'], at);
  }
  const plain = plainTypes.get(String(type));
  if (plain !== undefined && onlyHas('type')) return plain;
  throw new Error(`${at}: this schema cannot be written as a type: ${JSON.stringify(schema)}`);
}

const plainTypes: ReadonlyMap<string, string> = new Map([
  ['string', 'string'],
  ['number', 'number'],
  ['integer', 'number'],
  ['boolean', 'boolean'],
]);

function objectOf(properties: Readonly<Record<string, Schema>>, required: unknown, at: string): string {
  const always = Array.isArray(required) ? required : [];
  const lines = Object.entries(properties).map(([name, schema]) => {
    const mark = always.includes(name) ? '' : '?';
    return `${commentOf(schema)}readonly ${name}${mark}: ${typeOf(schema, `${at}.${name}`)};`;
  });
  return `{\n${lines.join('\n')}\n}`;
}

function isObject(schema: Schema): boolean {
  return schema['type'] === 'object' && typeof schema['properties'] === 'object';
}

function commentOf({ description }: Schema): string {
  return typeof description === 'string' ? `/** ${description.replaceAll('*/', '*\\/')} */\n` : '';
}
