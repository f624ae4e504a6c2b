/**
 * The names of everything that we keep in Redis. All of it, and all that BullMQ keeps, shares one hash tag.
 * Only ids that we made and model names that a schema has checked are ever put into a key.
 */
import type { Priority } from './job.ts';

export interface Keys {
  /** Prefix that BullMQ puts before the keys of its queues. */
  readonly queuePrefix: string;
  /** A model's queue for one class of urgency, without the prefix. */
  readonly queueName: (model: string, priority: Priority) => string;
  /** Bytes of a picture that waits. */
  readonly upload: (id: string) => string;
  /** The answer, written once. */
  readonly result: (id: string) => string;
  /** How often a worker began this job and has not ended it in order. */
  readonly started: (id: string) => string;
  /** Deadlines of the accepted and unanswered: sorted set, id by epoch milliseconds. */
  readonly ledger: string;
  /** The accepted and unanswered: hash, id to `<number> <bytes> <priority> <model> <OpenPrediction as JSON>`. */
  readonly ledgerRows: string;
  /** Sums over the ledger, and how many came and went in each class: hash. */
  readonly ledgerTotals: string;
  /** The prediction that an Idempotency-Key stands for: `<id> <digest of the request>`. */
  readonly claim: (digest: string) => string;
  /** Further gateways that want to be woken for this answer: set. */
  readonly watchers: (id: string) => string;
  /** Webhooks that are due: hash, id to a WebhookRow as JSON. */
  readonly webhooks: string;
  /** Pictures that were given up and are kept for the operator: sorted set, id by the time at which they go. */
  readonly quarantine: string;
  /** What is known of them: hash, id to `<bytes> <bytes kept> <model> <Quarantined as JSON>`. */
  readonly quarantineRows: string;
  /** The bytes of one. */
  readonly quarantined: (id: string) => string;
  /** Who does the chores that one gateway does for all. */
  readonly sweepLease: (chore: string) => string;
  /** Known models: sorted set, name by the time a worker was last seen. */
  readonly models: string;
  readonly model: (name: string) => string;
  /** Live workers: sorted set, `<model>/<workerId>` by expiry. */
  readonly workers: string;
  readonly worker: (member: string) => string;
  /** Who owns a name or alias at present. */
  readonly nameClaim: (name: string) => string;
  /** Live gateways: sorted set, address by expiry in Redis' own time. */
  readonly gateways: string;
  /** What a caller has spent of its quota: a count, by `key:<name>` or `address:<address>`. */
  readonly rate: (caller: string) => string;
  /** Workers on one GPU, by its UUID: sorted set, worker by expiry. */
  readonly gpu: (uuid: string) => string;
  /** How busy the workers of one machine keep its processors: hash, worker to `<until when that holds> <processors>`. */
  readonly machine: (id: string) => string;
  /** Channel of the ids whose result is there, one channel a gateway. */
  readonly wake: (gatewayId: string) => string;
  /** Channel of the ids that ended before a worker answered them, one channel a model. */
  readonly ended: (model: string) => string;
}

export function keysOf(prefix: string): Keys {
  const tag = `{${prefix}}`;
  return {
    queuePrefix: `${tag}:queue`,
    queueName: (model, priority) => (priority === 'normal' ? model : `${model}@${priority}`),
    upload: (id) => `${tag}:upload:${id}`,
    result: (id) => `${tag}:result:${id}`,
    started: (id) => `${tag}:started:${id}`,
    ledger: `${tag}:ledger`,
    ledgerRows: `${tag}:ledger:rows`,
    ledgerTotals: `${tag}:ledger:totals`,
    claim: (digest) => `${tag}:claim:${digest}`,
    watchers: (id) => `${tag}:watchers:${id}`,
    webhooks: `${tag}:webhooks`,
    quarantine: `${tag}:quarantine`,
    quarantineRows: `${tag}:quarantine:rows`,
    quarantined: (id) => `${tag}:quarantine:${id}`,
    sweepLease: (chore) => `${tag}:sweep:${chore}`,
    models: `${tag}:models`,
    model: (name) => `${tag}:model:${name}`,
    workers: `${tag}:workers`,
    worker: (member) => `${tag}:worker:${member}`,
    nameClaim: (name) => `${tag}:name:${name}`,
    gateways: `${tag}:gateways`,
    rate: (caller) => `${tag}:rate:${caller}`,
    gpu: (uuid) => `${tag}:gpu:${uuid}`,
    machine: (id) => `${tag}:machine:${id}`,
    wake: (gatewayId) => `${tag}:wake:${gatewayId}`,
    ended: (model) => `${tag}:ended:${model}`,
  };
}
