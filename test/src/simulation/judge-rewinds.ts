import { type Bytes32, CUT_LENGTH, type JournalHead } from '@surety/domain';
import type { LedgerFact } from '@surety/workflows';
import type { DeployedEdge } from './deployment.js';
import { wordsOf } from './journal-model.js';
import type { LedgerCall, LedgerState } from './ledger-state.js';
import type { ModelBlock } from './modelled-chain.js';
import type { BatchCall } from './replica-model.js';
import { REFUND_AFTER_S, type VaultCall, type VaultFact, type VaultState } from './vault-state.js';
import type { AnyChain, World } from './world.js';

type AnyBlock = ModelBlock<unknown, unknown, unknown>;
type LedgerBlock = ModelBlock<LedgerState, LedgerCall, LedgerFact>;
type VaultBlock = ModelBlock<VaultState, VaultCall, VaultFact>;

const REFUND = 2;
/** Seconds after which a point is too old, as the contract counts them. */
const POINT_MAX_S = 300;

/** Facts that move a replica, with the counts that they tell. */
type Move =
  | { readonly kind: 'applied'; readonly from: number; readonly to: number }
  | { readonly kind: 'rewinding' | 'unwound'; readonly count: number }
  | { readonly kind: 'edge-opened' };

/** Judges what a rewind may do, by the chains and signatures alone: I6, I9 and I14. */
export class RewindsJudge {
  readonly #world: World;
  /** Releases that a final block of the settlement chain held, by source, number and content. */
  readonly #released = new Set<string>();
  /** Honest members who signed a cut, by the name under which they did and its count. */
  readonly #cuts = new Map<string, Set<string>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Notes what a final block of the settlement chain released. */
  noteFinal(block: LedgerBlock): void {
    for (const [source, { lines }] of block.state.outbound) {
      const before = block.parent?.state.outbound.get(source)?.lines.length ?? 0;
      lines.slice(before).forEach(({ packed }, at) => {
        this.#released.add(releaseKey(source, BigInt(before + at + 1), packed));
      });
    }
  }

  /** Notes an honest member's statement. */
  noteSigned(signer: string, { edge, count }: JournalHead): void {
    if (count % CUT_LENGTH !== 0n) return;
    const key = `${edge}:${count}`;
    this.#cuts.set(key, (this.#cuts.get(key) ?? new Set()).add(signer));
  }

  /** Time that the first statement at the journal's tip under a replica's present name told, 0 if none was taken. */
  heardAt(block: LedgerBlock, source: number): number {
    const name = block.state.replicas.get(source)?.name;
    let heardAt = 0;
    for (let at: LedgerBlock | undefined = block; at?.state.replicas.get(source)?.name === name; at = at?.parent)
      for (const { tx, succeeded } of [...(at?.txs ?? [])].reverse()) {
        const statement = (tx.call as Partial<BatchCall> | undefined)?.statement;
        if (succeeded && statement?.edge === name && statement?.count === statement?.tip)
          heardAt = Number(statement?.asOf);
      }
    return heardAt;
  }

  /** Nothing is refunded that no final block of the ledger's chain has released, unless it waited long enough for that. */
  judgeVaultBlock(source: number, block: VaultBlock): void {
    const { parent, state, height, timestampS } = block;
    this.#judgeHeld(block, { source, direction: 'to-vault' });
    this.#judgePoints(block);
    if (parent === undefined || !this.#world.swarm.hasWitnesses) return;
    for (const { packed } of state.journal.lines.slice(parent.state.journal.lines.length)) {
      const { kind, party } = wordsOf(packed);
      const seq = BigInt(party);
      if (kind !== REFUND || this.#released.has(releaseKey(source, seq, packed))) continue;
      if (timestampS < this.#stoppedAtS(block, seq) + REFUND_AFTER_S)
        this.#world.violate('I6', `vault ${source} refunded ${seq} in block ${height}, which nobody had released`);
    }
  }

  /** What members signed long ago is of a time that is over: no replica goes back to it. */
  #judgePoints({ txs, height, timestampS }: AnyBlock): void {
    for (const { tx, succeeded } of txs) {
      const { kind, point } = (tx.call ?? {}) as { readonly kind?: string; readonly point?: JournalHead };
      if (point === undefined || Number(point.asOf) + POINT_MAX_S >= timestampS) continue;
      if (!succeeded) this.#world.tally.reach('point refused for its age');
      else this.#world.violate('I6', `${kind} in block ${height} goes to a point of ${point.asOf}, at ${timestampS}`);
    }
  }

  /** Entries of the journal hold no edge, and whoever forges holds it once under one name. */
  judgeLedgerBlock(block: LedgerBlock): void {
    this.#judgePoints(block);
    for (const source of block.state.replicas.keys()) this.#judgeHeld(block, { source, direction: 'to-ledger' });
    for (const { facts } of block.txs)
      if (facts.some(({ kind }) => kind === 'refund-unmatched')) this.#world.tally.reach('refund without a record');
  }

  /** Cuts of a rewound edge that fewer than k members have stated under its present name: each was to be stated again. */
  cutsUnstated(edge: DeployedEdge): number[] {
    const replica = this.#world.replicaIn(this.#world.chainOf(edge.destinationId).final, edge);
    const quorum = (this.#world.deployment.epochs[0]?.quorum ?? 1) - this.#world.swarm.liars;
    const missing: number[] = [];
    for (let cut = Number(CUT_LENGTH); cut <= replica.count; cut += Number(CUT_LENGTH)) {
      if ((this.#cuts.get(`${replica.name}:${cut}`)?.size ?? 0) < quorum) missing.push(cut);
      else this.#world.tally.reach('cut stated under a later name');
    }
    return missing;
  }

  /** What a rewind adds to the work of an edge: each entry past the point is unwound once, and applied once more. */
  judgeWork(edge: DeployedEdge): void {
    const chain = this.#world.chainOf(edge.destinationId);
    const where = `source ${edge.source} ${edge.direction}`;
    let [count, point] = [0, 0];
    for (const move of movesOf(chain, edge)) {
      const isWrong =
        (move.kind === 'applied' && (move.from !== count || move.to <= count)) ||
        (move.kind === 'rewinding' && move.count > count) ||
        (move.kind === 'unwound' && (move.count > count || move.count < point)) ||
        (move.kind === 'edge-opened' && count !== point);
      if (isWrong)
        return this.#world.violate('I14', `${where}: ${move.kind} at count ${count}, of which point ${point}`);
      if (move.kind === 'applied') count = move.to;
      else if (move.kind === 'rewinding') point = move.count;
      else if (move.kind === 'unwound') count = move.count;
    }
  }

  #judgeHeld(block: AnyBlock, at: Pick<DeployedEdge, 'source' | 'direction'>): void {
    const world = this.#world;
    const isHeldAt = (one: AnyBlock): boolean => {
      const { heldUntilS } = world.replicaIn(one, at);
      return one.parent !== undefined && heldUntilS > world.replicaIn(one.parent, at).heldUntilS;
    };
    if (!isHeldAt(block)) return;
    world.tally.reach('edge quarantined by a refused entry');
    const { name } = world.replicaIn(block, at);
    const where = `source ${at.source} ${at.direction} in block ${block.height}`;
    if (!world.forgedNames.has(name)) world.violate('I9', `${where}: held by an entry of its own journal`);
    for (let one = block.parent; one !== undefined && world.replicaIn(one, at).name === name; one = one.parent)
      if (isHeldAt(one)) return world.violate('I9', `${where}: held once more under one name`);
  }

  #stoppedAtS(block: VaultBlock, seq: bigint): number {
    for (let one: VaultBlock | undefined = block; one !== undefined; one = one.parent)
      for (const { facts } of one.txs)
        if (facts.some((fact) => fact.kind === 'stopped' && fact.seq === seq)) return one.timestampS;
    return Infinity;
  }
}

/** What moved a replica, from its first block on. */
function movesOf(chain: AnyChain, { source, direction }: DeployedEdge): readonly Move[] {
  const moves: Move[] = [];
  for (let height = 0; height <= chain.head.height; height++) {
    for (const { facts } of chain.at(height)?.txs ?? []) {
      for (const fact of facts as readonly (LedgerFact | VaultFact)[]) {
        const isOwn =
          direction === 'to-vault' ||
          ('source' in fact ? fact.source === source : isNamed(chain, height, fact, source));
        const { kind } = fact;
        if (!isOwn) continue;
        if (kind === 'applied') moves.push({ kind, from: Number(fact.from), to: Number(fact.to) });
        else if (kind === 'rewinding' || kind === 'unwound') moves.push({ kind, count: Number(fact.count) });
        else if (kind === 'edge-opened') moves.push({ kind });
      }
    }
  }
  return moves;
}

/** True if the ledger speaks of a source's replica by the name that it has before or after a block. */
function isNamed(chain: AnyChain, height: number, fact: object, source: number): boolean {
  const { edge } = fact as { edge?: Bytes32 };
  const states = [chain.at(height), chain.at(height - 1)].map((block) => block?.state as LedgerState | undefined);
  return states.some((state) => state?.replicas.get(source)?.name === edge);
}

/** What identifies a release, or the release that a refund names. */
function releaseKey(source: number, seq: bigint, packed: Uint8Array): string {
  const { asset, amount, account } = wordsOf(packed);
  return `${source}:${seq}:${asset}:${amount}:${account}`;
}
