import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Address } from '@surety/domain';
import { FileHeldError, type FileHold, holdFile } from '@surety/sqlite';
import { transactionError } from './errors.js';

/** The exclusive right of one process to send with a key on a chain, until it is released or the process ends in any way. */
export type Lease = FileHold;

/**
 * Takes the lease of (chain, key) on this machine. Killing the process releases it. Across machines only KEY_SHARED
 * protects.
 * @throws KEY_LEASED while another process, or another part of this one, holds it; LEASE_UNAVAILABLE.
 */
export function holdLease(options: {
  readonly directory: string;
  readonly chainId: number;
  readonly sender: Address;
}): Lease {
  const { directory, chainId, sender } = options;
  const file = path.join(directory, `${chainId}-${sender}.lease`);
  const holder = `${file}.holder`;
  let hold: FileHold | undefined;
  try {
    hold = holdFile(file);
    writeFileSync(holder, `process ${process.pid}`);
    return hold;
  } catch (cause) {
    hold?.release();
    if (cause instanceof FileHeldError) {
      throw transactionError(
        'KEY_LEASED',
        `${holderOf(holder)} writes with ${sender} on chain ${chainId} already; expected one writer per key; stop it, or give this process another key (lease ${file})`,
        { sender, chain_id: chainId },
        cause,
      );
    }
    throw transactionError(
      'LEASE_UNAVAILABLE',
      `lease ${file} cannot be taken: ${cause instanceof Error ? cause.message : 'unknown error'}; expected a writable directory; set SURETY_LEASE_DIR`,
      { file },
      cause,
    );
  }
}

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The lock itself shows that someone holds the lease; only the name is unknown.
    return 'another process';
  }
}
