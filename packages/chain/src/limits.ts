import { DEFAULT_RPC_LIMITS, type RpcLimits } from '@surety/rpc';

/** Limits of one chain's reader. Each default follows from the reasoning beside its field. */
export interface ChainLimits extends RpcLimits {
  /** Calls of one operation at one provider: 64 blocks + a proof + logs over 400 ranges. */
  readonly callsPerFrameMax: number;
  /** Blocks of the first log range; most providers serve 2,000. */
  readonly logSpanInitial: number;
  /** Blocks of the largest log range. */
  readonly logSpanMax: number;
  /** Logs held by one operation: 250,000 of about 600 B are 150 MB, half of a process's memory budget. */
  readonly logsMax: number;
  /** Blocks with logs that one operation checks by quorum; above it a frame's locations stay unchecked. */
  readonly blockChecksMax: number;
  /** Accepted final blocks kept in the record: 512 of 90 B are 46 kB, written at each acceptance. */
  readonly finalsKeptMax: number;
  /** Blocks by which providers may lag before they no longer count for the quorum: two finality steps, {@link lagBlocksOf}. */
  readonly lagBlocksMax: number;
  /** Milliseconds to wait for the remaining providers once a quorum has returned its tips. */
  readonly stragglerMs: number;
  /** Milliseconds after which the next provider is asked for a proof beside a silent one: most prove within a fraction of one. */
  readonly proofPatienceMs: number;
  /** Milliseconds between two polls of the newest head. */
  readonly pollIntervalMs: number;
  /** Milliseconds between two blocks; the pause after a new head follows from it. */
  readonly blockTimeMs: number;
  /** Milliseconds after which waiting for a head ends without one. */
  readonly headWaitMaxMs: number;
  /** Heads kept to measure the depth of a reorganisation. */
  readonly headsKeptMax: number;
}

/** The defaults of {@link ChainLimits}. */
export const DEFAULT_LIMITS: ChainLimits = {
  ...DEFAULT_RPC_LIMITS,
  callsPerFrameMax: 512,
  logSpanInitial: 2_000,
  logSpanMax: 10_000,
  logsMax: 250_000,
  blockChecksMax: 64,
  finalsKeptMax: 512,
  lagBlocksMax: 64,
  stragglerMs: 500,
  proofPatienceMs: 2_000,
  pollIntervalMs: 1_000,
  blockTimeMs: 1,
  headWaitMaxMs: 15_000,
  headsKeptMax: 128,
};

/**
 * Returns the lag that providers of a chain may have: two of its finality steps, and no less than two of Ethereum's.
 * Providers see a step at different times, and one that stands still for a while is a step behind the slowest other.
 */
export function lagBlocksOf({ stepBlocks }: { readonly stepBlocks: number }): number {
  return Math.max(DEFAULT_LIMITS.lagBlocksMax, 2 * stepBlocks);
}
