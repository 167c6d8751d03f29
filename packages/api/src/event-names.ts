import { z } from 'zod';
import { accountName } from './account-names.js';
import { list, record, text } from './values.js';

/** Names of server-sent events. */
export const EVENT_NAMES = ['entry', 'margin', 'health', 'chain', 'statement'] as const;

/**
 * Name of the event with which a stream begins whose reader resumes and has missed some: what came past the id `after` of its payload, up
 * to `from`, is no longer kept. No query leaves it out.
 */
export const GAP_EVENT = 'gap';

/** Accounts that one stream may be about. */
export const ACCOUNTS_PER_STREAM_MAX = 64;

const KNOWN = `one or more of ${EVENT_NAMES.join(', ')}, with commas between them`;

/** Query of `GET /v1/events`. */
export const eventsQuery = record({
  account: z
    .preprocess((value) => [value ?? []].flat(), list(accountName).max(ACCOUNTS_PER_STREAM_MAX))
    .describe(
      'Only events of it, and those that name no account, as `margin` does where many changed at once; repeat it for more.',
    ),
  types: text
    .transform((names, context) => {
      const found = EVENT_NAMES.filter((name) => names.split(',').includes(name));
      const hint = { expected: KNOWN, code: 'UNKNOWN_KIND' };
      if (found.length !== names.split(',').length)
        context.addIssue({ code: 'custom', input: names, params: { hint } });
      return found;
    })
    .optional()
    .meta({ description: `Only these events: ${KNOWN}.`, example: 'entry,margin' }),
});
