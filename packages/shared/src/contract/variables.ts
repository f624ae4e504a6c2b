/**
 * Every environment variable of the system, declared once: schema, default, meaning, and who reads it. Parser, types,
 * error messages and `.env.example` are derived from this table. Reading the environment happens in `service/`.
 */
import { z } from 'zod';
import { accessVariables } from './access-variables.ts';
import { containerVariables } from './container-variables.ts';
import { frontDoorVariables } from './front-door-variables.ts';
import { gatewayUrlSchema } from './gateway-url.ts';
import { inferenceVariables } from './inference-variables.ts';
import { modelRecordTtlMs } from './limits.ts';
import { observabilityVariables } from './observability-variables.ts';
import { outboundVariables } from './outbound-variables.ts';
import { programVariables } from './program-variables.ts';
import { list, optionalVariable, text, variable, wholeNumber, type Variable } from './variable.ts';

export type { Variable };

const everyone = ['launcher', 'gateway', 'worker'] as const;
const services = ['gateway', 'worker'] as const;
const gateway = ['gateway'] as const;
const worker = ['worker'] as const;

export const variables = {
  HOST: variable(['launcher', 'gateway'], text, '127.0.0.1', 'Address the gateway listens on.'),
  PORT: variable(['launcher', 'gateway'], wholeNumber(0, 65_535), '8080', 'Port the gateway listens on.'),
  REDIS_URL: optionalVariable(
    everyone,
    z.string().regex(/^rediss?:\/\/\S+$/, 'expected redis://… or rediss://…'),
    'The Redis to use; `npm start` starts a private one when this is unset.',
  ),
  MODELS_DIR: variable(['launcher', 'worker', 'compose'], text, 'models', 'Folder of the model folders.'),
  MODELS: optionalVariable(
    ['launcher'],
    list,
    'Models that `npm start` serves, separated by commas; default all.',
  ),
  MODEL: optionalVariable(worker, text, 'The model folder that this worker serves.'),
  DEVICE: variable(
    worker,
    z.enum(['cpu', 'cuda', 'auto']),
    'cpu',
    'What a worker computes on: cpu, cuda, or auto, which is cuda where it loads.',
  ),
  CORS_ORIGINS: variable(
    gateway,
    list,
    '*',
    'Origins whose pages may call the gateway, separated by commas.',
  ),

  SHOAL_LOG_LEVEL: variable(
    services,
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    'info',
    'How much the services write.',
  ),
  SHOAL_REDIS_PREFIX: variable(
    services,
    z.string().regex(/^[a-z0-9-]{1,32}$/, 'lower-case letters, digits and dashes'),
    'shoal',
    'First part of every key, so that several installations can share one Redis.',
  ),
  SHOAL_REDIS_PASSWORD_FILE: optionalVariable(
    services,
    text,
    'A file with the password of Redis, so that REDIS_URL need not hold it.',
  ),
  SHOAL_REDIS_TIMEOUT_MS: variable(
    gateway,
    wholeNumber(100, 60_000),
    '2000',
    'A gateway gives up on a Redis command after this.',
  ),
  SHOAL_UPLOAD_BYTES_MAX: variable(
    gateway,
    wholeNumber(1, 2 ** 29),
    '52428800',
    'Largest picture, in bytes.',
  ),
  SHOAL_REQUEST_BYTES_MAX: variable(
    gateway,
    wholeNumber(1, 2 ** 29),
    '104857600',
    'Bytes of all pictures of one request together.',
  ),
  SHOAL_REQUEST_PICTURES_MAX: variable(
    gateway,
    wholeNumber(1, 1_000),
    '64',
    'Pictures that one request may bring.',
  ),
  SHOAL_UPLOAD_TIMEOUT_MS: variable(
    gateway,
    wholeNumber(100, 3_600_000),
    '120000',
    'A request must have arrived whole within this.',
  ),
  SHOAL_UPLOADS_BYTES_MAX: variable(
    gateway,
    wholeNumber(1, 2 ** 42),
    '268435456',
    'Bytes of bodies that one gateway may be receiving at once.',
  ),
  SHOAL_REQUESTS_MAX: variable(
    gateway,
    wholeNumber(1, 1_000_000),
    '4000',
    'Predictions that one gateway may have in flight.',
  ),
  SHOAL_IMAGE_PIXELS_MAX: variable(
    worker,
    wholeNumber(1, 2 ** 30),
    '100000000',
    'Largest picture, in pixels.',
  ),
  SHOAL_DEADLINE_MS: variable(
    gateway,
    wholeNumber(100, 600_000),
    '25000',
    'A waiting request is answered within this; old clients give up after 30 s.',
  ),
  SHOAL_ASYNC_DEADLINE_MS: variable(
    gateway,
    wholeNumber(100, 604_800_000),
    '3600000',
    'A request that does not wait is answered within this, unless it says deadlineMs itself.',
  ),
  SHOAL_DEADLINE_MAX_MS: variable(
    gateway,
    wholeNumber(100, 604_800_000),
    '86400000',
    'The longest deadlineMs that a request may ask for.',
  ),
  SHOAL_RESULT_TTL_MS: variable(
    gateway,
    wholeNumber(1_000, 604_800_000),
    '3600000',
    'How long an answer that is fetched later is kept; it takes room in Redis until then.',
  ),
  SHOAL_QUEUE_JOBS_MAX: variable(
    gateway,
    wholeNumber(1, 10_000_000),
    '20000',
    'Pictures that may wait, over all models.',
  ),
  SHOAL_QUEUE_BYTES_MAX: variable(
    gateway,
    wholeNumber(1, 2 ** 42),
    '1073741824',
    'Bytes of pictures that may wait, over all models.',
  ),
  SHOAL_MODEL_JOBS_MAX: variable(
    gateway,
    wholeNumber(1, 10_000_000),
    '10000',
    'Pictures that may wait for one model.',
  ),
  SHOAL_MODEL_BYTES_MAX: variable(
    gateway,
    wholeNumber(1, 2 ** 42),
    '805306368',
    'Bytes of pictures that may wait for one model.',
  ),
  SHOAL_MODEL_GRACE_MS: variable(
    gateway,
    wholeNumber(0, modelRecordTtlMs),
    '30000',
    'A known model without a worker is refused only after this.',
  ),
  SHOAL_DRAIN_MS: variable(
    services,
    wholeNumber(0, 600_000),
    '27000',
    'What is in flight at SIGTERM may take this long to end.',
  ),
  SHOAL_STOP_GRACE_MS: optionalVariable(
    ['compose', 'gateway', 'worker'],
    wholeNumber(1_000, 3_600_000),
    'A container that has not ended this long after SIGTERM is killed; Compose sets 40000.',
  ),
  SHOAL_LAME_DUCK_MS: variable(
    gateway,
    wholeNumber(0, 600_000),
    '0',
    'A gateway serves on for this long after SIGTERM, not ready, until the front door has noticed; containers: 4000.',
  ),
  SHOAL_GATEWAY_URL: optionalVariable(
    gateway,
    z.union([z.literal('auto'), gatewayUrlSchema], { error: 'expected auto or http://host:port' }),
    'Where the front door reaches this gateway; auto: by host name and PORT; unset: it is told to nobody.',
  ),
  ...inferenceVariables,
  SHOAL_QUARANTINE_TTL_MS: variable(
    services,
    wholeNumber(1_000, 90 * 24 * 3_600_000),
    '604800000',
    'A picture that killed its workers is kept for the operator for this long: 7 days.',
  ),
  SHOAL_QUARANTINE_BYTES_MAX: variable(
    services,
    wholeNumber(0, 2 ** 42),
    '268435456',
    'Bytes of such pictures that are kept, the newest; at most an eighth of what Redis may hold.',
  ),
  SHOAL_METRICS_PORT: optionalVariable(
    worker,
    wholeNumber(0, 65_535),
    'Port of a worker for /livez, /readyz and /metrics, 0 for any; unset: it has none.',
  ),
  SHOAL_METRICS_HOST: variable(
    worker,
    text,
    '127.0.0.1',
    'Address of that port; 0.0.0.0 in containers, whose network is the wall.',
  ),
  ...accessVariables,
  ...outboundVariables,
  ...containerVariables,
  ...programVariables,
  ...frontDoorVariables,
  ...observabilityVariables,
} as const satisfies Record<string, Variable>;

/** Where services look for Redis when `REDIS_URL` is unset. */
export const defaultRedisUrl = 'redis://127.0.0.1:6379';

export type VariableName = keyof typeof variables;
export type Settings = { readonly [N in VariableName]: z.output<(typeof variables)[N]['schema']> };
