import { DEFAULT_RPC_LIMITS, type RpcLimits } from '@surety/rpc';

/** Bounds of one chain's reader. Each has a default that follows from the sum beside it. */
export interface ChainLimits extends RpcLimits {
  /** Calls of one operation at one provider: 64 blocks + a proof + logs over 400 ranges. */
  readonly callsPerFrameMax: number;
  /** Blocks of the first log range asked; most providers serve 2,000. */
  readonly logSpanInitial: number;
  /** Blocks of the largest log range ever asked. */
  readonly logSpanMax: number;
  /** Logs held by one operation: 250,000 of about 600 B are 150 MB, half of a process's memory figure. */
  readonly logsMax: number;
  /** Blocks with logs whose hashes one operation asks the quorum for; above it a frame's places stay unchecked. */
  readonly blockChecksMax: number;
  /** Accepted final blocks kept in the record: 512 of 90 B are 46 kB, written at each acceptance. */
  readonly finalsKeptMax: number;
  /** Blocks by which a part of the providers may lag before the rest is no quorum: two finality steps of Ethereum. */
  readonly lagBlocksMax: number;
  /** Milliseconds that a quorum of tips waits for the providers that have not answered yet. */
  readonly stragglerMs: number;
  /** Milliseconds between two looks at the newest head. */
  readonly pollIntervalMs: number;
  /** Milliseconds after a new head before the next is looked for, if more than between two looks: three quarters of the time of a block. */
  readonly headPauseMs: number;
  /** Milliseconds after which a wait for a head ends without one. */
  readonly headWaitMaxMs: number;
  /** Heads kept to tell how deep a reorganisation goes. */
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
  pollIntervalMs: 1_000,
  headPauseMs: 1,
  headWaitMaxMs: 15_000,
  headsKeptMax: 128,
};
