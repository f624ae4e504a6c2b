/** The words behind `shoal stress` as a command, or a refusal that says what was expected. It looks nothing up. */
import { parseArgs } from 'node:util';
import { defaultUrl } from '../ask-server.ts';
import { formKinds } from './request-form.ts';
import { usageError } from '../exit-status.ts';
import type { FormKind } from './request-form.ts';
import type { Limit } from './drive-load.ts';

export const usage = `shoal stress --model NAME (--image FILE… | --folder DIR) [OPTIONS]

Posts pictures to a running server, and says how fast it answered and what failed.

  --url URL            the server, with a path if it has one: https://example.org/model/v1 (SHOAL_URL, http://127.0.0.1:8080)
  --model NAME         a model's name or alias
  --image FILE         this picture; given several times, each in turn
  --folder DIR         the pictures in this folder and those below it, each in turn

Closed loop: as many requests at a time, the next one as soon as one is answered
  --concurrency N      how many (8)
Open loop: requests come at this rate, whether or not the ones before were answered (Poisson arrivals)
  --rate R             how many a second
  --seed N             the same seed gives the same arrivals (1)
  --in-flight N        at most so many are under way; when that holds requests back, the summary says so (1000)

How many
  --requests N         that many; 100 without it, or with --folder each picture once
  --seconds S          for so long

  --form FORM          multipart: a form to /v1/predictions, the default; raw: the bare bytes; legacy: a form to /predictor as the
                       older server had it, the default when the URL ends so, and the one that such a server understands
  --option NAME=VALUE  a further field of the request, like minScore=0.5; may come several times
  --priority CLASS     high, normal or low
  --api-key-file FILE  holds the key that is sent as Authorization: Bearer (SHOAL_API_KEY_FILE; SHOAL_API_KEY is the key)
  --timeout S          a request without its whole answer after so long has failed (30)
  --warmup N           so many requests before, which are not counted (0)

  --html FILE          writes a report with plots
  --json               prints one JSON object instead of the summary
  --quiet              shows no progress

Status 0: everything succeeded. 1: something failed. 2: this text would have helped. 3: nothing listens there.
130: ended by Ctrl-C, which still prints the summary.`;

export type Command = { readonly kind: 'help' } | StressCommand;

export interface StressCommand {
  readonly kind: 'stress';
  /** Scheme, host and port. */
  readonly origin: string;
  /** Of the path, without a slash at its end. */
  readonly prefix: string;
  readonly model: string;
  readonly pictures: Pictures;
  readonly schedule: LoadSchedule;
  readonly limit: Limit;
  readonly form: FormKind;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly apiKeyFile: string | undefined;
  readonly timeoutMs: number;
  readonly warmup: number;
  readonly html: string | undefined;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
}

export type Pictures =
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  | { readonly kind: 'folder'; readonly path: string };

export type LoadSchedule =
  | { readonly kind: 'closed'; readonly concurrency: number }
  | { readonly kind: 'open'; readonly perS: number; readonly seed: number; readonly inFlightMax: number };

const requestsByDefault = 100;

/** @param environment where options come from that are not among the words */
export function parseCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Command {
  const values = parse(args);
  if (values.help === true) return { kind: 'help' };
  const {
    url = environment['SHOAL_URL'] ?? defaultUrl,
    model,
    folder,
    option = [],
    priority,
    html,
    'api-key-file': apiKeyFile = environment['SHOAL_API_KEY_FILE'],
  } = values;
  if (model === undefined || model === '') throw usageError('--model: expected a name');
  const address = readUrl(url);
  const form = readForm(values.form ?? address.form ?? 'multipart');
  const pictures = readPictures(values.image, folder);
  return {
    kind: 'stress',
    origin: address.origin,
    prefix: address.prefix,
    model,
    pictures,
    schedule: readSchedule(values),
    limit: readLimit(values, pictures),
    form,
    fields: [...option.map(readOption), ...readPriority(priority, form)],
    apiKeyFile,
    timeoutMs: 1000 * readNumber('--timeout', values.timeout ?? '30', 0.001, 86_400),
    warmup: readWhole('--warmup', values.warmup ?? '0', 0),
    html,
    isJson: values.json ?? false,
    isQuiet: values.quiet ?? false,
  };
}

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        url: { type: 'string' },
        model: { type: 'string' },
        image: { type: 'string', multiple: true },
        folder: { type: 'string' },
        concurrency: { type: 'string' },
        rate: { type: 'string' },
        seed: { type: 'string' },
        'in-flight': { type: 'string' },
        requests: { type: 'string' },
        seconds: { type: 'string' },
        form: { type: 'string' },
        option: { type: 'string', multiple: true },
        priority: { type: 'string' },
        'api-key-file': { type: 'string' },
        timeout: { type: 'string' },
        warmup: { type: 'string' },
        html: { type: 'string' },
        json: { type: 'boolean' },
        quiet: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    if (error instanceof TypeError) throw usageError(error.message);
    throw error;
  }
}

/** People paste the address that they post to; which one it is says the form. */
function readUrl(text: string): { origin: string; prefix: string; form: FormKind | undefined } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw usageError(`--url: expected http://… or https://…, came ${text}`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw usageError(
      '--url: expected no name, password, query or fragment in it; there is --api-key-file and --option',
    );
  }
  const path = url.pathname.replace(/\/+$/, '');
  const [, route] = /(\/predictor|\/v1\/predictions)$/.exec(path) ?? [];
  return {
    origin: url.origin,
    prefix: path.slice(0, path.length - (route?.length ?? 0)),
    form: route === '/predictor' ? 'legacy' : undefined,
  };
}

function readForm(text: string): FormKind {
  const kind = formKinds.find((known) => known === text);
  if (kind === undefined) throw usageError(`--form: expected ${formKinds.join(', ')}, came ${text}`);
  return kind;
}

function readPictures(paths: readonly string[] | undefined, folder: string | undefined): Pictures {
  if ((paths === undefined) === (folder === undefined)) {
    throw usageError('expected --image or --folder, and not both');
  }
  return folder === undefined ? { kind: 'files', paths: paths ?? [] } : { kind: 'folder', path: folder };
}

function readSchedule({ concurrency, rate, seed, 'in-flight': inFlight }: Values): LoadSchedule {
  if (rate === undefined) {
    if (seed !== undefined || inFlight !== undefined)
      throw usageError('--seed and --in-flight go with --rate');
    return { kind: 'closed', concurrency: readWhole('--concurrency', concurrency ?? '8', 1, 10_000) };
  }
  if (concurrency !== undefined) throw usageError('expected --concurrency or --rate, and not both');
  return {
    kind: 'open',
    perS: readNumber('--rate', rate, 0.001, 100_000),
    seed: readWhole('--seed', seed ?? '1', 0, 2 ** 32 - 1),
    inFlightMax: readWhole('--in-flight', inFlight ?? '1000', 1, 10_000),
  };
}

function readLimit({ requests, seconds }: Values, { kind }: Pictures): Limit {
  if (requests !== undefined && seconds !== undefined) {
    throw usageError('expected --requests or --seconds, and not both');
  }
  if (seconds !== undefined) {
    return { requests: undefined, seconds: readNumber('--seconds', seconds, 0.001, 1e9) };
  }
  if (requests !== undefined)
    return { requests: readWhole('--requests', requests, 1, 1e12), seconds: undefined };
  return { requests: kind === 'files' ? requestsByDefault : undefined, seconds: undefined };
}

/** They have options of their own. */
const taken = new Set(['model', 'model_type', 'image', 'file', 'priority']);

function readOption(text: string): readonly [string, string] {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw usageError(`--option: expected NAME=VALUE, came ${text}`);
  if (taken.has(name)) throw usageError(`--option: ${name} is not one of them; there is --help`);
  return [name, value];
}

function readPriority(text: string | undefined, form: FormKind): readonly (readonly [string, string])[] {
  if (text === undefined) return [];
  if (!/^(?:high|normal|low)$/.test(text)) {
    throw usageError(`--priority: expected high, normal or low, came ${text}`);
  }
  if (form === 'legacy') throw usageError('--priority: /predictor has none; it is for the other forms');
  return [['priority', text]];
}

function readNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw usageError(`${name}: expected a number from ${min} to ${max}, came ${text}`);
}

function readWhole(name: string, text: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw usageError(`${name}: expected a whole number from ${min} to ${max}, came ${text}`);
}
