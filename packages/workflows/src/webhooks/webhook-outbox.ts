/** A message for every endpoint. */
export interface NewWebhookMessage {
  /** The same for the same event, so that a receiver knows a repetition: at most 40 characters. */
  readonly id: string;
  /** Messages of one lane, such as one account's, arrive in the order in which they were written. */
  readonly lane: string;
  readonly writtenMs: number;
  /** Body of the request. */
  readonly json: string;
}

/** A message in the outbox. */
export interface WebhookMessage extends NewWebhookMessage {
  /** Its place in the order of all messages. Where one is left out it fell out of the outbox. */
  readonly position: number;
}

/** Messages that wait for one endpoint. */
export interface WaitingMessages {
  /** Position up to which all is settled. */
  readonly after: number;
  readonly waiting: number;
  /** The first of them, ascending. */
  readonly messages: readonly WebhookMessage[];
}

/** Most messages that an outbox keeps. */
export interface KeptMessages {
  readonly all: number;
  readonly ofLane: number;
}

/** Messages to webhooks that outlive a restart. */
export interface WebhookOutbox {
  /**
   * Adds messages in one transaction. A message whose id waits already is not added again. Only the newest stay, of all and of each lane
   * that was added to.
   */
  addMessages(messages: readonly NewWebhookMessage[], kept: KeptMessages): Promise<void>;
  /** Names all endpoints, forgets others, and returns the new ones, whose first message will be the next one. */
  openEndpoints(endpoints: readonly string[]): Promise<readonly string[]>;
  /** Returns what waits for an endpoint, and the first `limit` of it. */
  loadWaiting(endpoint: string, limit: number): Promise<WaitingMessages>;
  /** Returns the first `limit` messages behind a position, ascending. */
  loadBehind(position: number, limit: number): Promise<readonly WebhookMessage[]>;
  /** Records that all messages up to a position are settled for an endpoint; drops what is settled for all. */
  saveSettled(endpoint: string, position: number): Promise<void>;
}
