/** One attester set of a destination: its number and when its statements begin, in seconds of block time. */
export interface Epoch {
  readonly epoch: number;
  readonly activeFrom: bigint;
}

/** The attester sets of one destination, as far as they are final. */
export interface EpochSchedule {
  /** Gives all epochs written so far, ascending. @throws NO_QUORUM (retryable). */
  readEpochs(signal?: AbortSignal): Promise<readonly Epoch[]>;
}
