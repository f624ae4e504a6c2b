/**
 * How a gateway ends without anybody's loss. It takes its address back and says that it is not ready, while it serves on
 * until the front door has noticed; then it refuses what is new and answers those whom it has; then it closes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { closingMarginMs, type Settings } from '@shoal/shared/contract';
import type { GatewayContext } from './gateway-context.ts';
import type { Webhooks } from './webhooks/webhooks.ts';

type Times = Pick<Settings, 'SHOAL_LAME_DUCK_MS' | 'SHOAL_DRAIN_MS'>;

export function stopWithinMs(times: Times): number {
  return times.SHOAL_LAME_DUCK_MS + times.SHOAL_DRAIN_MS + closingMarginMs;
}

/** Resolves when nothing is left to do but to close connections. */
export async function stopInOrder(
  {
    load,
    gateways,
    webhooks,
  }: Pick<GatewayContext, 'load' | 'gateways'> & { webhooks: Pick<Webhooks, 'drain'> },
  times: Times,
): Promise<void> {
  load.phase = 'leaving';
  const withdrawn = gateways.withdraw();
  await sleep(times.SHOAL_LAME_DUCK_MS);
  // Whoever comes from now on is told so, in words, until those who were here before have their answers.
  load.phase = 'draining';
  const endMs = Date.now() + times.SHOAL_DRAIN_MS;
  const delivered = webhooks.drain(times.SHOAL_DRAIN_MS);
  while (load.inFlight > 0 && Date.now() < endMs) await sleep(20);
  await Promise.all([withdrawn, delivered]);
}
