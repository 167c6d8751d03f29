import { type View, addressText, flag, list, record, signedWad, text, u16, u64, u128, u256, word } from './values.js';

const offerView = record({
  protocol: addressText,
  shareWad: u256.describe('Part of the burden that a bid for all would take, 18 decimals.'),
  assumedWad: u256.describe('Burden that the taker would assume, 18 decimals.'),
  lossWad: u256.describe('Burden that nobody would assume, 18 decimals.'),
  discountPpm: signedWad.describe('Discount on the gross value of the lines, parts per million; negative above it.'),
  lines: list(record({ assetId: u16, amount: u128 })).describe('In the order in which they are taken.'),
  wait: text.nullable().describe('Why nobody can bid now, as the auction says it; null if somebody can.'),
}).meta({ id: 'AuctionOffer' });

const auctionView = record({
  account: word,
  starter: addressText,
  startedAt: u64.describe('Seconds.'),
  seenAt: u64.describe('Seconds at which the account was last seen unhealthy.'),
  taken: flag.describe('True once something was taken: the account must then reach its exit grade.'),
  elapsedS: u64.describe('Seconds on the clock of the auction.'),
  discountPpm: signedWad.describe('Discount of the moment, parts per million; negative above the gross value.'),
  offers: list(offerView).describe('What a bid would take for each protocol of the account.'),
  block: u64.describe('Block of the settlement chain at which it was read.'),
}).meta({ id: 'Auction', description: 'A running auction, by the word of one provider.' });

/** Answer of `GET /v1/auctions/:account`. */
export const auctionAnswer = auctionView;
/** A running auction, by the word of one provider. */
export type AuctionView = View<typeof auctionView>;

/** Answer of `GET /v1/auctions`. */
export const auctionsAnswer = record({
  auctions: list(auctionView).describe('Of accounts whose health was last judged below 1.5, ascending by account.'),
  next: word.nullable().describe('The account past which the next page begins; null on the last one.'),
}).meta({ id: 'Auctions' });
/** A page of running auctions. */
export type AuctionsPage = View<typeof auctionsAnswer>;
