import { type Address, type Bytes32, CUT_LENGTH, type JournalHead, isTipHidden } from '@surety/domain';
import type { AggregatorHost } from './aggregator-host.js';
import type { DeployedEdge } from './deployment.js';
import { judgeFold } from './judge-fold.js';
import { wordsOf } from './journal-model.js';
import type { LedgerState } from './ledger-model.js';
import type { ModelBlock } from './modelled-chain.js';
import type { BatchCall } from './replica-model.js';
import { digestOf, recoverModelSigner } from './signature-model.js';
import { type VaultState, delayOf } from './vault-model.js';
import { type WatcherHost, countKey } from './watcher-host.js';
import type { AnyChain, World } from './world.js';

const REFUND = 2;

type AnyBlock = ModelBlock<unknown, unknown, unknown>;

/** What is known of a journal that was final at some time: amounts up to each head, by asset. */
interface FinalHistory {
  /** Sums up to a head. */
  readonly sums: Map<Bytes32, ReadonlyMap<number, bigint>>;
  /** Heads that a count has had. */
  readonly heads: Map<number, Set<Bytes32>>;
}

/**
 * Judges a world after every event, by the chains and the signatures alone: what the processes think of themselves is
 * compared with that. Shares no code with the loops.
 */
export class Judge {
  readonly #world: World;
  readonly #finals = new Map<Bytes32, FinalHistory>();
  readonly #finalBlocks = new Set<string>();
  readonly #honest = new Map<string, JournalHead>();
  /** The statement with the highest tip of each honest attester and edge. */
  readonly #longest = new Map<string, JournalHead>();
  readonly #signers = new Map<string, Set<Address>>();
  readonly #judgedBlocks = new Set<string>();
  readonly #judgedHeads = new Map<number, string>();
  readonly #judgedStatements = new Set<string>();
  readonly #versions = new Map<object, number>();
  readonly #judgedCompleted = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    for (const { edgeId } of world.edges) {
      const sums = new Map([[edgeId, new Map<number, bigint>()]]);
      this.#finals.set(edgeId, { sums, heads: new Map([[0, new Set([edgeId])]]) });
    }
  }

  /** Notes a block that became final. */
  noteFinal(chain: AnyChain, block: AnyBlock): void {
    this.#finalBlocks.add(block.hash);
    for (const edge of this.#world.edges) {
      if (edge.originId !== chain.id) continue;
      const journal = this.#world.journalIn(block, edge.edgeId);
      const before = block.parent === undefined ? 0 : this.#world.journalIn(block.parent, edge.edgeId).lines.length;
      const history = this.#historyOf(edge.edgeId);
      for (let count = before + 1; count <= journal.lines.length; count++) {
        const line = journal.lines[count - 1];
        const previous = count === 1 ? edge.edgeId : journal.lines[count - 2]?.head;
        if (line === undefined || previous === undefined) continue;
        const { asset, amount } = wordsOf(line.packed);
        const sums = new Map(history.sums.get(previous));
        history.sums.set(line.head, sums.set(asset, (sums.get(asset) ?? 0n) + amount));
        history.heads.set(count, (history.heads.get(count) ?? new Set()).add(line.head));
      }
    }
  }

  /** Judges an honest attester's signature at the moment it exists. */
  noteSigned(host: WatcherHost, statement: JournalHead): void {
    const { edge, count, head, blockHash, blockNumber } = statement;
    const world = this.#world;
    const deployed = world.edgeOf(edge);
    world.signed.push({ signer: host.address, statement, isHonest: true });
    world.scheduler.note(`${host.name}:${edge}:${count}:${head}:${blockNumber}`);
    const key = countKey(edge, count);
    this.#signers.set(key, (this.#signers.get(key) ?? new Set()).add(host.address));
    const where = `${host.name} at count ${count} of source ${deployed.source} ${deployed.direction}`;
    if (!this.#finalBlocks.has(blockHash)) world.violate('I2', `${where}: block ${blockNumber} was never final`);
    if (this.#historyOf(edge).heads.get(Number(count))?.has(head) !== true)
      world.violate('I2', `${where}: the head was never final`);
    if (
      world.chainOf(deployed.originId).at(Number(blockNumber))?.timestampS !== Number(statement.asOf) &&
      !world.chainOf(deployed.originId).isBroken
    )
      world.violate('I2', `${where}: asOf ${statement.asOf} is not the block's`);
    this.#judgeRows(host, statement, where);
    this.#judgeHalt(host, deployed, { height: blockNumber, where });
    const member = `${host.address}:${edge}`;
    const longest = this.#longest.get(member);
    if (longest !== undefined && isTipHidden(longest, statement))
      world.violate('I15', `${where}: signed tip ${statement.tip} where it had signed ${longest.tip}`);
    if (longest === undefined || statement.tip > longest.tip) this.#longest.set(member, statement);
    const held = this.#honest.get(`${host.address}:${key}`);
    if (held === undefined) this.#honest.set(`${host.address}:${key}`, statement);
    else if (held.head !== head) world.violate('I15', `${where}: signed ${held.head} and ${head}`);
    else this.#noteRestated(held, statement);
  }

  /** Judges a halt: a process may find one only if the chain really replaced a final block. */
  noteHalt(host: string, chainId: number): void {
    if (!this.#world.chainOf(chainId).isBroken)
      this.#world.violate('HALT', `${host} halted chain ${chainId}, which replaced no final block`);
  }

  /** Judges everything that changed since the last event. */
  judge(aggregators: readonly AggregatorHost[]): void {
    const { settlement, vaults, chains } = this.#world;
    for (const chain of chains) {
      const { hash } = chain.head;
      if (this.#judgedHeads.get(chain.id) === hash) continue;
      this.#judgedHeads.set(chain.id, hash);
      this.#judgeBlocks(chain);
      if (chain.id === settlement.id) this.#judgeLedger(settlement.head.state);
      else for (const [source, vault] of vaults) if (vault.id === chain.id) this.#judgeVault(source, vault.head.state);
    }
    for (const host of aggregators) {
      this.#judgeAggregator(host);
      const { foldDisk } = host;
      if (this.#versions.get(foldDisk) === foldDisk.version) continue;
      this.#versions.set(foldDisk, foldDisk.version);
      const different = judgeFold(this.#world, foldDisk.state);
      if (different !== undefined) this.#world.violate('I11', `${host.name} ${different}`);
    }
  }

  /** Counts of cuts up to a count that fewer than k members ever signed. */
  cutsMissing(edge: Bytes32, upTo: number): number[] {
    const quorum = this.#world.deployment.epochs[0]?.quorum ?? 1;
    const missing: number[] = [];
    for (let cut = Number(CUT_LENGTH); cut <= upTo; cut += Number(CUT_LENGTH)) {
      const honest = this.#signers.get(countKey(edge, cut))?.size ?? 0;
      if (honest + this.#world.swarm.liars < quorum) missing.push(cut);
    }
    return missing;
  }

  /** The newest block time that at least `members` honest attesters stated for an edge's own head. */
  newestStated(edge: Bytes32, members: number): number {
    const newest = new Map<Address, number>();
    for (const { signer, statement, isHonest } of this.#world.signed) {
      if (!isHonest || statement.edge !== edge || statement.count !== statement.tip) continue;
      newest.set(signer, Math.max(newest.get(signer) ?? 0, Number(statement.asOf)));
    }
    return [...newest.values()].sort((left, right) => right - left)[members - 1] ?? 0;
  }

  /** Rows of a statement must be durable in both stores before its signature exists. */
  #judgeRows(host: WatcherHost, { edge, count, head }: JournalHead, where: string): void {
    for (const { state, syncedCount, name } of host.histories) {
      const key = `head:${edge}:${count}`;
      const isDurable = state.rows.get(key) === head && (state.writtenAt.get(key) ?? Infinity) <= syncedCount;
      if (!isDurable) this.#world.violate('I15', `${where}: signed before its row was durable in ${name}`);
    }
  }

  /**
   * A process that accepted a final block which the chain has replaced must not sign for a block above it on the new
   * branch: accepting one reads the replaced height again. Below it may lie what both branches share.
   */
  #judgeHalt(host: WatcherHost, { originId }: DeployedEdge, at: { height: bigint; where: string }): void {
    const chain = this.#world.chainOf(originId);
    const record = host.halts.get(originId)?.state;
    if (!chain.isBroken || record === undefined) return;
    const replaced = [...record.finals].filter(([height, hash]) => chain.at(height)?.hash !== hash);
    if (record.finals.get(Number(at.height)) !== chain.at(Number(at.height))?.hash) return;
    if (replaced.some(([height]) => at.height > BigInt(height)))
      this.#world.violate('HALT', `${at.where}: signed above a final block that was replaced`);
  }

  #noteRestated(held: JournalHead, statement: JournalHead): void {
    const { tally } = this.#world;
    if (held.blockHash === statement.blockHash) tally.reach('same frame signed again after a crash');
    else if (statement.count < statement.tip) tally.reach('cut restated');
    else tally.reach('heartbeat signed without growth');
  }

  #judgeBlocks(chain: AnyChain): void {
    for (let block: AnyBlock | undefined = chain.head; block !== undefined; block = block.parent) {
      if (this.#judgedBlocks.has(block.hash)) return;
      this.#judgedBlocks.add(block.hash);
      for (const { tx, succeeded } of block.txs) {
        const call = tx.call as ({ kind: string } & Partial<BatchCall>) | undefined;
        if (call?.statement === undefined || call.signatures === undefined) continue;
        if (!succeeded) {
          this.#noteRefused(block, call.statement);
          continue;
        }
        this.#judgeQuorum(chain, block, call as { kind: string } & BatchCall);
      }
    }
  }

  /** Counts the signatures of what a contract accepted anew: k distinct members of one epoch that has not expired. */
  #judgeQuorum(
    chain: AnyChain,
    block: AnyBlock,
    { kind, statement, signatures, from }: { kind: string } & BatchCall,
  ): void {
    const { domainAt, epochs } = this.#world.deployment;
    const epoch = epochs.find((one) => one.epoch === statement.epoch);
    const digest = digestOf(statement, domainAt(chain.id));
    const valid = new Set<string>();
    for (let at = 2; at < signatures.length; at += 130) {
      const signer = recoverModelSigner(digest, `0x${signatures.slice(at, at + 130)}`);
      if (signer !== undefined && epoch?.members.includes(signer) === true) valid.add(signer);
    }
    const what = `${kind} to count ${statement.count} on chain ${chain.id} at block ${block.height}`;
    if (epoch === undefined || valid.size < epoch.quorum)
      this.#world.violate('I6', `${what}: ${valid.size} valid signatures of ${epoch?.quorum}`);
    else if (block.timestampS >= epoch.expiresS) this.#world.violate('I6', `${what}: epoch ${epoch.epoch} had expired`);
    if (kind === 'refresh' || epoch === undefined) return;
    const { tally } = this.#world;
    if (statement.epoch === 2) tally.reach('statement of a new epoch applied');
    const entries = Number(statement.count - from);
    if (entries > 1) tally.reach('batch of several entries applied');
    const before = block.parent === undefined ? undefined : this.#replicaBefore(chain, block.parent, statement.edge);
    if (before !== undefined && Number(from) < before) tally.reach('batch that skipped a known prefix applied');
  }

  #noteRefused(block: AnyBlock, statement: JournalHead): void {
    const epoch = this.#world.deployment.epochs.find((one) => one.epoch === statement.epoch);
    if (epoch !== undefined && block.timestampS >= epoch.expiresS)
      this.#world.tally.reach('statement of an expired epoch refused');
  }

  #replicaBefore(chain: AnyChain, block: AnyBlock, edge: Bytes32): number | undefined {
    const deployed = this.#world.edgeOf(edge);
    return deployed.destinationId === chain.id ? this.#world.replicaIn(block, deployed).count : undefined;
  }

  #judgeLedger(state: LedgerState): void {
    for (const [source, replica] of state.replicas) {
      const sums = this.#judgePrefix(replica, `ledger's replica of source ${source}`);
      if (sums === undefined) continue;
      const held = new Map<number, bigint>();
      const add = (asset: number, amount: bigint): unknown => held.set(asset, (held.get(asset) ?? 0n) + amount);
      for (const { assetId, amount } of state.lines.values())
        if (Math.floor(assetId / 10) === source) add(assetId % 10, amount);
      for (const one of state.parked.values()) if (one.source === source) add(one.vaultAsset, one.amount);
      for (const { packed } of state.outbound.get(source)?.lines ?? [])
        add(wordsOf(packed).asset, wordsOf(packed).amount);
      this.#compareSums('I1', `lines, parked and debited of source ${source}`, held, sums);
      if (state.parked.size > 0) this.#world.tally.reach('credit parked');
      const debits = state.outbound.get(source)?.lines.length ?? 0;
      const kept = [...state.released.keys()].filter((key) => key.startsWith(`${source}:`)).length;
      if (kept < debits) this.#world.tally.reach('release refunded');
    }
  }

  #judgeVault(source: number, state: VaultState): void {
    const sums = this.#judgePrefix(state.replica, `vault ${source}'s replica`);
    if (sums === undefined) return;
    const recorded = new Map<number, bigint>();
    const paid = new Map<number, bigint>();
    for (const { packed, state: stage, seq, paidAtS, readyAtS } of state.payments.values()) {
      if (stage === 'paid' && paidAtS < readyAtS)
        this.#world.violate('I10', `vault ${source} paid ${seq} at ${paidAtS}, its date is ${readyAtS}`);
      if (stage === 'paid' && delayOf(wordsOf(packed).amount) > 0)
        this.#world.tally.reach('payment waited for its date');
      const { asset, amount } = wordsOf(packed);
      recorded.set(asset, (recorded.get(asset) ?? 0n) + amount);
      if (stage === 'paid') paid.set(asset, (paid.get(asset) ?? 0n) + amount);
    }
    this.#compareSums('I4', `payments of vault ${source}`, recorded, sums);
    this.#judgeStopped(source, state);
    this.#compareSums('I4', `tokens paid by vault ${source}`, state.paid, paid);
    for (const [asset, amount] of state.paid) {
      if (amount > (state.locked.get(asset) ?? 0n) && !this.#world.vaultOf(source).isBroken)
        this.#world.violate(
          'I1',
          `vault ${source} paid ${amount} of asset ${asset}, locked ${state.locked.get(asset) ?? 0n}`,
        );
    }
  }

  /** What was stopped is refunded once, and nothing else is: no payment is both paid and refunded. */
  #judgeStopped(source: number, state: VaultState): void {
    const refunds = state.journal.lines.map(({ packed }) => wordsOf(packed)).filter(({ kind }) => kind === REFUND);
    const stopped = [...state.payments.values()].filter((payment) => payment.state === 'stopped');
    const numbers = new Set(refunds.map(({ party }) => BigInt(party)));
    const isWhole = numbers.size === refunds.length && stopped.every(({ seq }) => numbers.has(seq));
    if (!isWhole || stopped.length !== refunds.length)
      this.#world.violate(
        'I4',
        `vault ${source} stopped ${stopped.length} payments, its journal refunds ${numbers.size}`,
      );
    if (stopped.length > 0) this.#world.tally.reach('payment stopped');
  }

  /** A replica stands at a head that was final at its count; gives the amounts up to there. */
  #judgePrefix(
    replica: { readonly edge: Bytes32; readonly count: number; readonly head: Bytes32 },
    what: string,
  ): ReadonlyMap<number, bigint> | undefined {
    const history = this.#historyOf(replica.edge);
    if (history.heads.get(replica.count)?.has(replica.head) !== true) {
      const invariant = this.#world.plant === 'replay-applied-batch' ? 'I7' : 'I2';
      this.#world.violate(invariant, `${what} stands at count ${replica.count} with a head that was never final there`);
      return undefined;
    }
    return history.sums.get(replica.head);
  }

  #compareSums(
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

  /** What an aggregator calls attested has k genuine signatures. */
  #judgeAggregator(host: AggregatorHost): void {
    const { version, state } = host.intakeDisk;
    if (this.#versions.get(host.intakeDisk) === version) return;
    this.#versions.set(host.intakeDisk, version);
    const { epochs } = this.#world.deployment;
    for (const { digest, statement, signatures } of state.completed.slice(this.#judgedCompleted.get(host.name) ?? 0)) {
      if (this.#judgedStatements.has(digest)) continue;
      this.#judgedStatements.add(digest);
      const quorum = epochs.find(({ epoch }) => epoch === statement.epoch)?.quorum ?? Infinity;
      const genuine = new Set(
        signatures
          .filter((one) => recoverModelSigner(digest, one.signature) === one.signer)
          .map(({ signer }) => signer),
      );
      if (genuine.size < quorum)
        this.#world.violate(
          'I6',
          `${host.name} calls count ${statement.count} attested with ${genuine.size} of ${quorum} signatures`,
        );
      if (statement.count < statement.tip) this.#world.tally.reach('cut attested');
    }
    this.#judgedCompleted.set(host.name, state.completed.length);
    if (state.contradictions > 0) this.#world.tally.reach('contradiction kept as evidence');
  }

  #historyOf(edge: Bytes32): FinalHistory {
    const history = this.#finals.get(edge);
    if (history === undefined) throw new RangeError(`no history of ${edge}`);
    return history;
  }
}
