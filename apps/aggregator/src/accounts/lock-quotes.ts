import { type HoldUpView, type LockQuoteView, type MarginCondition, type VaultLockView } from '@surety/api';
import {
  type Bytes32,
  PARKED_CODES,
  REASONS,
  type ReasonCode,
  domainError,
  lockRefusalOf,
  parseAccountId,
} from '@surety/domain';
import { freeMargin, lineStatusOf } from '@surety/margin';
import {
  type AssetFact,
  type AssetTerms,
  LedgerFollower,
  type LineFact,
  type MarginSnapshot,
  type ParkReason,
  type VaultFollower,
} from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { EdgeEtas } from '../entries/edge-etas.js';
import type { Names } from '../entries/names.js';
import { Problem } from '../problem.js';
import { LedgerAge } from '../projections/ledger-age.js';
import { type FoldedAsset, askLedger, marginOfWhole, viewBlock } from '../terms/folded-terms.js';
import type { CreditQuote, LedgerAsker } from '../terms/ledger-asker.js';
import { TOKENS } from '../tokens.js';
import { type AccountAtBlock, AccountMargins, weighAtBlock } from './account-margins.js';
import { byGrade, conditionsOf, viewFactors, viewGrades } from './margin-parts.js';
import { askVault, requireAsset } from './quoted-assets.js';

/** A wanted lock, in token units. */
export interface WantedLock {
  readonly account: Bytes32;
  readonly assetId: number;
  /** With the fee. */
  readonly amount: bigint;
  readonly fee: bigint;
}

const CONDITION_CODES: Readonly<Record<MarginCondition, ReasonCode>> = {
  'price-stale': 'PRICE_STALE',
  'price-missing': 'PRICE_MISSING',
  'source-stale': 'SOURCE_STALE',
  'source-dark': 'SOURCE_DARK',
  'source-frozen': 'SOURCE_FROZEN',
  unanswered: 'RISK_UNANSWERED',
  'price-uncertain': 'PRICE_UNCERTAIN',
  'price-diverged': 'PRICE_DIVERGED',
  'price-failing': 'PRICE_FAILING',
};

/** Previews a lock before anybody signs it. */
@Injectable()
export class LockQuotes {
  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.ledgerAsker) private readonly asker: LedgerAsker,
    @Inject(TOKENS.vaults) private readonly vaults: ReadonlyMap<Bytes32, VaultFollower>,
    @Inject(TOKENS.names) private readonly names: Names,
    @Inject(AccountMargins) private readonly margins: AccountMargins,
    @Inject(EdgeEtas) private readonly etas: EdgeEtas,
    @Inject(LedgerAge) private readonly age: LedgerAge,
  ) {}

  /** Asks the ledger at the last folded block, and the vault at its newest final one. @throws Problem 400, 404, 503. */
  async quote(wanted: WantedLock): Promise<LockQuoteView> {
    const { account, assetId, amount, fee } = wanted;
    parseAccountId(account);
    // As the vault itself: its smallest lock is never 0, and one whose fee is all of it is taken and credits its owner nothing.
    if (amount === 0n) throw domainError('OUT_OF_RANGE', 'amount is "0"; expected at least 1 unit');
    if (fee > amount) throw domainError('OUT_OF_RANGE', `fee is "${fee}"; expected at most the amount, ${amount}`);
    const asset = requireAsset(this.follower, assetId);
    const held = await this.margins.load(account);
    const { block } = held.snapshot;
    const terms = requireTerms(assetId, held.snapshot);
    const [limits, credit, vault, eta] = await Promise.all([
      askLedger(this.asker.readLimits([{ assetId, source: asset.source }], block)),
      askLedger(this.asker.quoteCredit({ account, assetId, amount }, block)),
      this.#vaultOf(asset, wanted),
      this.etas.of(this.follower.books.replicas.find(({ source }) => source === asset.source)?.edge, 'to-ledger'),
    ]);
    const { cap, room, fastLimit = null, fastUsed } = requireOne(limits.get(assetId));
    const before = weighAtBlock(held);
    const brought = attested(withCredit(held, wanted, credit), asset.source);
    const after = weighAtBlock(brought);
    // Of a whole token: a credit of nothing leaves no line to take them from.
    const { factors } = marginOfWhole({ asset, terms: requireTerms(assetId, brought.snapshot) }, block);
    const refusals = refusalsOf(vault, wanted);
    return {
      account,
      assetId,
      symbol: this.names.symbolOf(asset),
      decimals: asset.decimals,
      chainId: this.names.chainIdOf(asset.source),
      amount,
      fee,
      block: viewBlock(block),
      outcome: outcomeOf({ vault, refusals, credit }),
      holdUps: [
        ...refusals,
        ...parkingOf(credit),
        ...this.#faultsOf({ asset, terms }, block),
        ...seasonOf(credit),
        ...oldBlockOf(this.age),
      ],
      vault,
      cap,
      room,
      fastLimit,
      fastUsed,
      unseasoned: credit.unseasoned,
      seasonEnd: credit.seasonEnd,
      factors: byGrade((grade) => viewFactors(factors[grade])),
      marginBefore: viewGrades(before.margin),
      marginAfter: viewGrades(after.margin),
      gainedWad: byGrade((grade) => freeMargin(after.margin.grades[grade]) - freeMargin(before.margin.grades[grade])),
      ...eta,
    };
  }

  /** Verdict of the vault on the lock; null while it cannot be asked. */
  #vaultOf(asset: AssetFact, { account, amount }: WantedLock): Promise<VaultLockView | null> {
    const { vaultAsset } = asset;
    return askVault(this.vaults, asset, async (reader, block) => {
      const { refusal, ...quoted } = await reader.readLockQuote({ vaultAsset, amount, account }, block);
      return { block: viewBlock(block), refusal: refusal === 0 ? null : lockRefusalOf(refusal), ...quoted };
    });
  }

  /** Faults that lower the line's weight whoever owns it, its source as old as it is, and states of that source. */
  #faultsOf({ asset, terms }: FoldedAsset, block: MarginSnapshot['block']): HoldUpView[] {
    const codes: ReasonCode[] = [];
    const { state } = terms.source;
    if (state === 'CONTESTED') codes.push('SOURCE_CONTESTED');
    if (state === 'QUARANTINED') codes.push('SOURCE_QUARANTINED');
    const status = lineStatusOf(marginOfWhole({ asset, terms }, block));
    codes.push(...conditionsOf(status).map((condition) => CONDITION_CODES[condition]));
    const { orphaned, missing, lostSeq } = this.follower.books.coverageOf(asset);
    if ((orphaned | missing | lostSeq) !== 0n) codes.push('LINE_UNSETTLED');
    if (this.follower.books.coveragesInForce.has(asset.assetId)) codes.push('COVERAGE_SHORT');
    return codes.map((code) => holdUp(code, FAULT_TEXTS[code] ?? 'it lowers what the line counts', null));
  }
}

const FAULT_TEXTS: Partial<Record<ReasonCode, string>> = {
  SOURCE_CONTESTED: 'a witness contradicts the source: new credit waits',
  SOURCE_QUARANTINED: 'the source is quarantined: it counts nothing for initial',
  PRICE_STALE: 'its price is older than it may be: it counts 0 for initial',
  PRICE_MISSING: 'its price was never accepted: the margin is unknown',
  PRICE_UNCERTAIN: 'the band of its price is too wide: it counts 0 for initial',
  PRICE_DIVERGED: 'its price is far off the slow one: it counts 0 for initial',
  PRICE_FAILING: 'its feed does not answer: it counts 0 for initial',
  SOURCE_STALE: 'the newest statement of its source is old: the lock comes with the next one',
  SOURCE_DARK:
    'the newest statement of its source is too old: the lock comes with the next one, and nothing counts for initial before',
  SOURCE_FROZEN: 'its source is frozen: it counts 0 for initial',
  LINE_UNSETTLED: 'a rewind left something open of the asset: it counts 0 for initial',
  COVERAGE_SHORT: 'the vault holds fewer tokens than it owes: a part of each unit counts',
};

/** The account with the credit on its line, as if it counted. */
function withCredit(
  held: AccountAtBlock,
  { account, assetId, amount, fee }: WantedLock,
  credit: CreditQuote,
): AccountAtBlock {
  const empty: LineFact = { account, assetId, amount: 0n, unseasoned: 0n, seasonEnd: 0n, enabled: true };
  const own = held.lines.find((line) => line.assetId === assetId) ?? empty;
  const units = amount - fee;
  const fresh = credit.unseasoned < units ? credit.unseasoned : units;
  const isYoung = own.seasonEnd > held.snapshot.block.timestamp;
  const credited: LineFact = {
    ...own,
    enabled: true,
    amount: own.amount + units,
    unseasoned: (isYoung ? own.unseasoned : 0n) + fresh,
    seasonEnd: credit.seasonEnd > own.seasonEnd ? credit.seasonEnd : own.seasonEnd,
  };
  return { ...held, lines: [...held.lines.filter((line) => line.assetId !== assetId), credited] };
}

/** The account once a new statement of a source has come: it brings the lock, and makes every line of the source fresh. */
function attested(held: AccountAtBlock, sourceIndex: number): AccountAtBlock {
  const { snapshot } = held;
  const asOf = snapshot.block.timestamp;
  const terms = new Map(
    [...snapshot.terms].map(([assetId, one]) => {
      const isRenewed = one.sourceIndex === sourceIndex && one.source.asOf < asOf;
      return [assetId, isRenewed ? { ...one, source: { ...one.source, asOf } } : one] as const;
    }),
  );
  return { ...held, snapshot: { ...snapshot, terms } };
}

function refusalsOf(vault: VaultLockView | null, { amount, fee }: WantedLock): HoldUpView[] {
  if (vault === null) {
    const detail = 'the vault’s chain does not answer the aggregator: nobody knows whether the vault takes the lock';
    return [holdUp('CHAIN_NOT_FOLLOWED', detail, null)];
  }
  const { refusal, minimum, room, feeMinimum } = vault;
  const next = 'the owner: see `vault` for what it takes';
  if (refusal !== null) {
    const detail = `the vault refuses ${amount}: smallest ${minimum}, room ${room}`;
    return [{ code: refusal, detail, next, until: null }];
  }
  if (fee >= feeMinimum) return [];
  return [
    { code: 'FEE_TOO_SMALL', detail: `the vault refuses a fee of ${fee}: smallest ${feeMinimum}`, next, until: null },
  ];
}

/** An unknown verdict of the vault never becomes a yes. */
function outcomeOf(of: {
  readonly vault: VaultLockView | null;
  readonly refusals: readonly HoldUpView[];
  readonly credit: CreditQuote;
}): LockQuoteView['outcome'] {
  if (of.vault === null) return 'parked';
  if (of.refusals.length > 0) return 'refused';
  return of.credit.reason === 'NONE' ? 'counted' : 'parked';
}

function parkingOf({ reason, at }: CreditQuote): HoldUpView[] {
  if (reason === 'NONE') return [];
  return [holdUp(PARKED_CODES[reason] ?? 'ABOVE_CAP', PARKING_TEXTS[reason], at === 0n ? null : at)];
}

const PARKING_TEXTS: Readonly<Record<ParkReason, string>> = {
  NONE: 'nothing parks it',
  UNCONFIRMED: 'it is above the fast limit: it is parked until witnesses confirm it',
  CAP: 'it does not fit under the cap of its asset, or credit is paused: it is parked',
  LIMIT: 'too much of the asset arrives: it is parked',
  UNLISTED: 'the ledger does not list its asset: it is parked',
  SLOTS: 'the account has no room for another line: it is parked',
  SEASON: 'it is too small to be unseasoned on the line: it is parked until its date',
  FEE: 'the fee is parked until its date',
};

function seasonOf({ unseasoned, seasonEnd }: CreditQuote): HoldUpView[] {
  if (unseasoned === 0n) return [];
  return [holdUp('LINE_SEASONING', `${unseasoned} of it count 0 for initial until their season ends`, seasonEnd)];
}

/** All is judged at one block, as the ledger's own engine would: while that is old, nobody knows what holds the lock up now. */
function oldBlockOf({ overdueS, mostS }: LedgerAge): HoldUpView[] {
  if (overdueS === 0n) return [];
  const detail = `the ledger is judged as it was ${overdueS + mostS} s ago, expected at most ${mostS} s: what holds the lock up since then is not told`;
  const next = 'the aggregator’s operator: see /health/ready; or ask another aggregator';
  return [{ code: 'BLOCK_OLD', detail, next, until: null }];
}

function holdUp(code: ReasonCode, detail: string, until: bigint | null): HoldUpView {
  const { who, act } = REASONS[code];
  return { code, detail, next: `${who}: ${act}`, until };
}

/** Returns an asset's terms at a block. @throws Problem 503 for one that was listed since they were read. */
function requireTerms(assetId: number, { terms }: MarginSnapshot): AssetTerms {
  const own = terms.get(assetId);
  if (own !== undefined) return own;
  const detail = `the terms of asset ${assetId} are not folded yet; try again, see /health/ready`;
  throw new Problem({ status: 503, code: 'NOT_FOLDED', detail });
}

function requireOne<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError('the asset that was asked about is missing in the answer');
  return value;
}
