/**
 * The names of everything that we keep in Redis. All of it, and all that BullMQ keeps, shares one hash tag.
 * Only ids that we made and model names that a schema has checked are ever put into a key.
 */

export interface Keys {
  /** Prefix that BullMQ puts before the keys of its queues. */
  readonly queuePrefix: string;
  /** Bytes of a picture that waits. */
  readonly upload: (id: string) => string;
  /** The answer, written once. */
  readonly result: (id: string) => string;
  /** How often a worker began this job and has not ended it in order. */
  readonly started: (id: string) => string;
  /** Expiry times of the accepted and unanswered: sorted set, id by epoch milliseconds. */
  readonly ledger: string;
  /** Model and size of each row of the ledger: hash, id to `<bytes> <model>`. */
  readonly ledgerRows: string;
  /** Sums over the ledger: hash. */
  readonly ledgerTotals: string;
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
  /** Workers on one GPU, by its UUID: sorted set, worker by expiry. */
  readonly gpu: (uuid: string) => string;
  /** Channel of the ids whose result is there, one channel a gateway. */
  readonly wake: (gatewayId: string) => string;
}

export function keysOf(prefix: string): Keys {
  const tag = `{${prefix}}`;
  return {
    queuePrefix: `${tag}:queue`,
    upload: (id) => `${tag}:upload:${id}`,
    result: (id) => `${tag}:result:${id}`,
    started: (id) => `${tag}:started:${id}`,
    ledger: `${tag}:ledger`,
    ledgerRows: `${tag}:ledger:rows`,
    ledgerTotals: `${tag}:ledger:totals`,
    models: `${tag}:models`,
    model: (name) => `${tag}:model:${name}`,
    workers: `${tag}:workers`,
    worker: (member) => `${tag}:worker:${member}`,
    nameClaim: (name) => `${tag}:name:${name}`,
    gateways: `${tag}:gateways`,
    gpu: (uuid) => `${tag}:gpu:${uuid}`,
    wake: (gatewayId) => `${tag}:wake:${gatewayId}`,
  };
}
