import type { SendPolicy } from '../transaction-sender.js';

const GWEI = 1_000_000_000n;

/** Sends at any fee that a test's chain asks, looks at once, and waits long before it replaces or takes over. */
export const PROMPT_POLICY = {
  maxFeePerGasCap: 100n * GWEI,
  maxPriorityFeePerGasCap: 10n * GWEI,
  minPriorityFeePerGas: 1n,
  pollIntervalMs: 10,
  replaceAfterMs: 60_000,
  confirmations: 1,
  takeoverAfterMs: 60_000,
} as const satisfies SendPolicy;
