import { LOCK_REFUSALS } from '@surety/domain';
import { timedBlockView } from './blocks.js';
import { factorsView, gradesView } from './margins.js';
import { etaBasisView } from './releases.js';
import {
  type View,
  list,
  natural,
  oneOf,
  record,
  signedWad,
  text,
  decimalsNumber,
  u16,
  u64,
  u128,
  u256,
  word,
} from './values.js';

const lockRefusal = oneOf(LOCK_REFUSALS);

const vaultLockView = record({
  block: timedBlockView,
  refusal: lockRefusal.nullable().describe('Why the vault refuses the lock, null if it does not.'),
  minimum: u256.describe('Smallest lock.'),
  room: u256.describe('What the vault’s own cap leaves.'),
  feeMinimum: u256.describe('Smallest fee of a lock.'),
}).meta({ id: 'VaultLock', description: 'What the vault says of a lock, at a final block of its chain.' });
/** Verdict of a vault on a lock. */
export type VaultLockView = View<typeof vaultLockView>;

const holdUpView = record({
  code: text.describe('As in `/v1/explain`, or `BLOCK_OLD`.'),
  detail: text,
  next: text.describe('Who acts, and on what.'),
  until: u64.nullable().describe('Seconds at which it ends by itself; null where no date is known.'),
}).meta({ id: 'HoldUp' });
/** One thing that may hold a lock up, or keeps it from counting in full. */
export type HoldUpView = View<typeof holdUpView>;

/** Answer of `GET /v1/quote/lock`: what vault and ledger would do with a lock now. */
export const lockQuoteView = record({
  account: word,
  assetId: u16,
  symbol: text,
  decimals: decimalsNumber.describe('Of the token; every amount here is its smallest unit.'),
  chainId: natural.describe('Chain of the vault.'),
  amount: u128,
  fee: u128.describe('Part of it that goes to whoever applies the lock.'),
  block: timedBlockView,
  outcome: oneOf(['counted', 'parked', 'refused']).describe(
    '`counted`: it would be credited. `parked`: it would be locked and count 0 until its reason is gone; also while `vault` is null, since nobody knows whether the vault takes it. `refused`: the vault takes nothing.',
  ),
  holdUps: list(holdUpView).describe(
    'Why it would not count in full at once, the first cause first. Last, `BLOCK_OLD`: the block is older than the finality of its chain explains, and what holds it up since then is not told.',
  ),
  vault: vaultLockView.nullable().describe('Null while the vault does not answer.'),
  cap: u128.describe('Most that all lines may hold.'),
  room: u256.describe('What the ledger’s cap leaves; 0 while credit is paused.'),
  fastLimit: u256.nullable().describe('Most that may be in use unconfirmed; null where no witness is needed.'),
  fastUsed: u256,
  unseasoned: u256.describe('Part of it that counts nothing for initial before `seasonEnd`.'),
  seasonEnd: u64.describe('Seconds; 0 if all of it counts at once.'),
  factors: record({ initial: factorsView, exit: factorsView, maintenance: factorsView }).describe(
    'The weight of the line once it is credited.',
  ),
  marginBefore: gradesView,
  marginAfter: gradesView.describe('With the credit on its line, as the engine weighs it at the block.'),
  gainedWad: record({ initial: signedWad, exit: signedWad, maintenance: signedWad }).describe(
    'Margin gained at each grade once it is credited; while it is parked, nothing is.',
  ),
  etaS: natural
    .nullable()
    .describe('Seconds from being seen to being credited, the median of the newest watched locks; null if none was.'),
  etaBasis: etaBasisView,
}).meta({ id: 'LockQuote' });
/** Answer of `GET /v1/quote/lock`. */
export type LockQuoteView = View<typeof lockQuoteView>;
