/**
 * Holds answers against the API's description, more strictly than a client should: a field that it does not name is a
 * problem too, so that nothing is said that nobody described.
 */
import { Validator } from '@seriousme/openapi-schema-validator';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type {
  ApiDescription,
  JsonSchema,
  Method,
  Response,
} from '../../apps/gateway/src/api-description/openapi.ts';

/** What a program that knows the standard says of a document, as it is sent. */
export async function validateOpenApi(document: object): Promise<{ version: string; valid: boolean }> {
  const validator = new Validator();
  const told = await validator.validate(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
  return { version: validator.version, ...told };
}

export class AnswerSchemas {
  readonly #api: ApiDescription;
  readonly #ajv: Ajv2020;

  constructor(api: ApiDescription) {
    this.#api = api;
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(this.#ajv);
    this.#ajv.addFormat('binary', true);
    this.#ajv.addSchema({ $id: 'api', components: closed(api.components) });
  }

  /** In words, none where the value is as the schema says. */
  problemsOf(schema: JsonSchema, value: unknown): string[] {
    const text = JSON.stringify(closed(schema)).replaceAll('"#/components/', '"api#/components/');
    const validate = this.#ajv.compile(JSON.parse(text) as object);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message = '', params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  /** Of an answer to `METHOD /v1/predictions/{id}`: status, headers and body, as far as JSON. */
  problemsOfAnswer(
    method: Method,
    path: string,
    answer: { status: number; headers: Headers; text: string },
  ): string[] {
    const { status, headers, text } = answer;
    const described: Response | undefined = this.#api.paths[path]?.[method]?.responses[String(status)];
    if (described === undefined) return [`${method} ${path}: status ${status} is not described: ${text}`];
    const type = (headers.get('content-type') ?? '').split(';')[0]!;
    const content = described.content?.[type];
    if (content === undefined) return [`${method} ${path}, ${status}: ${type} is not described`];
    const problems = type === 'application/json' ? this.problemsOf(content.schema, JSON.parse(text)) : [];
    return [...problems, ...this.#problemsOfHeaders(described, headers)].map(
      (problem) => `${method} ${path}, ${status}: ${problem}`,
    );
  }

  /** Of the headers that this API describes at all, those that are there must be described here. */
  #problemsOfHeaders({ headers: described = {} }: Response, headers: Headers): string[] {
    const names = new Set(Object.keys(described).map((name) => name.toLowerCase()));
    const missing = names.has('x-request-id') && !headers.has('x-request-id') ? ['x-request-id'] : [];
    const unknown = Object.keys(this.#api.components.headers).filter(
      (name) => headers.has(name) && !names.has(name.toLowerCase()),
    );
    return [
      ...missing.map((name) => `the header ${name} is missing`),
      ...unknown.map((name) => `the header ${name} is not described`),
    ];
  }
}

/** Every object that has properties has no others. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => key !== 'discriminator')
      .map(([key, value]) => [key, closed(value) as unknown]),
  );
  const isObject = inside['type'] === 'object' && inside['properties'] !== undefined;
  return (isObject ? { ...inside, additionalProperties: false } : inside) as T;
}
