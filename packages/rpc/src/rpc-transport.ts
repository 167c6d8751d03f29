/** What came back over the wire. */
export interface RpcReply {
  /** HTTP status, or 200 for a transport without one. */
  readonly status: number;
  readonly body: string;
}

/** One way to a provider: carries a JSON-RPC request there and its answer back, and judges nothing. */
export interface RpcTransport {
  /**
   * Sends one request body.
   * @throws UNREACHABLE, RESPONSE_TOO_LARGE once the answer passes `bytesMax`; stops when the signal aborts.
   */
  send(body: string, options: { signal: AbortSignal; bytesMax: number }): Promise<RpcReply>;
}
