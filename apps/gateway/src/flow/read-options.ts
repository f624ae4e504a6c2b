/**
 * Step 3: the request's fields become a known model and checked options. Text from forms and typed values from JSON pass
 * the same schema; every problem is reported together, with what was expected and what came.
 */
import { ServiceError, predictionOptionsSchema, type PredictionOptions } from '@shoal/shared/contract';
import type { ModelSnapshot } from '@shoal/shared/redis';
import type { ModelRegistry } from '../model-registry.ts';
import type { Upload } from './read-upload.ts';
import type { RequestForm } from './request-form.ts';

export interface ReadOptions {
  readonly model: ModelSnapshot;
  readonly options: PredictionOptions;
}

const numberFields = new Set(['minScore', 'iou', 'maxDetections']);
const switchFields = new Set(['allowTruncated']);

export async function readOptions(
  fields: Upload['fields'],
  form: RequestForm,
  registry: Pick<ModelRegistry, 'resolve'>,
): Promise<ReadOptions> {
  const name = fields.get(form.modelField);
  if (typeof name !== 'string' || name === '') {
    throw new ServiceError(
      'options_invalid',
      `${form.modelField}: expected the name of a model, came ${show(name)}`,
    );
  }
  const model = await registry.resolve(name);
  const given = new Map([...fields].filter(([field]) => field !== form.modelField));
  const values = Object.fromEntries([...given].map(([field, value]) => [field, fromText(field, value)]));
  const known = form.ignoresUnknownFields ? pickKnown(values) : values;
  const parsed = predictionOptionsSchema.safeParse(known);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.map((key) => key.slice(0, 80)).join(', ')}: there is no such option`
        : `${issue.path.join('.')}: ${issue.message}, came ${show(known[String(issue.path[0])])}`,
    );
    throw new ServiceError('options_invalid', problems.join('; '));
  }
  refuseUnknownClasses(parsed.data.classes, model);
  return { model, options: parsed.data };
}

/** A form can only hold text; what does not look like the expected type is left for the schema to refuse. */
function fromText(field: string, value: unknown): unknown {
  if (typeof value === 'string' && numberFields.has(field) && value.trim() !== '') {
    const number = Number(value);
    return Number.isNaN(number) ? value : number;
  }
  if (value === 'true' && switchFields.has(field)) return true;
  if (value === 'false' && switchFields.has(field)) return false;
  if (field === 'classes' && typeof value === 'string') return value.split(',').map((name) => name.trim());
  return value;
}

function pickKnown(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([field]) => Object.hasOwn(predictionOptionsSchema.shape, field)),
  );
}

/** A model whose file names no classes has them numbered: `class_7`. */
function refuseUnknownClasses(classes: readonly string[] | undefined, { record }: ModelSnapshot): void {
  const unknown =
    classes?.filter((name) => !record.labels.includes(name) && !/^class_\d{1,6}$/.test(name)) ?? [];
  if (unknown.length === 0) return;
  const some = record.labels.slice(0, 20).join(', ');
  const more = record.labels.length > 20 ? `, … (${record.labels.length} in all)` : '';
  throw new ServiceError(
    'options_invalid',
    `classes: ${record.name} has no class ${unknown.map(show).join(', ')}; it has ${some}${more}`,
  );
}

/** Values come from JSON or from text, so all of them have a JSON form. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return JSON.stringify(value).slice(0, 80);
}
