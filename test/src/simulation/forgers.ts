import { type Bytes32, accountId } from '@surety/domain';
import type { ActingQuorum } from './acting-quorum.js';
import type { DeployedEdge } from './deployment.js';
import { type EntryWords, nextHead, packWords } from './journal-model.js';
import { assetIdOf } from './ledger-state.js';
import { addressOf } from './signature-model.js';
import type { WatcherHost } from './watcher-host.js';
import type { AnyChain, World } from './world.js';

const [LOCK, SHORTFALL, RELEASE, UNKNOWN] = [1, 3, 16, 99];
const ZERO = `0x${'0'.repeat(64)}` as Bytes32;
/** Rounds of a forger who grasps for what was forged. */
const ROUNDS = 12;
/** Between two forgeries under one name: longer than a quarantine lasts here. */
const NEXT_FORGERY_MS = 75_000;

/** What a forgery leaves to be repaired. */
export interface Forgery {
  readonly edge: DeployedEdge;
  /** True if it holds entries that the replica refuses: the quarantine of those ends before a rewind comes. */
  readonly isRefused: boolean;
}

/** Members enough who sign entries that their journal does not hold; whoever has them posts them at once, and again. */
export class Forgers {
  readonly #world: World;
  readonly #random;
  readonly #watchers: readonly WatcherHost[];
  readonly #quorum: ActingQuorum;
  readonly #thief = accountId({ owner: addressOf('forger', 0), home: 0, sub: 0n });

  constructor(world: World, watchers: readonly WatcherHost[], quorum: ActingQuorum) {
    this.#world = world;
    this.#random = world.random.fork('forgers');
    this.#watchers = watchers;
    this.#quorum = quorum;
  }

  /** Forges at an edge of the way that the seed draws, or at one edge again; gives nothing while it cannot be done. */
  forge(at: DeployedEdge | undefined, onSigned: () => void): Forgery | undefined {
    const { edges, swarm } = this.#world;
    const isRefused = swarm.forgesRefused;
    const edge = at ?? this.#random.pick(edges.filter(({ direction }) => direction === swarm.forged));
    const known = this.#known(edge);
    if (known === undefined || !this.#isUnsigned(edge, BigInt(known.length))) return undefined;
    this.#hold();
    const journal = this.#world.journalIn(this.#world.chainOf(edge.originId).final, edge.edgeId);
    const lines = journal.lines.map((line) => line.packed);
    void this.#post(edge, lines, isRefused).then((forged) => {
      onSigned();
      if (!isRefused || forged === undefined) return;
      this.#world.scheduler.after(NEXT_FORGERY_MS, 'forger', () => void this.#post(edge, forged, isRefused));
    });
    return { edge, isRefused };
  }

  /** Lets those go on who signed: under the next name they contradict nothing. */
  release(): void {
    for (const host of this.#watchers) {
      host.isHeld = false;
      if (host.lives.length === 0) host.start();
    }
  }

  /** The journal as the forgers know it, once it is no shorter than its replica and no rewind runs. */
  #known(edge: DeployedEdge): readonly unknown[] | undefined {
    const replica = this.#world.replicaIn(this.#world.chainOf(edge.destinationId).head, edge);
    const { lines } = this.#world.journalIn(this.#world.chainOf(edge.originId).final, edge.edgeId);
    return replica.way !== undefined || lines.length < Math.max(1, replica.count) ? undefined : lines;
  }

  /** Signs some entries past those that the replica is to hold, and posts them; gives all of them. */
  async #post(
    edge: DeployedEdge,
    held: readonly Uint8Array[],
    isRefused: boolean,
  ): Promise<readonly Uint8Array[] | undefined> {
    const world = this.#world;
    const destination = world.chainOf(edge.destinationId);
    const replica = world.replicaIn(destination.head, edge);
    if (replica.way !== undefined || replica.count > held.length) return undefined;
    const words = (): EntryWords => (isRefused ? this.#refusedWords() : this.#words(edge));
    const entries = Array.from({ length: this.#random.whole(1, 3) }, () => packWords(words()));
    const all = [...held, ...entries];
    const count = BigInt(all.length);
    const head = all.reduce(nextHead, edge.edgeId);
    const signed = await this.#quorum.sign(edge, { edge: replica.name, count, tip: count, head });
    if (signed === undefined) return undefined;
    const packed = Uint8Array.from(Buffer.concat(all.slice(replica.count)));
    const batch = { from: BigInt(replica.count), packed, ...signed };
    world.forgedNames.add(replica.name);
    const call =
      edge.direction === 'to-ledger'
        ? { kind: 'apply', source: edge.source, feeTo: this.#thief, ...batch }
        : { kind: 'apply-releases', ...batch };
    this.#quorum.send(destination, call);
    this.#spend(edge, entries, held.length);
    this.#postAgain(edge, call, { generation: replica.generation, rounds: 60 });
    return all;
  }

  /** A statement of a former name is tried again once the replica has opened under the next one. */
  #postAgain(edge: DeployedEdge, call: object, at: { readonly generation: number; readonly rounds: number }): void {
    this.#world.scheduler.after(5_000, 'forger', () => {
      const destination = this.#world.chainOf(edge.destinationId);
      const isOpen = this.#world.replicaIn(destination.head, edge).generation > at.generation;
      if (isOpen) this.#quorum.send(destination, call);
      if (isOpen && at.rounds % 6 === 0) return;
      if (at.rounds > 0) this.#postAgain(edge, call, { ...at, rounds: at.rounds - 1 });
    });
  }

  /** Whoever signs what is forged stands still until the name changes: under this one it would contradict itself. */
  #hold(): void {
    for (const host of this.#watchers) {
      host.isHeld = true;
      host.kill();
    }
  }

  /** A quorum forges what none of it has spoken of: whoever contradicts itself is out by evidence. */
  #isUnsigned(edge: DeployedEdge, length: bigint): boolean {
    const origin = this.#world.chainOf(edge.originId);
    const { name } = this.#world.replicaIn(this.#world.chainOf(edge.destinationId).head, edge);
    const { height, timestampS } = origin.final;
    const keys = [1n, 2n, 3n].map((more) => `head:${name}:${length + more}`);
    keys.push(`tip:${name}:${timestampS}:${height}`);
    return this.#watchers.every(({ histories }) =>
      histories.every(({ state: { rows } }) => !keys.some((key) => rows.has(key))),
    );
  }

  /** An entry that no honest journal holds. */
  #refusedWords(): EntryWords {
    return { kind: UNKNOWN, asset: 1, amount: 1n, account: this.#thief, party: ZERO, fee: 0n };
  }

  #words(edge: DeployedEdge): EntryWords {
    const asset = this.#random.whole(1, 2);
    const amount = BigInt(this.#random.pick([1, 500, 20_000, 900_000]));
    if (edge.direction === 'to-vault') {
      const party = `0x${'0'.repeat(24)}${addressOf('forger', 0).slice(2)}` as Bytes32;
      const most = this.#random.chance(0.5) ? amount : 100_000_000n;
      return { kind: RELEASE, asset, amount: most, account: this.#thief, party, fee: 0n };
    }
    if (this.#random.chance(0.2)) {
      const party = `0x${(2n * amount).toString(16).padStart(64, '0')}` as Bytes32;
      return { kind: SHORTFALL, asset, amount, account: ZERO, party, fee: 0n };
    }
    // Some are of honest accounts, with bytes that may come again.
    const user = accountId({ owner: addressOf('user', this.#random.whole(0, 5)), home: 0, sub: 0n });
    const account = this.#random.chance(0.5) ? user : this.#thief;
    return { kind: LOCK, asset, amount, account, party: ZERO, fee: this.#random.chance(0.5) ? 0n : amount >> 4n };
  }

  /** The forger asks for what was credited, or has paid what was queued. */
  #spend(edge: DeployedEdge, entries: readonly Uint8Array[], before: number): void {
    for (let round = 1; round <= ROUNDS; round++) {
      this.#world.scheduler.after(round * 2_000, 'forger', () => {
        if (edge.direction === 'to-vault') {
          entries.forEach((packed, at) =>
            this.#quorum.send(this.#world.chainOf(edge.destinationId), {
              kind: 'pay',
              seq: BigInt(before + at + 1),
              packed,
            }),
          );
          return;
        }
        for (const asset of [1, 2]) {
          const assetId = assetIdOf(edge.source, asset);
          const line = this.#world.settlement.head.state.lines.get(`${this.#thief}:${assetId}`);
          if (line === undefined || line.amount === 0n) continue;
          const call = { kind: 'release', account: this.#thief, assetId, amount: line.amount, fee: 0n };
          const recipient = addressOf('forger', 0);
          this.#quorum.send(this.#world.settlement as unknown as AnyChain, { ...call, recipient });
        }
      });
    }
  }
}
