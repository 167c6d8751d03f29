import type { Bytes32 } from '@surety/domain';
import type { AuctionAccount } from '../ports/auctions.js';
import type { ObservedEvent, Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import { spentOf } from '../running/spent-of.js';
import type { AgreedBids } from './agree-on-bids.js';
import type { AuctionPlan } from './plan-auction.js';
import type { RefusedAccounts } from './serve-together.js';

/** Where a keeper's news go. */
export interface AuctionNews {
  readonly observer: Observer;
  /** The last words about each account. */
  readonly told: Map<Bytes32, string>;
}

/** Acts for one account alone. */
export type SingleAct = Exclude<AuctionPlan, { kind: 'wait' | 'start' | 'touch' }>;

/** Event of each act that landed. */
const LANDED = {
  bid: 'auction-bid',
  close: 'auction-closed',
  'write-off': 'auction-written-off',
} as const;

/** Reports how an act for one account ended; a refusal warns once until it changes. */
export function tellOutcome(
  { observer, told }: AuctionNews,
  { facts, plan, outcome }: { readonly facts: AuctionAccount; readonly plan: SingleAct; readonly outcome: LandOutcome },
): void {
  const fields = { ...placeOf(facts), ...fieldsOf(facts, plan), act: plan.kind };
  if (outcome.kind === 'landed') {
    observer.observe({ name: LANDED[plan.kind], level: 'info', fields: { ...fields, ...spentOf(outcome) } });
    told.delete(facts.account);
    return;
  }
  if (outcome.kind === 'overtaken') {
    observer.observe({ name: 'auction-overtaken', level: 'debug', fields: { ...fields, detail: outcome.detail } });
    return;
  }
  const detail = outcome.kind === 'refused' ? outcome.detail : `reverted in ${outcome.txHash}`;
  const isNew = isNews(told, facts.account, `${plan.kind} ${outcome.name}`);
  const level = isNew ? 'warn' : 'debug';
  observer.observe({ name: 'auction-refused', level, fields: { ...fields, code: outcome.name, detail } });
}

/** Warns once of each account that an act refuses. */
export function warnOfRefused(
  { observer, told }: AuctionNews,
  kind: 'start' | 'touch' | 'bid',
  refused: RefusedAccounts,
  more: ObservedEvent['fields'] = {},
): void {
  for (const [account, code] of refused) {
    const level = isNews(told, account, `${kind} ${code}`) ? 'warn' : 'debug';
    observer.observe({ name: 'auction-refused', level, fields: { account, act: kind, code, ...more } });
  }
}

/** Reports a plan that is not carried out, once until it changes. */
export function tellPlan(
  { observer, told }: AuctionNews,
  facts: AuctionAccount,
  plan: AuctionPlan,
  isDryRun: boolean,
): void {
  const isWait = plan.kind === 'wait';
  const isNew = isNews(told, facts.account, isWait ? `wait ${plan.reason}` : plan.kind);
  const level = isNew && isDryRun ? 'info' : 'debug';
  const name = isWait ? 'auction-waits' : 'auction-planned';
  const what = isWait ? { reason: plan.reason, from_s: plan.fromS } : { act: plan.kind, ...fieldsOf(facts, plan) };
  observer.observe({ name, level, fields: { ...placeOf(facts), ...what } });
}

/** Warns once of each account of whose bid providers say different things, and names those that do not show it. */
export function tellDiffering({ observer, told }: AuctionNews, differing: AgreedBids['differing']): void {
  for (const { facts, dissents } of differing) {
    const [words, providers] = [
      dissents.map(({ provider, reason }) => `${provider}: ${reason}`),
      dissents.map(({ provider, reason, height }) => `${provider}: ${reason} at block ${height}`),
    ];
    const level = isNews(told, facts.account, words.join(', ')) ? 'warn' : 'debug';
    observer.observe({
      name: 'opinions-differ',
      level,
      fields: { ...placeOf(facts), providers: providers.join(', ') },
    });
  }
}

function isNews(told: AuctionNews['told'], account: Bytes32, words: string): boolean {
  const isNew = told.get(account) !== words;
  told.set(account, words);
  return isNew;
}

function placeOf({ account, height, assetsWad, requiredWad }: AuctionAccount): ObservedEvent['fields'] {
  return { account, height, assets: assetsWad, requirement: requiredWad };
}

/** Returns the figures that led to an act. */
function fieldsOf(
  { claims, clockS }: AuctionAccount,
  plan: Exclude<AuctionPlan, { kind: 'wait' }>,
): ObservedEvent['fields'] {
  if (plan.kind === 'write-off') return { protocol: plan.protocol, loss: plan.lossWad };
  if (plan.kind !== 'bid') return { clock_s: clockS };
  const { protocol, terms } = plan;
  const offer = claims.find((claim) => claim.protocol === protocol)?.offer;
  const quoted = offer?.kind === 'open' ? { ppm: offer.ppm, assumed: offer.assumedWad, share: offer.shareWad } : {};
  return { protocol, to: plan.to, least_ppm: terms.leastPpm, share_max: terms.shareMaxWad, clock_s: clockS, ...quoted };
}
