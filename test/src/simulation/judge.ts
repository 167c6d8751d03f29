import { type Address, type Bytes32, CUT_LENGTH, type JournalHead, isTipHidden } from '@surety/domain';
import type { AggregatorHost } from './aggregator-host.js';
import type { DeployedEdge } from './deployment.js';
import { judgeFold } from './judge-fold.js';
import { RewindsJudge } from './judge-rewinds.js';
import { UnitsJudge } from './judge-units.js';
import type { ModelBlock } from './modelled-chain.js';
import type { BatchCall, ReplicaModel } from './replica-model.js';
import { digestOf, recoverModelSigner } from './signature-model.js';
import { type WatcherHost, countKey } from './watcher-host.js';
import type { AnyChain, World } from './world.js';

type AnyBlock = ModelBlock<unknown, unknown, unknown>;

/** Heads that a count of a journal has had in final blocks. */
type FinalHistory = Map<number, Set<Bytes32>>;

/**
 * Judges a world after every event, by the chains and the signatures alone: what the processes think of themselves is
 * compared with that. Shares no code with the loops.
 */
export class Judge {
  readonly #world: World;
  readonly #rewinds: RewindsJudge;
  readonly #units: UnitsJudge;
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
    this.#rewinds = new RewindsJudge(world);
    this.#units = new UnitsJudge(world, this.#rewinds);
    for (const { edgeId } of world.edges) {
      this.#finals.set(edgeId, new Map([[0, new Set([edgeId])]]));
    }
  }

  /** Notes a block that became final. */
  noteFinal(chain: AnyChain, block: AnyBlock): void {
    this.#finalBlocks.add(block.hash);
    const { settlement } = this.#world;
    if (chain.id === settlement.id) this.#rewinds.noteFinal(block as (typeof settlement)['head']);
    for (const edge of this.#world.edges) {
      if (edge.originId !== chain.id) continue;
      const journal = this.#world.journalIn(block, edge.edgeId);
      const before = block.parent === undefined ? 0 : this.#world.journalIn(block.parent, edge.edgeId).lines.length;
      const history = this.#historyOf(edge.edgeId);
      for (let count = before + 1; count <= journal.lines.length; count++) {
        const line = journal.lines[count - 1];
        if (line === undefined) continue;
        history.set(count, (history.get(count) ?? new Set()).add(line.head));
      }
    }
  }

  /** Judges an honest attester's signature at the moment it exists. */
  noteSigned(host: WatcherHost, statement: JournalHead): void {
    const { edge, count, head, blockHash, blockNumber } = statement;
    const world = this.#world;
    const deployed = world.edgeNamed(edge);
    world.signed.push({ signer: host.address, statement, isHonest: true });
    world.scheduler.note(`${host.name}:${edge}:${count}:${head}:${blockNumber}`);
    const key = countKey(edge, count);
    this.#rewinds.noteSigned(host.address, statement);
    // A cut that was attested under a former name was applied under it.
    const cut = countKey(deployed.edgeId, count);
    this.#signers.set(cut, (this.#signers.get(cut) ?? new Set()).add(host.address));
    const where = `${host.name} at count ${count} of source ${deployed.source} ${deployed.direction}`;
    if (!this.#finalBlocks.has(blockHash)) world.violate('I2', `${where}: block ${blockNumber} was never final`);
    if (this.#historyOf(deployed.edgeId).get(Number(count))?.has(head) !== true)
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
      if (chain.id === settlement.id) {
        for (const [source, replica] of settlement.head.state.replicas)
          this.#judgePrefix(replica, `ledger's replica of source ${source}`);
        this.#units.judgeLedger(settlement.head.state);
        continue;
      }
      for (const [source, vault] of vaults) {
        if (vault.id !== chain.id) continue;
        this.#judgePrefix(vault.head.state.replica, `vault ${source}'s replica`);
        this.#units.judgeVault(source, vault.head.state);
      }
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

  /** Judges what only the end shows: units of both ends, and tokens that left. */
  judgeEnd(): void {
    this.#units.judgeEnd();
  }

  /** Judges the work that rewinds added to an edge. */
  judgeWork(edge: DeployedEdge): void {
    this.#rewinds.judgeWork(edge);
  }

  /** Cuts of a rewound edge that k members have yet to state under its present name. */
  cutsUnstated(edge: DeployedEdge): number[] {
    return this.#rewinds.cutsUnstated(edge);
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
      this.#judgeUnits(chain, block);
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

  /** Judges what one block changed. */
  #judgeUnits(chain: AnyChain, block: AnyBlock): void {
    const { settlement, vaults } = this.#world;
    if (chain.id === settlement.id) {
      this.#rewinds.judgeLedgerBlock(block as (typeof settlement)['head']);
      return this.#units.judgeLedgerBlock(block as (typeof settlement)['head']);
    }
    for (const [source, vault] of vaults) {
      if (vault.id !== chain.id) continue;
      this.#rewinds.judgeVaultBlock(source, block as (typeof vault)['head']);
      this.#units.judgeVaultBlock(source, block as (typeof vault)['head']);
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
    const deployed = this.#world.edgeNamed(statement.edge);
    const names = [block, block.parent ?? block].map((one) => this.#world.replicaIn(one, deployed).name);
    if (!names.includes(statement.edge)) this.#world.violate('I2', `${what}: under a name that is former`);
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
    const deployed = this.#world.edgeNamed(edge);
    return deployed.destinationId === chain.id ? this.#world.replicaIn(block, deployed).count : undefined;
  }

  /** A replica stands at a head that was final at its count, unless a quorum signed under this name what its journal never held. */
  #judgePrefix(replica: ReplicaModel, what: string): void {
    if (this.#world.forgedNames.has(replica.name)) return;
    if (this.#historyOf(replica.edge).get(replica.count)?.has(replica.head) === true) return;
    const invariant = this.#world.plant === 'replay-applied-batch' ? 'I7' : 'I2';
    this.#world.violate(invariant, `${what} stands at count ${replica.count} with a head that was never final there`);
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
