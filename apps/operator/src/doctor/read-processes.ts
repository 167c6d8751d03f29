import type { ProcessAddress } from '@surety/config';
import { createAggregatorClient, whyUnreachable } from '@surety/client';
import { AppError } from '@surety/domain';

/** Longest wait for a process on its health port: it answers from memory. */
const HEALTH_TIMEOUT_MS = 3_000;

/** A process to ask, and the variable that names it. */
export interface AskedProcess extends Omit<ProcessAddress, 'role'> {
  readonly role: ProcessAddress['role'] | 'aggregator';
}

/** Health of one process in its own words. */
export interface ProcessHealth extends AskedProcess {
  /** False if it did not answer, too. */
  readonly ready: boolean;
  /** A ready process may name reasons: it is degraded. */
  readonly reasons: readonly { readonly code: string; readonly detail: string }[];
}

/** Asks every named process on its own port; one that is silent is a finding, not an error. */
export async function readProcesses(addresses: readonly AskedProcess[]): Promise<readonly ProcessHealth[]> {
  return Promise.all(
    addresses.map(async (one): Promise<ProcessHealth> => {
      try {
        // Every process answers /health/ready in the same form.
        const client = createAggregatorClient({ url: one.url, timeoutMs: HEALTH_TIMEOUT_MS });
        return { ...one, ...(await client.readReadiness()) };
      } catch (cause) {
        const isSlow = cause instanceof AppError && cause.code === 'AGGREGATOR_TIMEOUT';
        const { said } = whyUnreachable(cause instanceof AppError ? cause.cause : cause, one.variable);
        const why = isSlow ? 'in time' : said === '' ? 'at all' : `at all (${said})`;
        const detail = `it does not answer ${why}; start it, or correct ${one.variable}`;
        return { ...one, ready: false, reasons: [{ code: 'NO_ANSWER', detail }] };
      }
    }),
  );
}
