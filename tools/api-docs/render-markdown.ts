/** The reference part of the documents: routes, parameters, answers and errors, as Markdown tables. */
import type { ApiDescription, JsonSchema } from '../../apps/gateway/src/api-description/openapi.ts';
import { terms } from '../../apps/gateway/src/api-description/prediction-request.ts';
import { errorMeanings } from '../../apps/gateway/src/api-description/error-meanings.ts';
import {
  toReference,
  type Answer,
  type Body,
  type Field,
  type Route,
  type TypePart,
} from '../../apps/gateway/src/api-description/reference.ts';
import { httpStatus } from '../../apps/gateway/src/http-status.ts';
import { errorCodes, errorKinds } from '../../packages/shared/src/contract/index.ts';

/** Named parts of the document, each without its heading. */
export function renderParts(api: ApiDescription): Readonly<Record<string, string>> {
  const { groups, webhooks, headers, schemas } = toReference(api);
  return {
    options: nameTable(api.components.schemas['PredictionOptions']?.properties ?? {}),
    terms: nameTable(terms),
    errors: table(
      ['code', 'status', 'kind', 'when'],
      errorCodes
        .toSorted((a, b) => httpStatus[a] - httpStatus[b])
        .map((code) => [`\`${code}\``, String(httpStatus[code]), errorKinds[code], errorMeanings[code]]),
    ),
    reference: [...groups.flatMap(({ routes }) => routes), ...webhooks].map(routeText).join('\n\n'),
    headers: table(
      ['header', 'meaning'],
      headers.map(({ name, description }) => [`\`${name}\``, description]),
    ),
    schemas: schemas
      .map(
        ({ name, type, fields }) =>
          `### ${name}\n\n${fields.length > 0 ? fieldTable(fields) : `${typeText(type)}.`}`,
      )
      .join('\n\n'),
  };
}

const nameTable = (fields: Readonly<Record<string, JsonSchema>>): string =>
  table(
    ['name', 'meaning'],
    Object.entries(fields).map(([name, { description }]) => [`\`${name}\``, description ?? '']),
  );

/** The same everywhere, and said once. */
const everywhere = 'X-Request-Id';

function routeText({ method, path, summary, description, parameters, bodies, answers }: Route): string {
  const own = parameters.filter(({ name }) => name !== everywhere);
  const queried = own.filter(({ place }) => place === 'query').map(({ name }) => name);
  const fields = bodies.find((body) => body.fields.length > 0)?.fields ?? [];
  const parts = [
    `### ${summary}`,
    path.startsWith('/')
      ? `\`${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}\``
      : `\`${method}\`, from here to your address.`,
    description,
    own.length > 0 ? parameterTable(own) : '',
    bodies.length > 0 ? `The body is ${listOf(bodies.map(bodyText))}.` : '',
    fields.length > queried.length && queried.length > 0
      ? 'In a form and in JSON, what stands in the query may be fields, and these are there:'
      : '',
    fields.length > 0
      ? fieldTable(fields.filter(({ name, isRequired }) => isRequired || !queried.includes(name)))
      : '',
    answerTable(answers.filter(({ codes }) => codes.length === 0)),
    errorText(answers),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

const bodyText = ({ mediaType, type, fields }: Body): string => {
  const [only] = type;
  return only?.schema !== undefined && fields.length === 0
    ? `\`${mediaType}\` with ${typeText(type)}`
    : `\`${mediaType}\``;
};

const parameterTable = (parameters: Route['parameters']): string =>
  table(
    ['parameter', 'in', 'type', 'meaning'],
    parameters.map(({ name, place, type, description }) => [
      `\`${name}\``,
      place,
      typeText(type),
      description,
    ]),
  );

const answerTable = (answers: readonly Answer[]): string =>
  table(
    ['status', 'meaning', 'body'],
    answers.map(({ status, description, bodies }) => [
      status,
      description,
      bodies
        .map(({ mediaType, type }) =>
          mediaType === 'application/json' ? typeText(type) : `\`${mediaType}\``,
        )
        .join(', '),
    ]),
  );

function errorText(answers: readonly Answer[]): string {
  const errors = answers.flatMap(({ status, codes, bodies }) =>
    codes.map((code) => ({ code, status, bodies })),
  );
  const [first] = errors;
  if (first === undefined) return '';
  const body = typeText(first.bodies[0]!.type);
  return `Errors, as ${body}: ${errors.map(({ code, status }) => `\`${code}\` (${status})`).join(', ')}.`;
}

const fieldTable = (fields: readonly Field[]): string =>
  table(
    ['field', 'type', 'meaning'],
    fields.map(({ name, type, isRequired, description }) => [
      `\`${name}\`${isRequired ? '' : ' (optional)'}`,
      typeText(type),
      description,
    ]),
  );

const typeText = (parts: readonly TypePart[]): string =>
  parts
    .map(({ text, schema }) => (schema === undefined ? text : `[${text}](#${schema.toLowerCase()})`))
    .join('');

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const listOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;
