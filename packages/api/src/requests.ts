import { accountName, recipientName } from './account-names.js';
import { healthStepText } from './margins.js';
import { hints, oneOf, record, signedWad, u64, u96, u128, uintText, word } from './values.js';
import { z } from 'zod';

/** Statements in one page. */
export const STATEMENTS_PER_PAGE_MAX = 100;
/** Entries in one read. */
export const ENTRIES_PER_READ_MAX = 512n;

/** Accounts in one page of a list. */
export const ACCOUNTS_PER_PAGE_MAX = 256;

/** Indebted accounts that one page of auctions looks at. */
export const AUCTIONS_PER_PAGE_MAX = 64;

/** An id of 16 bits as decimal text; a number once read. */
const idText = uintText(16).transform(Number);

/** Path parameter: the first name of an edge. */
export const edgeParameter = word.describe('First name of the edge.');

/** Path parameter: an account. */
export const accountParameter = accountName.meta({
  description: 'Owner (20 bytes) ‖ home (2) ‖ sub-account (10), or the owner’s address for the cross-margin account.',
  example: '0x14dc79964da2c08b23698b3d3cc7ca32193d9955',
});

/** Path parameter: the ledger's asset id. */
export const assetParameter = idText.meta({ description: 'The ledger’s asset id.', example: '4' });

/** Path parameter: the height of a node above the leaves of its tree. */
export const treeHeightParameter = uintText(6)
  .transform(Number)
  .meta({ description: 'Height above the leaves, which have 0.', example: '0' });

/** Path parameter: the place of a node among those of its height. */
export const treeIndexParameter = uintText(48)
  .transform(Number)
  .meta({ description: 'Place from the left, from 0.', example: '0' });

/** Path parameter: the ledger's index of a vault. */
export const sourceParameter = idText.meta({ description: 'The ledger’s index of the vault.', example: '1' });

const past = 'Only what is past it.';

/** Number of items in one page, the most by default; more gives the most, so that no route has to see to it. */
function limitUpTo(most: number) {
  return uintText(16)
    .transform(Number)
    .check((context) => {
      const hint = { expected: `1 to ${most}`, code: 'OUT_OF_RANGE' };
      if (context.value < 1) context.issues.push({ code: 'custom', input: context.value, params: { hint } });
    })
    .transform((wanted) => Math.min(wanted, most))
    .prefault(String(most))
    .meta({ description: `1 to ${most}; more gives ${most}.`, example: '100' });
}

/** Query of `GET /v1/accounts`. */
export const accountsQuery = record({
  below: healthStepText.describe('Only accounts whose health is below this step.'),
  order: oneOf(['account', 'health'])
    .prefault('account')
    .describe('Ascending by account, or the least healthy first at the last prices.'),
  after: word.optional().describe(`Ordered by account: ${past}`),
  skip: uintText(32)
    .transform(Number)
    .prefault('0')
    .describe('Ordered by health: only what is behind the first so many.'),
  limit: limitUpTo(ACCOUNTS_PER_PAGE_MAX),
}).check((context) => {
  const { order, after, skip } = context.value;
  const tell = (path: string, expected: string): unknown =>
    context.issues.push({
      code: 'custom',
      input: context.value,
      path: [path],
      params: { hint: { expected, code: 'OUT_OF_RANGE' } },
    });
  if (order === 'health' && after !== undefined) tell('after', 'none with order=health, which goes on with skip=<n>');
  if (order === 'account' && skip !== 0) tell('skip', '0 with order=account, which goes on with after=<account>');
});

/** Changes in one page of an account's history. */
export const CHANGES_PER_PAGE_MAX = 50;

/** Query of `GET /v1/accounts/:account/history`. */
export const historyQuery = record({
  before: u96.optional().describe('Only changes before this position: `next` of the page before.'),
  limit: limitUpTo(CHANGES_PER_PAGE_MAX),
});

/** Points in one page of an account's health over time. */
export const HEALTH_POINTS_PER_PAGE_MAX = 500;

/** Query of `GET /v1/accounts/:account/health`. */
export const healthHistoryQuery = record({
  before: u64.optional().describe('Only points from before this time in seconds: `next` of the page before.'),
  limit: limitUpTo(HEALTH_POINTS_PER_PAGE_MAX),
});

/** Query of `GET /v1/auctions`. */
export const auctionsQuery = record({
  after: word.optional().describe(past),
  limit: limitUpTo(AUCTIONS_PER_PAGE_MAX),
});

/** Query of `GET /v1/edges/:edge/statements`. */
export const statementsQuery = record({
  after: u64.prefault('0').describe('Counts above it.'),
  limit: limitUpTo(STATEMENTS_PER_PAGE_MAX),
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
  recipient: recipientName
    .optional()
    .describe('Address, plain or left-padded, on the vault’s chain; the owner’s own if left out.'),
});

/** Query of `GET /v1/quote/lock`. */
export const lockQuoteQuery = record({
  account: accountParameter,
  assetId: idText.meta({ description: 'The ledger’s asset id, which names chain and token.', example: '4' }),
  amount: u128.describe('Token units that the vault receives, with the fee.'),
  fee: u96.prefault('0').describe('Token units.'),
});

/** Changes of one kind in a what-if. */
export const WHAT_IF_CHANGES_MAX = 32;

/** Pairs `<id>:<value>`, separated by commas. */
function pairs(example: string, description: string) {
  const hint = {
    expected: `at most ${WHAT_IF_CHANGES_MAX} pairs of an id and a value below 2^104, such as ${example}, each id once`,
    code: 'OUT_OF_RANGE',
  } as const;
  return z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,4}):(?:0|[1-9][0-9]{0,31})(?:,(?:0|[1-9][0-9]{0,4}):(?:0|[1-9][0-9]{0,31})){0,31}$/)
    .register(hints, hint)
    .transform((joined, context) => {
      const values = joined.split(',').map((pair) => {
        const [id = '', value = ''] = pair.split(':');
        return { id: Number(id), value: BigInt(value) };
      });
      const ids = new Set(values.map(({ id }) => id));
      if (ids.size < values.length || values.some(({ id, value }) => id >= 2 ** 16 || value >= 2n ** 104n))
        context.addIssue({ code: 'custom', input: joined, params: { hint } });
      return values;
    })
    .meta({ description, example });
}

/** Query of `GET /v1/accounts/:account/what-if`. */
export const whatIfQuery = record({
  amounts: pairs(
    '4:1000000,5:0',
    'Amounts that lines would have, `<asset id>:<token units>`; a line that is new counts.',
  ).optional(),
  prices: pairs(
    '1:990000000000',
    'Prices that slots would stand at, `<price slot>:<price of a whole token, scaled 1e12>`; ages and faults stay.',
  ).optional(),
  requirementWad: signedWad.prefault('0').meta({
    description: 'What is added to the requirement at every grade, 18 decimals, may be negative.',
    example: '-1000',
  }),
});
