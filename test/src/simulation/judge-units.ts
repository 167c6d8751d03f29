import type { Bytes32 } from '@surety/domain';
import type { LedgerFact } from '@surety/workflows';
import type { SometimesPoint } from './faults.js';
import { type EntryWords, type JournalLine, wordsOf } from './journal-model.js';
import { entryHashOf } from './ledger-credits.js';
import {
  type LedgerCall,
  type LedgerState,
  assetIdOf,
  coverageIn,
  isUnsettled,
  marginOf,
  openOf,
  orphanOf,
} from './ledger-state.js';
import type { MinedTx, ModelBlock } from './modelled-chain.js';
import type { RewindsJudge } from './judge-rewinds.js';
import { delayOf, owedBy } from './vault-model.js';
import { type VaultCall, type VaultFact, type VaultState, isLoss, keptHash } from './vault-state.js';
import type { World } from './world.js';

const [LOCK, REFUND, RELEASE, LOST] = [1, 2, 16, 18];
const COVER_AFTER_S = 60;
/** Seconds of the source's clock for which what was unwound may come again, as the contract counts them. */
const HEARD_S = 60;

/** What a fact proves to have happened. */
const REACHED: Readonly<Record<string, SometimesPoint>> = {
  'came-again': 'entry came again',
  'taken-back': 'orphan taken back',
  found: 'entry found after it was taken back',
  'written-off': 'vault told of a loss',
  'loss-taken': 'loss taken over',
  'paid-past-point': 'release paid that its journal does not hold',
  settled: 'release settled by what was paid before',
  'loss-borne': 'payment at less than its amount',
};

type LedgerBlock = ModelBlock<LedgerState, LedgerCall, LedgerFact>;
type VaultBlock = ModelBlock<VaultState, VaultCall, VaultFact>;
type Sums = Map<number, bigint>;

/** An entry's words, read once. */
const read = new WeakMap<Uint8Array, EntryWords>();
function wordsIn(packed: Uint8Array): EntryWords {
  const known = read.get(packed) ?? wordsOf(packed);
  read.set(packed, known);
  return known;
}

/** Judges the units of ledger and vaults by the chains alone: I1, I4, I10 and I12, and that no repair takes anything: I9. */
export class UnitsJudge {
  readonly #world: World;
  readonly #rewinds: RewindsJudge;

  constructor(world: World, rewinds: RewindsJudge) {
    this.#world = world;
    this.#rewinds = rewinds;
  }

  /** In units, for every prefix: what is on lines, parked and debited is what was credited, and what a rewind left open. */
  judgeLedger(state: LedgerState): void {
    const { tally } = this.#world;
    for (const [source, replica] of state.replicas) {
      const held: Sums = new Map();
      const credited: Sums = new Map();
      for (const { assetId, amount } of state.lines.values())
        if (Math.floor(assetId / 10) === source) add(held, assetId % 10, amount);
      for (const one of state.parked.values()) if (one.source === source) add(held, one.vaultAsset, one.amount);
      for (const { packed } of state.outbound.get(source)?.lines ?? []) {
        const { kind, asset, amount, party } = wordsIn(packed);
        if (kind === RELEASE) add(held, asset, amount);
        else if (kind === LOST) add(credited, asset, BigInt(party) === 0n ? amount : -amount);
      }
      replica.trail.slice(0, replica.way?.count ?? replica.count).forEach(({ packed }, at) => {
        const { kind, asset, amount } = wordsIn(packed);
        const counts = (kind === LOCK || kind === REFUND) && !state.ineffective.has(`${source}:${at + 1}`);
        if (counts) add(credited, asset, amount);
      });
      for (const asset of [1, 2, 3]) {
        const { orphaned, missing, found } = openOf(state, source, asset);
        add(credited, asset, orphaned + missing - found);
        if (orphaned < 0n) this.#world.violate('I1', `source ${source} has ${orphaned} units of orphans`);
      }
      this.#compare('I1', `lines, parked and debited of source ${source}`, held, credited);
      if (state.parked.size > 0) tally.reach('credit parked');
      const debits = state.outbound.get(source)?.lines.length ?? 0;
      const kept = [...state.released.keys()].filter((key) => key.startsWith(`${source}:`)).length;
      if (kept < debits) tally.reach('release refunded');
    }
  }

  /** What a vault paid is what its payments say, and what it accounts for is what it took in and has not paid. */
  judgeVault(source: number, state: VaultState): void {
    const { replica, payments } = state;
    const paid: Sums = new Map();
    const accounted: Sums = new Map(state.locked);
    replica.trail.slice(0, replica.way?.count ?? replica.count).forEach(({ packed }, at) => {
      const payment = payments.get(BigInt(at + 1));
      if (payment?.packed !== packed && (payment === undefined || !Buffer.from(payment.packed).equals(packed)))
        this.#world.violate('I4', `vault ${source} has another payment than entry ${at + 1} says`);
    });
    for (const payment of payments.values()) {
      const { packed, state: stage, seq, paidAtS, readyAtS } = payment;
      const { asset, amount, party } = wordsIn(packed);
      if (stage === 'paid' && paidAtS < readyAtS)
        this.#world.violate('I10', `vault ${source} paid ${seq} at ${paidAtS}, its date is ${readyAtS}`);
      if (stage !== 'paid') continue;
      if (delayOf(amount) > 0) this.#world.tally.reach('payment waited for its date');
      if (isLoss(payment)) add(accounted, asset, (BigInt(party) === 0n ? 1n : -1n) * (state.lossOf.get(seq) ?? 0n));
      else add(paid, asset, amount);
    }
    this.#compare('I4', `units paid by vault ${source}`, state.paid, paid);
    for (const [asset, units] of state.paid) add(accounted, asset, -units);
    this.#compare('I1', `units that vault ${source} accounts for`, state.accounted, accounted);
    for (const [asset, units] of state.accounted)
      if (units < owedBy(state, asset))
        this.#world.violate('I1', `vault ${source} owes more of ${asset} than ${units}`);
    this.#judgeStopped(source, state);
  }

  /** What was stopped is refunded, and what is refunded is never paid. */
  #judgeStopped(source: number, state: VaultState): void {
    const refunds = new Map<bigint, Set<string>>();
    for (const { packed } of state.journal.lines) {
      const { kind, party, asset, amount, account } = wordsIn(packed);
      if (kind !== REFUND) continue;
      const seq = BigInt(party);
      refunds.set(seq, (refunds.get(seq) ?? new Set()).add(`${asset}:${amount}:${account}`));
    }
    for (const payment of state.payments.values()) {
      const { seq, packed, state: stage } = payment;
      if (isLoss(payment) || stage === 'void' || stage === 'none') continue;
      const { asset, amount, account } = wordsIn(packed);
      const isRefunded = refunds.get(seq)?.has(`${asset}:${amount}:${account}`) === true;
      if (stage === 'stopped') this.#world.tally.reach('payment stopped');
      // A refund waits for witnesses: that it comes is judged at the end.
      const waits = this.#world.swarm.hasWitnesses && stage === 'stopped' && !isRefunded;
      if (waits) this.#world.tally.reach('refund waited for witnesses');
      else if (isRefunded !== (stage === 'stopped'))
        this.#world.violate('I4', `vault ${source} has payment ${seq} ${stage}, refunded ${isRefunded}`);
    }
  }

  /** No line falls but by its owner's release, or by taking back what the journal does not hold; a deposit counts at once. */
  judgeLedgerBlock(block: LedgerBlock): void {
    const facts = block.txs.flatMap((mined) => mined.facts);
    for (const { kind } of facts) this.#reach(REACHED[kind]);
    for (const fact of facts) if (fact.kind === 'written-off' && !fact.found) this.#judgeWrittenOff(fact.source, block);
    const before = block.parent?.state;
    if (before === undefined || before.lines === block.state.lines) return this.#judgeCoverage(block);
    const found = new Set(facts.flatMap((fact) => (fact.kind === 'found' ? [fact.entryHash] : [])));
    const settled = facts.flatMap((fact) =>
      fact.kind === 'came-again' || fact.kind === 'taken-back' ? [`${fact.source}:${fact.entryHash}`] : [],
    );
    const change: Map<string, bigint> = new Map();
    const note = (key: string, units: bigint): unknown => change.set(key, (change.get(key) ?? 0n) + units);
    for (const mined of block.txs) {
      const { call } = mined.tx;
      if (mined.succeeded && call?.kind === 'release') note(`${call.account}:${call.assetId}`, -call.amount);
      if (mined.succeeded && call?.kind === 'release') this.#judgeLeaving(block, call);
      if (call?.kind === 'apply') this.#noteCredits(mined, call, { note, before, found, settled });
      for (const fact of mined.facts) {
        if (fact.kind !== 'taken-back') continue;
        this.#judgeTakenBack(fact, block);
        note(`${fact.account}:${assetIdOf(fact.source, fact.vaultAsset)}`, -fact.taken);
      }
    }
    for (const key of new Set([...before.lines.keys(), ...change.keys()])) {
      const held = block.state.lines.get(key)?.amount ?? 0n;
      const expected = (before.lines.get(key)?.amount ?? 0n) + (change.get(key) ?? 0n);
      if (held < expected) this.#tellFallen(block, key, expected - held);
    }
    this.#judgeCoverage(block);
  }

  /** Nobody leaves before it is known what a rewind has lost. */
  #judgeLeaving({ parent, state, height }: LedgerBlock, { assetId }: { readonly assetId: number }): void {
    const [source, asset] = [Math.floor(assetId / 10), assetId % 10];
    const isOpen = [parent?.state, state].every((one) => one !== undefined && isUnsettled(one, source, asset));
    if (isOpen) this.#world.violate('I7', `asset ${assetId} was released in block ${height} while it is unsettled`);
  }

  /** What the locks of a batch must add to lines in this very block. Excused is what its own line or listing holds back. */
  #noteCredits(
    { facts }: MinedTx<LedgerCall, LedgerFact>,
    call: Extract<LedgerCall, { kind: 'apply' }>,
    at: {
      readonly note: (key: string, units: bigint) => void;
      readonly before: LedgerState;
      /** Entries that the block found after they were taken back, by their hash. */
      readonly found: ReadonlySet<Bytes32>;
      /** Orphans that came again or were taken back in the block: source and hash of each. */
      readonly settled: readonly string[];
    },
  ): void {
    const applied = facts.find((fact) => fact.kind === 'applied');
    if (applied?.kind !== 'applied') return;
    const excused = new Set(facts.flatMap((fact) => indexOf(fact) ?? []));
    for (let index = applied.from + 1n; index <= applied.to; index += 1n) {
      const from = Number(index - call.from - 1n) * 95;
      const packed = call.packed.subarray(from, from + 95);
      const { kind, account, asset, amount, fee } = wordsOf(packed);
      if (kind !== LOCK) continue;
      const entryHash = entryHashOf(packed);
      const { count: left, spent } = orphanOf(at.before, call.source, entryHash);
      if (left === 0 && spent > 0n && !at.found.has(entryHash))
        this.#world.violate(
          'I1',
          `source ${call.source}: ${spent} units of entry ${index} were spent, it counts whole`,
        );
      if (excused.has(index)) continue;
      const orphan = `${call.source}:${entryHash}`;
      if (left > at.settled.filter((one) => one === orphan).length)
        this.#world.violate('I1', `source ${call.source}: entry ${index} was credited anew, and is an orphan's`);
      at.note(`${account}:${assetIdOf(call.source, asset)}`, amount - fee);
    }
  }

  /** An orphan may be taken back only once every entry of before was applied again: what the journal holds comes again first. */
  #judgeTakenBack(fact: Extract<LedgerFact, { kind: 'taken-back' }>, block: LedgerBlock): void {
    const replica = block.state.replicas.get(fact.source);
    const heardAt = this.#rewinds.heardAt(block, fact.source);
    const vault = this.#world.vaultOf(fact.source);
    const { lines } = vault.final.state.journal;
    const comes = (line: JournalLine, at: number): boolean => {
      if (replica === undefined || at < replica.count || wordsIn(line.packed).account !== fact.account) return false;
      const { asset, amount } = wordsIn(line.packed);
      const wasThere = heardAt === 0 || (vault.at(line.height)?.timestampS ?? Infinity) <= heardAt;
      return wasThere && asset === fact.vaultAsset && amount === fact.taken + fact.missing;
    };
    if (lines.some(comes))
      this.#world.violate('I9', `source ${fact.source}: ${fact.taken} units were taken back that come again`);
  }

  /** A vault is told of a loss only once what its journal holds has had the time to come again. */
  #judgeWrittenOff(source: number, block: LedgerBlock): void {
    const heardAt = this.#rewinds.heardAt(block, source);
    const asOf = block.state.replicas.get(source)?.asOf ?? 0;
    if (heardAt === 0 || asOf < heardAt + HEARD_S)
      this.#world.violate('I9', `source ${source}: a loss was told in block ${block.height}, and may come again`);
  }

  #tellFallen(block: LedgerBlock, key: string, units: bigint): void {
    const account = key.slice(0, 66) as Bytes32;
    const { maintenance } = marginOf(block.state, account);
    const debt = block.state.debts.get(account) ?? 0n;
    const isLiquidatable = maintenance < debt && debt <= maintenance + units;
    const what = isLiquidatable ? 'which makes its debtor liquidatable' : 'which nobody asked for';
    this.#world.violate('I9', `line ${key} lacks ${units} after block ${block.height}, ${what}`);
  }

  /** Coverage in force falls by `cover` alone, and only after its time. */
  #judgeCoverage({ parent, state, txs, height }: LedgerBlock): void {
    const before = parent?.state;
    if (before === undefined || before.coverages === state.coverages) return;
    const covered = new Set<string>();
    for (const { facts } of txs)
      for (const fact of facts) if (fact.kind === 'covered') covered.add(`${fact.source}:${fact.vaultAsset}`);
    for (const [key, { inForce }] of state.coverages) {
      const [source, asset] = key.split(':').map(Number) as [number, number];
      const kept = coverageIn(before, source, asset);
      if (inForce > kept.inForce) this.#reach('coverage rose again');
      if (inForce >= kept.inForce) continue;
      this.#world.tally.reach('coverage in force fell');
      const isDue = (state.replicas.get(source)?.asOf ?? 0) >= kept.since + COVER_AFTER_S && kept.since > 0;
      if (!covered.has(key) || !isDue)
        this.#world.violate('I9', `coverage ${key} fell to ${inForce} in block ${height}, before its time`);
    }
  }

  /** A payment takes no more than its share: the part of a unit that has tokens never falls by it. Nobody locks while it is short. */
  judgeVaultBlock(source: number, { parent, state, txs, height }: VaultBlock): void {
    for (const { facts } of txs) for (const { kind } of facts) this.#reach(REACHED[kind]);
    if (parent === undefined || parent.state.held === state.held) return;
    const kinds = new Set(txs.filter((one) => one.succeeded).map(({ tx }) => tx.call?.kind));
    const [before, after] = [parent.state, state];
    for (const [asset, accounted] of after.accounted) {
      const had = { held: before.held.get(asset) ?? 0n, accounted: before.accounted.get(asset) ?? 0n };
      if (had.held >= had.accounted || accounted === 0n) continue;
      const locked = (after.locked.get(asset) ?? 0n) > (before.locked.get(asset) ?? 0n);
      if (locked && !kinds.has('tokens-move') && !kinds.has('apply-releases'))
        this.#world.violate('I12', `vault ${source} locked asset ${asset} in block ${height} while it was short`);
      const others = ['tokens-move', 'take-loss', 'unwind-vault', 'apply-releases', 'lock'] as const;
      if (others.some((kind) => kinds.has(kind))) continue;
      if ((after.held.get(asset) ?? 0n) * had.accounted < had.held * accounted)
        this.#world.violate('I12', `vault ${source} paid more than its share of asset ${asset} in block ${height}`);
    }
  }

  /** At the end: tokens left a vault once for each release, and the units of both ends are the same. */
  judgeEnd(): void {
    const ledger = this.#world.settlement.head.state;
    for (const [source, { head }] of this.#world.vaults) {
      this.#judgeTransfers(source, head);
      const { state } = head;
      for (const asset of [1, 2]) {
        const backed = (state.accounted.get(asset) ?? 0n) - owedBy(state, asset);
        const { orphaned, missing, found } = openOf(ledger, source, asset);
        let units = found - orphaned - missing;
        for (const line of ledger.lines.values()) if (line.assetId === assetIdOf(source, asset)) units += line.amount;
        for (const one of ledger.parked.values())
          if (one.source === source && one.vaultAsset === asset) units += one.amount;
        for (const payment of state.payments.values()) {
          if (payment.state !== 'queued' || !isLoss(payment)) continue;
          const words = wordsIn(payment.packed);
          if (words.asset === asset) units -= BigInt(words.party) === 0n ? words.amount : -words.amount;
        }
        if (units !== backed)
          this.#world.violate(
            'I1',
            `${units} units of asset ${asset} at the ledger, vault ${source} accounts for ${backed}`,
          );
      }
    }
  }

  #reach(point: SometimesPoint | undefined): void {
    if (point !== undefined) this.#world.tally.reach(point);
  }

  #judgeTransfers(source: number, head: VaultBlock): void {
    const made = new Map<string, number>();
    const count = (hash: string, by: number): unknown => made.set(hash, (made.get(hash) ?? 0) + by);
    for (let block: VaultBlock | undefined = head; block !== undefined; block = block.parent) {
      for (const { facts, tx } of block.txs)
        for (const fact of facts)
          if (fact.kind === 'paid' && tx.call?.kind === 'pay')
            count(keptHash({ packed: tx.call.packed, state: 'paid' }), 1);
    }
    for (const payment of head.state.payments.values())
      if (payment.state === 'paid' && !isLoss(payment)) count(keptHash(payment), -1);
    for (const [hash, left] of head.state.paidOrphans) count(hash.slice(0, 52), -left);
    for (const [hash, left] of made)
      if (left !== 0) this.#world.violate('I4', `vault ${source} paid release ${hash} ${left} times too often`);
  }

  #compare(
    invariant: string,
    what: string,
    seen: ReadonlyMap<number, bigint>,
    expected: ReadonlyMap<number, bigint>,
  ): void {
    for (const asset of new Set([...seen.keys(), ...expected.keys()])) {
      const [left, right] = [seen.get(asset) ?? 0n, expected.get(asset) ?? 0n];
      if (left !== right) this.#world.violate(invariant, `${what} sum to ${left} of asset ${asset}, expected ${right}`);
    }
  }
}

/** Numbers of entries that need not reach a line in the block that applies them: what others brought is no reason. */
function indexOf(fact: LedgerFact): bigint | undefined {
  if (fact.kind === 'refused') return fact.index;
  if (fact.kind === 'came-again' || fact.kind === 'found') return fact.seq;
  return fact.kind === 'parked' && (fact.reason === 'CAP' || fact.reason === 'UNLISTED') ? fact.index : undefined;
}

function add(sums: Sums, asset: number, amount: bigint): void {
  sums.set(asset, (sums.get(asset) ?? 0n) + amount);
}
