/** A raw HTTP or in-process response. */
export interface RpcReply {
  /** HTTP status, or 200 for a transport without one. */
  readonly status: number;
  readonly body: string;
}

/** Carries a JSON-RPC request to a provider and the response back, without interpreting either. */
export interface RpcTransport {
  /**
   * Sends one request body; stops when the signal aborts.
   * @throws UNREACHABLE, RESPONSE_TOO_LARGE once the response exceeds `bytesMax`.
   */
  send(body: string, options: { signal: AbortSignal; bytesMax: number }): Promise<RpcReply>;
}
