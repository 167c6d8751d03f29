import { oneOf, record, u64, u96, u128, uintText, word } from './values.js';

/** Statements in one page. */
export const STATEMENTS_PER_PAGE_MAX = 100;
/** Entries in one read. */
export const ENTRIES_PER_READ_MAX = 512n;

/** An id of 16 bits as decimal text; a number once read. */
const idText = uintText(16).transform(Number);

/** Path parameter: the first name of an edge. */
export const edgeParameter = word.describe('First name of the edge.');

/** Path parameter: an account. */
export const accountParameter = word.describe('Owner (20 bytes) ‖ home (2) ‖ sub-account (10).');

/** Path parameter: the ledger's index of a vault. */
export const sourceParameter = idText.meta({ description: 'The ledger’s index of the vault.', example: '1' });

const past = 'Only what is past it.';

/** Query of `GET /v1/edges/:edge/statements`. */
export const statementsQuery = record({
  after: u64.prefault('0').describe('Counts above it.'),
  limit: uintText(16)
    .transform(Number)
    .check((context) => {
      const hint = { expected: `1 to ${STATEMENTS_PER_PAGE_MAX}`, code: 'OUT_OF_RANGE' };
      if (context.value < 1) context.issues.push({ code: 'custom', input: context.value, params: { hint } });
    })
    .prefault(String(STATEMENTS_PER_PAGE_MAX))
    .meta({ description: `1 to ${STATEMENTS_PER_PAGE_MAX}; more gives ${STATEMENTS_PER_PAGE_MAX}.`, example: '100' }),
  attested: oneOf(['true', 'false']).optional().describe('Only statements with k signatures.'),
});

/** Query of `GET /v1/edges/:edge/entries`: at most 512 entries. */
export const entriesQuery = record({
  from: u64.describe('Entries above it.'),
  to: u64.describe('Entries up to it, at most 512 past `from`.'),
}).check((context) => {
  const { from, to } = context.value;
  const last = from + ENTRIES_PER_READ_MAX;
  if (to >= from && to <= last) return;
  const hint = { expected: `${from} to ${last}`, code: 'OUT_OF_RANGE' };
  context.issues.push({ code: 'custom', path: ['to'], input: String(to), params: { hint } });
});

/** Query of a list that is read past a number. */
export const pastNumberQuery = record({ after: u96.prefault('0').describe(past) });

/** Query of a list that is read past a hash. */
export const pastHashQuery = record({ after: word.optional().describe(past) });

/** Query of `GET /v1/quote/release`. */
export const releaseQuoteQuery = record({
  account: accountParameter,
  assetId: idText.meta({ description: 'The ledger’s asset id.', example: '4' }),
  amount: u128.describe('Token units, with the fee.'),
  fee: u96.prefault('0').describe('Token units.'),
  recipient: word.optional().describe('Left-padded address on the vault’s chain; the owner’s own if left out.'),
});
