import type { Bytes32 } from '@surety/domain';
import type { ActingQuorum } from './acting-quorum.js';
import type { AggregatorHost } from './aggregator-host.js';
import type { DeployedEdge } from './deployment.js';
import type { REPAIRED_KINDS } from './faults.js';
import { Forgers } from './forgers.js';
import { headOf } from './journal-model.js';
import { LateLocks } from './late-locks.js';
import type { WatcherHost } from './watcher-host.js';
import type { AnyChain, World } from './world.js';

/** Brings what no rule prevents, a broken finality, a dishonest quorum, tokens that vanish; and does what governance does then. */
export class Governance {
  readonly #world: World;
  readonly #random;
  readonly #watchers: readonly WatcherHost[];
  readonly #aggregators: readonly AggregatorHost[];
  readonly #quorum: ActingQuorum;
  readonly #forgers: Forgers;
  readonly #lateLocks: LateLocks;
  /** Until when the first point of an edge waits. */
  readonly #pointsWaitUntilMs = new Map<Bytes32, number>();
  /** When the last repair was still to be made. */
  #busyAtMs = 0;
  /** Repairs that have not come to their end. */
  #open = 0;
  /** Brings the same trouble once more, at the same place; none once it did, or where it does not repeat. */
  #again: (() => boolean) | undefined;

  constructor(
    world: World,
    fleet: {
      readonly watchers: readonly WatcherHost[];
      readonly aggregators: readonly AggregatorHost[];
      readonly quorum: ActingQuorum;
    },
  ) {
    this.#world = world;
    this.#random = world.random.fork('governance');
    this.#watchers = fleet.watchers;
    this.#aggregators = fleet.aggregators;
    this.#quorum = fleet.quorum;
    this.#forgers = new Forgers(world, fleet.watchers, fleet.quorum);
    this.#lateLocks = new LateLocks(world);
  }

  /** True if a repair is still to be made. */
  get isBusy(): boolean {
    return this.#open > 0 || this.#lateLocks.isBusy;
  }

  /** True if trouble that came is to come once more. */
  get isDue(): boolean {
    return this.#again !== undefined;
  }

  /** Plans the trouble of this world, if it has any. */
  start(): void {
    const { trouble, safetyMs } = this.#world.swarm;
    if (trouble === undefined) return;
    this.#strikeAfter(trouble, safetyMs * (0.3 + 0.4 * this.#random.unit()));
  }

  #strikeAfter(kind: (typeof REPAIRED_KINDS)[number], delayMs: number): void {
    this.#world.scheduler.after(delayMs, 'trouble', () => {
      if (this.#world.healed) return;
      if (!this.#strike(kind)) return this.#strikeAfter(kind, 4_000);
      this.#world.tally.fire(kind);
      this.#repeat();
    });
  }

  #strike(kind: (typeof REPAIRED_KINDS)[number]): boolean {
    const { vaults } = this.#world;
    const vault = this.#random.pick([...vaults.values()]) as unknown as AnyChain;
    const settlement = this.#world.settlement as unknown as AnyChain;
    if (kind === 'forged-quorum') return this.#forge(undefined);
    if (kind === 'tokens-lost') return this.#loseTokens();
    if (kind !== 'both-chains-break') return this.#break(kind === 'vault-chain-breaks' ? vault : settlement);
    const [first, second] = this.#random.shuffled([vault, settlement]) as [AnyChain, AnyChain];
    if (!this.#break(first)) return false;
    // Before any rewind can have begun: one that the second break undid would have to be made again.
    this.#world.scheduler.after(this.#random.whole(0, 4_000), 'second break', () => {
      this.#break(second);
      this.#again = undefined;
    });
    return true;
  }

  /** Once all is repaired, the same trouble comes again where the seed says so. */
  #repeat(): void {
    const { trouble, troubleRepeats } = this.#world.swarm;
    if (!troubleRepeats || trouble === 'both-chains-break') this.#again = undefined;
    if (this.#again === undefined) return;
    this.#later(() => {
      if (this.#again === undefined || this.#world.healed) return;
      const { scheduler, swarm } = this.#world;
      if (this.#open > 0) this.#busyAtMs = scheduler.nowMs;
      const isSoon = scheduler.nowMs < this.#busyAtMs + swarm.repeatAfterMs;
      if (this.#open > 0 || isSoon || !this.#again()) return this.#repeat();
      this.#world.tally.fire('trouble-repeats');
      this.#again = undefined;
    });
  }

  /** Replaces final blocks, also some whose entries were applied at the other end. */
  #break(chain: AnyChain): boolean {
    const finalBefore = chain.finalHeight;
    if (finalBefore < 6 || chain.breakFinality(this.#random.whole(3, 40)) === 0) return false;
    this.#lateLocks.watch(chain);
    this.#open += 1;
    this.#again = () => this.#break(chain);
    const mend = (): void => {
      // Whoever signed a block of the dead branch must not sign another one of its height.
      if (chain.finalHeight <= finalBefore + 8) return this.#later(mend);
      if (this.#world.swarm.losesLog) this.#loseLog(chain);
      const edges = this.#world.edges.filter((edge) => edge.originId === chain.id);
      let left = edges.length;
      // Until then watchers stay halted: under the old name they would contradict what they signed on the dead branch.
      const onOpen = (): void => {
        left -= 1;
        if (left > 0) return;
        for (const host of this.#watchers) this.#clearHalt(host, chain);
        this.#rebuildAggregators(chain);
        this.#open -= 1;
      };
      for (const edge of edges) this.#rewind(edge, { onOpen });
    };
    this.#later(mend);
    return true;
  }

  /** A watcher forgets the dead branch before the rewind, and its log is gone: it walks the journals again under their old names. */
  #loseLog(chain: AnyChain): void {
    const hosts = this.#watchers.filter((host) => !host.isGone && !host.isImpaired && host.lives.length > 0);
    if (hosts.length === 0) return;
    const host = this.#random.pick(hosts);
    host.kill();
    host.log.wipe();
    host.hasLostLog = true;
    this.#world.tally.fire('log-lost-after-break');
    this.#clearHalt(host, chain);
    if (host.lives.length === 0) host.start();
  }

  /** An operator forgets what a watcher accepted of the dead branch. */
  #clearHalt(host: WatcherHost, chain: AnyChain): void {
    const isUp = host.lives.length > 0;
    host.kill();
    host.halts.get(chain.id)?.amend((record) => {
      record.halt = undefined;
      for (const [height, hash] of record.finals) if (chain.at(height)?.hash !== hash) record.finals.delete(height);
      record.tip = Math.max(-1, ...record.finals.keys());
    });
    if (isUp) host.start();
  }

  /** Operators of aggregators forget all that they folded of the dead branch. */
  #rebuildAggregators(chain: AnyChain): void {
    for (const host of this.#aggregators) {
      if (!host.knows(chain)) continue;
      host.kill();
      for (const disk of host.disks) disk.wipe();
      host.start();
    }
  }

  #forge(at: DeployedEdge | undefined): boolean {
    this.#open += 1;
    const forgery = this.#forgers.forge(at, () => {
      this.#open -= 1;
      if (forgery === undefined) return;
      const { edge, isRefused } = forgery;
      // A rewind waits in the timelock for longer than a quarantine lasts.
      this.#rewind(edge, { onOpen: () => this.#forgers.release(), delayMs: isRefused ? 120_000 : 0 });
    });
    if (forgery === undefined) this.#open -= 1;
    else this.#again = () => this.#forge(forgery.edge);
    return forgery !== undefined;
  }

  /** A part of a vault's tokens disappears; mostly it comes back. */
  #loseTokens(): boolean {
    const vault = this.#random.pick([...this.#world.vaults.values()]);
    const asset = this.#random.whole(1, 2);
    const held = vault.head.state.held.get(asset) ?? 0n;
    const change = (held * BigInt(this.#random.whole(5, 60))) / 100n;
    if (change === 0n) return false;
    const chain = vault as unknown as AnyChain;
    this.#quorum.send(chain, { kind: 'tokens-move', asset, change: -change });
    if (this.#random.chance(0.4)) return true;
    this.#open += 1;
    this.#world.scheduler.after(this.#random.whole(20_000, 400_000), 'tokens return', () => {
      this.#open -= 1;
      this.#world.tally.fire('tokens-returned');
      this.#quorum.send(chain, { kind: 'tokens-move', asset, change });
    });
    return true;
  }

  /** Rewinds the replica at an edge's end to what its journal holds: the act, then step by step until it opens. */
  #rewind(edge: DeployedEdge, at: { readonly onOpen: () => void; readonly delayMs?: number }): void {
    const world = this.#world;
    const destination = world.chainOf(edge.destinationId);
    const { generation } = world.replicaIn(destination.head, edge);
    this.#open += 1;
    const fromMs = world.scheduler.nowMs + (at.delayMs ?? 0) + this.#random.whole(0, 40_000);
    const act = (): void => {
      const replica = world.replicaIn(destination.head, edge);
      if (world.replicaIn(destination.final, edge).generation > generation) {
        world.tally.reach('replica rewound');
        if (generation > 0) world.tally.reach('replica rewound twice');
        this.#open -= 1;
        at.onOpen();
        return;
      }
      this.#later(act);
      if (world.scheduler.nowMs < fromMs || destination.pool.some(({ call }) => isRewinding(call))) return;
      if (replica.way !== undefined) this.#unwind(edge);
      else if (replica.generation === generation && !this.#isWaiting(edge)) void this.#begin(edge);
    };
    this.#later(act);
  }

  async #begin(edge: DeployedEdge): Promise<void> {
    const world = this.#world;
    const destination = world.chainOf(edge.destinationId);
    const replica = world.replicaIn(destination.head, edge);
    const journal = world.journalIn(world.chainOf(edge.originId).final, edge.edgeId);
    let count = Math.min(replica.count, journal.lines.length);
    while (count > 0 && journal.lines[count - 1]?.head !== replica.trail[count - 1]?.head) count -= 1;
    // Any earlier point is as good: what lies between comes again under its own numbers.
    count = Math.max(0, count - world.swarm.pointBack);
    // A planted contract takes a point that is none: it is asked to.
    if (world.plant === 'rewind-to-any-point') count = Math.min(replica.count, journal.lines.length);
    const head = headOf(journal, count);
    const tip = BigInt(journal.lines.length);
    const name = world.nameAfter(replica, head);
    const signed = await this.#quorum.sign(edge, { edge: name, count: BigInt(count), tip, head });
    if (signed === undefined) return;
    const point = { point: signed.statement, signatures: signed.signatures };
    const call = edge.direction === 'to-ledger' ? { kind: 'rewind', source: edge.source } : { kind: 'rewind-vault' };
    this.#whenReady(edge, () => this.#quorum.send(destination, { ...call, ...point }));
  }

  /** The first point of an edge waits in the timelock, in some worlds for so long that it has become too old. */
  #whenReady({ edgeId }: DeployedEdge, act: () => void): void {
    const { scheduler, swarm } = this.#world;
    if (swarm.pointWaitMs === 0 || this.#pointsWaitUntilMs.has(edgeId)) return act();
    this.#pointsWaitUntilMs.set(edgeId, scheduler.nowMs + swarm.pointWaitMs);
    scheduler.after(swarm.pointWaitMs, 'timelock', act);
  }

  #isWaiting({ edgeId }: DeployedEdge): boolean {
    return this.#world.scheduler.nowMs < (this.#pointsWaitUntilMs.get(edgeId) ?? 0);
  }

  #unwind(edge: DeployedEdge): void {
    const destination = this.#world.chainOf(edge.destinationId);
    const { way, trail, edge: first } = this.#world.replicaIn(destination.head, edge);
    if (way === undefined) return;
    const before = Math.max(way.point, way.count - this.#random.whole(1, 40));
    const headBefore = trail[before - 1]?.head ?? first;
    const packed = Uint8Array.from(Buffer.concat(trail.slice(before, way.count).map((line) => line.packed)));
    const call = edge.direction === 'to-ledger' ? { kind: 'unwind', source: edge.source } : { kind: 'unwind-vault' };
    this.#quorum.send(destination, { ...call, headBefore, packed });
  }

  #later(act: () => void): void {
    this.#world.scheduler.after(this.#random.whole(2_000, 5_000), 'governance', act);
  }
}

function isRewinding(call: unknown): boolean {
  return ['rewind', 'rewind-vault', 'unwind', 'unwind-vault'].includes(
    (call as { kind?: string } | undefined)?.kind ?? '',
  );
}
