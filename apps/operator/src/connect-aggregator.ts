import { type AggregatorClient, createAggregatorClient } from '@surety/client';

/** Longest that a person waits for one answer. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Connects to an aggregator with the patience of a command line. @throws BAD_URL. */
export function connectAggregator(url: string): AggregatorClient {
  return createAggregatorClient({ url, timeoutMs: ANSWER_TIMEOUT_MS });
}
