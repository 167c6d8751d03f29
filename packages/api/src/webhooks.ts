import { z } from 'zod';
import { healthCrossingView } from './margins.js';
import { type View, natural, record, text } from './values.js';

const timestamp = text.describe('When it happened, as ISO 8601 in UTC; of a crossing: the time of its block.');

/** Body of a webhook, whose headers are those of Standard Webhooks 1.0. The same `webhook-id` is the same message. */
export const webhookMessageView = z.discriminatedUnion('type', [
  record({ type: z.literal('health.crossed'), timestamp, data: healthCrossingView }),
  record({
    type: z.literal('endpoint.added'),
    timestamp,
    data: record({
      endpoints: natural.describe('Receivers that are configured now.'),
      added: natural.describe('Those that were not configured before.'),
    }),
  }),
  record({
    type: z.literal('endpoint.tested'),
    timestamp,
    data: record({ number: natural.describe('Number of the receiver among those that are configured, from 1.') }),
  }),
]);
/** Body of a webhook. */
export type WebhookMessageView = View<typeof webhookMessageView>;
