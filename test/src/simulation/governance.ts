import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  type JournalHead,
  accountId,
  asciiToBytes,
  bytesToHex,
} from '@surety/domain';
import { REPAIRED_KINDS } from './faults.js';
import type { AggregatorHost } from './aggregator-host.js';
import type { DeployedEdge } from './deployment.js';
import { type EntryWords, headOf, nextHead, packWords } from './journal-model.js';
import { assetIdOf } from './ledger-state.js';
import { Life } from './life.js';
import { digestOf, addressOf, signAsModel } from './signature-model.js';
import type { WatcherHost } from './watcher-host.js';
import { HistoryModel } from './watcher-stores.js';
import type { AnyChain, World } from './world.js';

const [LOCK, SHORTFALL, RELEASE] = [1, 3, 16];
const ZERO = `0x${'0'.repeat(64)}` as Bytes32;

/** Brings what no rule prevents, a broken finality, a dishonest quorum, tokens that vanish; and does what governance does then. */
export class Governance {
  readonly #world: World;
  readonly #random;
  readonly #watchers: readonly WatcherHost[];
  readonly #aggregators: readonly AggregatorHost[];
  readonly #thief = accountId({ owner: addressOf('forger', 0), home: 0, sub: 0n });
  #sent = 0;
  /** Repairs that have not come to their end. */
  #open = 0;

  constructor(world: World, fleet: { watchers: readonly WatcherHost[]; aggregators: readonly AggregatorHost[] }) {
    this.#world = world;
    this.#random = world.random.fork('governance');
    this.#watchers = fleet.watchers;
    this.#aggregators = fleet.aggregators;
  }

  /** Whether a repair is still to be made. */
  get isBusy(): boolean {
    return this.#open > 0;
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
      if (this.#strike(kind)) this.#world.tally.fire(kind);
      else this.#strikeAfter(kind, 4_000);
    });
  }

  #strike(kind: (typeof REPAIRED_KINDS)[number]): boolean {
    const { settlement, vaults } = this.#world;
    const vault = this.#random.pick([...vaults.values()]) as unknown as AnyChain;
    if (kind === 'vault-chain-breaks') return this.#break(vault);
    if (kind === 'settlement-chain-breaks') return this.#break(settlement as unknown as AnyChain);
    return kind === 'forged-quorum' ? this.#forge() : this.#loseTokens();
  }

  /** Replaces final blocks, also some whose entries were applied at the other end. */
  #break(chain: AnyChain): boolean {
    const finalBefore = chain.finalHeight;
    if (finalBefore < 6 || chain.breakFinality(this.#random.whole(3, 40)) === 0) return false;
    this.#open += 1;
    const mend = (): void => {
      // Whoever signed a block of the dead branch must not sign another one of its height.
      if (chain.finalHeight <= finalBefore + 8) return this.#later(mend);
      const edges = this.#world.edges.filter((edge) => edge.originId === chain.id);
      let left = edges.length;
      // Until then watchers stay halted: under the old name they would contradict what they signed on the dead branch.
      const onOpen = (): void => {
        left -= 1;
        if (left > 0) return;
        this.#clearHalts(chain);
        this.#open -= 1;
      };
      for (const edge of edges) this.#rewind(edge, onOpen);
    };
    this.#later(mend);
    return true;
  }

  /** Operators forget the dead branch: watchers what they accepted, aggregators all that they folded. */
  #clearHalts(chain: AnyChain): void {
    for (const host of this.#watchers) {
      const isUp = host.lives.length > 0;
      host.kill();
      host.halts.get(chain.id)?.amend((record) => {
        record.halt = undefined;
        for (const [height, hash] of record.finals) if (chain.at(height)?.hash !== hash) record.finals.delete(height);
        record.tip = Math.max(-1, ...record.finals.keys());
      });
      if (isUp) host.start();
    }
    for (const host of this.#aggregators) {
      if (!host.knows(chain)) continue;
      host.kill();
      for (const disk of host.disks) disk.wipe();
      host.start();
    }
  }

  /** Members enough sign entries that their journal does not hold; whoever has them posts them at once. */
  #forge(): boolean {
    const world = this.#world;
    const edge = this.#random.pick(
      world.edges.filter((one) => this.#random.chance(0.7) || one.direction === 'to-ledger'),
    );
    const [origin, destination] = [world.chainOf(edge.originId), world.chainOf(edge.destinationId)];
    const replica = world.replicaIn(destination.head, edge);
    const journal = world.journalIn(origin.final, edge.edgeId);
    if (replica.way !== undefined || journal.lines.length < Math.max(1, replica.count)) return false;
    const entries = Array.from({ length: this.#random.whole(1, 3) }, () => packWords(this.#forgedWords(edge)));
    const count = BigInt(journal.lines.length + entries.length);
    const head = entries.reduce(nextHead, headOf(journal));
    if (!this.#isUnsigned(edge, { name: replica.name, count })) return false;
    this.#hold();
    void this.#sign(edge, { edge: replica.name, count, tip: count, head }).then((signed) => {
      // Whoever has signed it alone is bound by it too, until the name changes.
      this.#rewind(edge, () => this.#release());
      if (signed === undefined) return;
      const known = journal.lines.slice(replica.count).map((line) => line.packed);
      const packed = Uint8Array.from(Buffer.concat([...known, ...entries]));
      const batch = { from: BigInt(replica.count), packed, ...signed };
      world.forgedNames.add(replica.name);
      const call =
        edge.direction === 'to-ledger'
          ? { kind: 'apply', source: edge.source, feeTo: this.#thief, ...batch }
          : { kind: 'apply-releases', ...batch };
      this.#send(destination, call);
      this.#spendForged(edge, entries, journal.lines.length);
    });
    return true;
  }

  /** Whoever signed what was forged stands still until the name changes: under this one it would contradict itself. */
  #hold(): void {
    for (const host of this.#watchers) {
      host.isHeld = true;
      host.kill();
    }
  }

  #release(): void {
    for (const host of this.#watchers) {
      host.isHeld = false;
      if (host.lives.length === 0) host.start();
    }
  }

  /** A contradiction would latch the whole chain at its signer, so a quorum forges what none of it has spoken of. */
  #isUnsigned({ originId }: DeployedEdge, { name, count }: { name: Bytes32; count: bigint }): boolean {
    const { height, timestampS } = this.#world.chainOf(originId).final;
    return this.#watchers.every(({ histories }) =>
      histories.every(
        ({ state: { rows } }) => !rows.has(`head:${name}:${count}`) && !rows.has(`tip:${name}:${timestampS}:${height}`),
      ),
    );
  }

  #forgedWords(edge: DeployedEdge): EntryWords {
    const asset = this.#random.whole(1, 2);
    const amount = BigInt(this.#random.pick([1, 500, 20_000, 900_000]));
    if (edge.direction === 'to-vault') {
      const party = `0x${'0'.repeat(24)}${addressOf('forger', 0).slice(2)}` as Bytes32;
      return { kind: RELEASE, asset, amount, account: this.#thief, party, fee: 0n };
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
  #spendForged(edge: DeployedEdge, entries: readonly Uint8Array[], before: number): void {
    for (let round = 1; round <= 12; round++) {
      this.#world.scheduler.after(round * 2_000, 'forger', () => {
        if (edge.direction === 'to-vault') {
          entries.forEach((packed, at) =>
            this.#send(this.#world.chainOf(edge.destinationId), { kind: 'pay', seq: BigInt(before + at + 1), packed }),
          );
          return;
        }
        for (const asset of [1, 2]) {
          const assetId = assetIdOf(edge.source, asset);
          const line = this.#world.settlement.head.state.lines.get(`${this.#thief}:${assetId}`);
          if (line === undefined || line.amount === 0n) continue;
          const call = { kind: 'release', account: this.#thief, assetId, amount: line.amount, fee: 0n };
          this.#send(this.#world.settlement as unknown as AnyChain, { ...call, recipient: addressOf('forger', 0) });
        }
      });
    }
  }

  /** A part of a vault's tokens disappears; mostly it comes back. */
  #loseTokens(): boolean {
    const vault = this.#random.pick([...this.#world.vaults.values()]);
    const asset = this.#random.whole(1, 2);
    const held = vault.head.state.held.get(asset) ?? 0n;
    const change = (held * BigInt(this.#random.whole(5, 60))) / 100n;
    if (change === 0n) return false;
    const chain = vault as unknown as AnyChain;
    this.#send(chain, { kind: 'tokens-move', asset, change: -change });
    if (this.#random.chance(0.4)) return true;
    this.#open += 1;
    this.#world.scheduler.after(this.#random.whole(20_000, 400_000), 'tokens return', () => {
      this.#open -= 1;
      this.#world.tally.fire('tokens-returned');
      this.#send(chain, { kind: 'tokens-move', asset, change });
    });
    return true;
  }

  /** Rewinds the replica at an edge's end to what its journal holds: the act, then step by step until it opens. */
  #rewind(edge: DeployedEdge, onOpen: () => void): void {
    const world = this.#world;
    const destination = world.chainOf(edge.destinationId);
    const { generation } = world.replicaIn(destination.head, edge);
    this.#open += 1;
    const fromMs = world.scheduler.nowMs + this.#random.whole(0, 40_000);
    const act = (): void => {
      const replica = world.replicaIn(destination.head, edge);
      if (world.replicaIn(destination.final, edge).generation > generation) {
        world.tally.reach('replica rewound');
        this.#open -= 1;
        onOpen();
        return;
      }
      this.#later(act);
      if (world.scheduler.nowMs < fromMs || destination.pool.some(({ call }) => isRewinding(call))) return;
      if (replica.way !== undefined) this.#unwind(edge);
      else if (replica.generation === generation) void this.#begin(edge);
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
    // A planted contract takes a point that is none: it is asked to.
    if (world.plant === 'rewind-to-any-point') count = Math.min(replica.count, journal.lines.length);
    const head = headOf(journal, count);
    const tip = BigInt(journal.lines.length);
    const signed = await this.#sign(edge, { edge: world.nameAfter(replica, head), count: BigInt(count), tip, head });
    if (signed === undefined) return;
    const point = { point: signed.statement, signatures: signed.signatures };
    const call = edge.direction === 'to-ledger' ? { kind: 'rewind', source: edge.source } : { kind: 'rewind-vault' };
    this.#send(destination, { ...call, ...point });
  }

  #unwind(edge: DeployedEdge): void {
    const destination = this.#world.chainOf(edge.destinationId);
    const { way, trail, edge: first } = this.#world.replicaIn(destination.head, edge);
    if (way === undefined) return;
    const before = Math.max(way.point, way.count - this.#random.whole(1, 40));
    const headBefore = trail[before - 1]?.head ?? first;
    const packed = Uint8Array.from(Buffer.concat(trail.slice(before, way.count).map((line) => line.packed)));
    const call = edge.direction === 'to-ledger' ? { kind: 'unwind', source: edge.source } : { kind: 'unwind-vault' };
    this.#send(destination, { ...call, headBefore, packed });
  }

  /** Has k members sign a statement of the origin's newest final block, each through its history; liars only if it lacks some. */
  async #sign(
    edge: DeployedEdge,
    said: Pick<JournalHead, 'edge' | 'count' | 'tip' | 'head'>,
  ): Promise<{ statement: JournalHead; signatures: Hex } | undefined> {
    const { deployment, plant } = this.#world;
    const { final } = this.#world.chainOf(edge.originId);
    const asOf = BigInt(final.timestampS);
    const epoch = deployment.epochs.findLast(({ activeFromS }) => activeFromS <= final.timestampS);
    if (epoch === undefined) return undefined;
    const block = { blockNumber: BigInt(final.height), blockHash: final.hash };
    const statement = { ...said, ...block, asOf, epoch: epoch.epoch } as JournalHead;
    const signers: Address[] = [];
    const life = new Life('signers', this.#world.scheduler);
    for (const host of this.#random.shuffled(this.#watchers)) {
      if (signers.length === epoch.quorum || host.isGone || host.isImpaired) continue;
      const rows = rowsOf(statement, edge.originId);
      const recorded = await Promise.all(
        host.histories.map((disk) => new HistoryModel(disk, life, plant).record(rows).catch(() => undefined)),
      );
      if (recorded.every((one) => one?.kind === 'recorded')) signers.push(host.address);
    }
    const honest = new Set(this.#watchers.map(({ address }) => address));
    for (const member of epoch.members) if (signers.length < epoch.quorum && !honest.has(member)) signers.push(member);
    if (signers.length < epoch.quorum) return undefined;
    const digest = digestOf(statement, edge.domain);
    const texts = signers.sort().map((signer) => signAsModel(digest, signer).slice(2));
    return { statement, signatures: `0x${texts.join('')}` };
  }

  #later(act: () => void): void {
    this.#world.scheduler.after(this.#random.whole(2_000, 5_000), 'governance', act);
  }

  #send(chain: AnyChain, call: object): void {
    const hash = bytesToHex(keccak256(asciiToBytes(`governance ${this.#sent++}`)));
    chain.submit({ hash, sender: undefined, nonce: 0, maxFeePerGas: 10n ** 15n, gasLimit: 8_000_000n, call } as never);
  }
}

function isRewinding(call: unknown): boolean {
  return ['rewind', 'rewind-vault', 'unwind', 'unwind-vault'].includes(
    (call as { kind?: string } | undefined)?.kind ?? '',
  );
}

/** What a statement claims: the rows that an attester's history must hold before it is signed. */
function rowsOf({ edge, count, tip, head, blockNumber, blockHash, asOf }: JournalHead, chainId: number) {
  const value = `0x${tip.toString(16).padStart(64, '0')}` as Bytes32;
  return [
    { kind: 'head' as const, edge, count, value: head },
    { kind: 'tip' as const, edge, asOf, height: blockNumber, value },
    { kind: 'block' as const, chainId, height: blockNumber, value: blockHash as string as Bytes32 },
  ];
}
