/** Bounds of one provider. Each has a default that follows from the sum beside it. */
export interface RpcLimits {
  /** Milliseconds for one call: a slow provider must not hold a frame for longer than a settlement block. */
  readonly callTimeoutMs: number;
  /** Bytes of one answer: 10,000 logs of about 1 kB of JSON are 10 MB, three times that is 32 MiB. */
  readonly responseBytesMax: number;
  /** Calls under way at one provider: 64 block checks of one frame at once. */
  readonly inFlightMax: number;
  /** Milliseconds before a refused provider is asked to prove itself again. */
  readonly recheckAfterMs: number;
}

/** The defaults of {@link RpcLimits}. */
export const DEFAULT_RPC_LIMITS: RpcLimits = {
  callTimeoutMs: 10_000,
  responseBytesMax: 32 * 1024 * 1024,
  inFlightMax: 96,
  recheckAfterMs: 30_000,
};
