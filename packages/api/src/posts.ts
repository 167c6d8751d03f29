import { z } from 'zod';
import { locationMembers } from './entries.js';
import { statementMembers } from './statements.js';
import {
  type View,
  addressText,
  bytes,
  bytesOf,
  exactly,
  flag,
  hints,
  list,
  oneOf,
  record,
  text,
  u64,
  uintNumber,
} from './values.js';

/** Statements in one call: 256 · about 900 bytes are 230 kB. */
export const STATEMENTS_PER_POST_MAX = 256;
/** Entries in one call: 512 · 95 bytes are 49 kB, as hex with places about 250 kB. */
export const ENTRIES_PER_POST_MAX = 512;

/** Header with the name of the process that posts: 16 hex digits, new at each start. */
export const SENDER_HEADER = 'surety-process';

/** A signature r ‖ s ‖ v of 65 bytes. */
export const signature = bytesOf('a signature', 65);

const signedStatement = exactly({
  statement: exactly({ ...statementMembers, epoch: uintNumber(32) }).meta({ id: 'PostedStatement' }),
  signer: addressText,
  signature,
});
/** A statement as one member signed it. */
export type SignedStatementView = View<typeof signedStatement>;

/** Body of `POST /v1/statements`. */
export const postStatementsBody = exactly({
  statements: list(signedStatement).min(1).max(STATEMENTS_PER_POST_MAX),
}).meta({ id: 'PostStatements' });
/** Body of `POST /v1/statements`. */
export type PostStatementsBody = View<typeof postStatementsBody>;

/** Body of `POST /v1/edges/:edge/entries`. The signature is over the digest of posted entries. */
export const postEntriesBody = exactly({
  from: u64.describe('Count of entries before the first one.'),
  packed: bytes.describe('95 bytes for each entry.'),
  stage: oneOf(['seen', 'final']),
  locations: list(exactly({ ...locationMembers, logIndex: uintNumber(31) })).max(ENTRIES_PER_POST_MAX),
  poster: addressText,
  signature,
}).meta({ id: 'PostEntries' });
/** Body of `POST /v1/edges/:edge/entries`. */
export type PostEntriesBody = View<typeof postEntriesBody>;

/** The outcome of one posted statement or batch of entries. */
export const outcomeView = z
  .discriminatedUnion('kind', [
    record({ kind: z.literal('stored'), fresh: flag.describe('False for what was held before.') }),
    record({ kind: z.literal('refused'), code: text, detail: text }),
  ])
  .register(hints, { expected: 'an outcome whose kind is stored or refused', code: 'UNKNOWN_KIND' })
  .meta({ id: 'Outcome' });
/** The outcome of one posted statement or batch of entries. */
export type OutcomeView = View<typeof outcomeView>;

/** Answer of `POST /v1/statements`, in the order of the request; a 422 problem carries the same member. */
export const postStatementsAnswer = record({ outcomes: list(outcomeView) }).meta({ id: 'Outcomes' });
