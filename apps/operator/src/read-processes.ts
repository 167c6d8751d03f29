import type { ProcessAddress } from '@surety/config';
import { createAggregatorClient } from '@surety/client';
import { AppError } from '@surety/domain';

/** Longest wait for a process on its health port: it answers from memory. */
const HEALTH_TIMEOUT_MS = 3_000;

/** Health of one process in its own words. */
export interface ProcessHealth extends ProcessAddress {
  /** False if it did not answer, too. */
  readonly ready: boolean;
  /** A ready process may name reasons: it is degraded. */
  readonly reasons: readonly { readonly code: string; readonly detail: string }[];
}

/** Asks every named watcher, relayer and keeper on its own health port; one that is silent is a finding, not an error. */
export async function readProcesses(addresses: readonly ProcessAddress[]): Promise<readonly ProcessHealth[]> {
  return Promise.all(
    addresses.map(async (one): Promise<ProcessHealth> => {
      try {
        // Every process answers /health/ready in the same form.
        const client = createAggregatorClient({ url: one.url, timeoutMs: HEALTH_TIMEOUT_MS });
        return { ...one, ...(await client.readReadiness()) };
      } catch (cause) {
        const why = cause instanceof AppError && cause.code === 'AGGREGATOR_TIMEOUT' ? 'in time' : 'at all';
        const detail = `it does not answer ${why}; start it, or correct ${one.variable}`;
        return { ...one, ready: false, reasons: [{ code: 'NO_ANSWER', detail }] };
      }
    }),
  );
}
