import { mulDivUp } from '@surety/domain';
import { type AuctionBatchOutcome, TRANSACTION_GAS_MAX } from '@surety/workflows';
import { ACCOUNT_GAS, BATCH_GAS, LEARNED_GAS_BPS } from './limits.js';

const ALL_BPS = 10_000n;

/** Gas limits of batches of starts. */
export interface StartGas {
  /** Returns the gas limit of a batch of so many accounts. */
  limitOf(accounts: number): bigint;
  /** Takes what a batch of so many accounts came to. */
  learn(batch: AuctionBatchOutcome, accounts: number): void;
}

/** Returns the gas limit of a batch of so many accounts with so much gas for each: at most what a transaction may use. */
export function batchGas(accounts: number, each: bigint): bigint {
  const wanted = BATCH_GAS + each * BigInt(accounts);
  return wanted < TRANSACTION_GAS_MAX ? wanted : TRANSACTION_GAS_MAX;
}

/**
 * Creates limits that follow what earlier batches used: a block must have room for a limit, whatever is used of it. A batch that fails brings
 * back the full limit: accounts with more lines or protocols take more. One of which somebody else started most says nothing of what a start
 * takes, and changes nothing.
 */
export function createStartGas(): StartGas {
  let each = ACCOUNT_GAS;
  return {
    limitOf: (accounts) => batchGas(accounts, each),
    learn: ({ outcome, served }, accounts) => {
      const isLanded = outcome.kind === 'landed';
      if (!isLanded && outcome.kind !== 'overtaken') each = ACCOUNT_GAS;
      if (!isLanded || served.size === 0 || 2 * served.size < accounts) return;
      const learned = mulDivUp(outcome.gasUsed, LEARNED_GAS_BPS, ALL_BPS * BigInt(served.size));
      each = learned < ACCOUNT_GAS ? learned : ACCOUNT_GAS;
    },
  };
}
