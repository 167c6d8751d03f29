import type { AggregatorConfig } from '@surety/config';
import { createReader, openProviders, providerTransport } from '@surety/rpc';
import type { Clock } from '@surety/workflows';
import type { PublicClient } from 'viem';

/** Milliseconds for one read at one provider. */
const READ_TIMEOUT_MS = 10_000;

/** Opens a client of one configured chain for views that one provider answers at a time; nothing is read yet. */
export function openViewClient(
  { endpoints }: Pick<AggregatorConfig, 'endpoints'>,
  chainId: number,
  clock: Clock,
): PublicClient {
  const place = { chainId, endpoints: endpoints.get(chainId) ?? [], timeoutMs: READ_TIMEOUT_MS, clock };
  return createReader(providerTransport(openProviders(place)));
}
