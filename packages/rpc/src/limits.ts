/** Limits of one provider. Each default follows from the reasoning beside its field. */
export interface RpcLimits {
  /** Time limit of one call, in milliseconds: a slow provider must not delay a frame by more than a settlement block. */
  readonly callTimeoutMs: number;
  /** Largest response in bytes: 10,000 logs of about 1 kB of JSON are 10 MB; three times that is about 32 MiB. */
  readonly responseBytesMax: number;
  /** Concurrent calls at one provider: the 64 block checks of one frame run at once. */
  readonly inFlightMax: number;
  /** Milliseconds before a refused provider is checked again. */
  readonly recheckAfterMs: number;
}

/** The defaults of {@link RpcLimits}. */
export const DEFAULT_RPC_LIMITS: RpcLimits = {
  callTimeoutMs: 10_000,
  responseBytesMax: 32 * 1024 * 1024,
  inFlightMax: 96,
  recheckAfterMs: 30_000,
};
