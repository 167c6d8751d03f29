import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  type JournalHead,
  type TxHash,
  accountId,
  asciiToBytes,
  bytesToHex,
  postedEntriesDigest,
} from '@surety/domain';
import type { AggregatorHost } from './aggregator-host.js';
import { SETTLEMENT_ID } from './deployment.js';
import type { FaultKind } from './faults.js';
import { assetIdOf, marginOf } from './ledger-state.js';
import { Life } from './life.js';
import { headOf, nextHead, wordsOf } from './journal-model.js';
import type { BatchCall } from './replica-model.js';
import { digestOf, addressOf, signAsModel } from './signature-model.js';
import { BLOCKED_RECIPIENT, delayOf } from './vault-model.js';
import type { World } from './world.js';

const RELEASE = 16;

/** Those who use the system honestly: they lock, and ask for releases of what they have. */
export class Users {
  readonly #world: World;
  readonly #random;
  readonly #accounts: readonly Bytes32[];
  #sent = 0;
  #finishing = false;
  #lastReleases = 3;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork('users');
    this.#accounts = Array.from({ length: 6 }, (_, at) =>
      accountId({ owner: addressOf('user', at), home: 0, sub: 0n }),
    );
  }

  start(): void {
    this.#plan('lock', this.#world.swarm.lockEveryMs, () => this.lock(1));
    this.#plan('release', this.#world.swarm.releaseEveryMs, () => this.#release());
    this.#plan('stop', 2 * this.#world.swarm.releaseEveryMs, () => this.#stop());
    if (this.#world.swarm.hasWitnesses) this.#confirm();
    this.#plan('borrow', 2 * this.#world.swarm.releaseEveryMs, () => this.#borrow());
  }

  /** Ends all use but a few last releases: what is under way shall come to its end. */
  finish(): void {
    this.#finishing = true;
  }

  /** True if a release is still to be requested. */
  get isBusy(): boolean {
    return this.#lastReleases > 0;
  }

  /** Locks some tokens at one vault, in transactions of their own. */
  lock(times: number, amount?: bigint): void {
    const vault = this.#world.vaultOf(this.#random.whole(1, this.#world.vaults.size));
    for (let time = 0; time < times; time++) {
      const size = amount ?? BigInt(this.#random.pick([1, 500, 20_000, 900_000]) * this.#random.whole(1, 3));
      const fee = this.#random.chance(0.5) ? 0n : size >> 4n;
      const asset = this.#random.chance(0.05) ? 3 : this.#random.whole(1, 2);
      const call = { kind: 'lock', asset, amount: size, account: this.#random.pick(this.#accounts), fee } as const;
      vault.submit({
        hash: this.#hash(),
        sender: undefined,
        nonce: 0,
        maxFeePerGas: 10n ** 15n,
        gasLimit: 64_000n,
        call,
      });
    }
  }

  #release(): void {
    const { settlement } = this.#world;
    const lines = [...settlement.head.state.lines.values()].filter(({ amount }) => amount > 0n);
    if (lines.length === 0) return;
    if (this.#finishing) this.#lastReleases -= 1;
    const { account, assetId, amount: held } = this.#random.pick(lines);
    const amount = this.#random.chance(0.4) ? held : (held >> 1n) + 1n;
    const blocked = `0x${BLOCKED_RECIPIENT.slice(26)}` as Address;
    const recipient = this.#random.chance(0.05) ? blocked : (account.slice(0, 42) as Address);
    const fee = this.#random.chance(0.5) ? 0n : amount >> 5n;
    const call = { kind: 'release', account, assetId: assetId || assetIdOf(1, 1), amount, recipient, fee } as const;
    settlement.submit({
      hash: this.#hash(),
      sender: undefined,
      nonce: 0,
      maxFeePerGas: 10n ** 15n,
      gasLimit: 150_000n,
      call,
    });
  }

  /** Some accounts owe something: nothing that supports a debt may disappear. */
  #borrow(): void {
    const { settlement } = this.#world;
    const account = this.#random.pick(this.#accounts.slice(0, 3));
    const amount = marginOf(settlement.head.state, account).initial >> 2n;
    if (amount === 0n) return;
    const gas = { maxFeePerGas: 10n ** 15n, gasLimit: 150_000n };
    const call = { kind: 'borrow', account, amount } as const;
    settlement.submit({ hash: this.#hash(), sender: undefined, nonce: 0, ...gas, call });
  }

  /** The guardian of a vault stops a payment that is not small. */
  #stop(): void {
    const vault = this.#world.vaultOf(this.#random.whole(1, this.#world.vaults.size));
    const open = [...vault.head.state.payments.values()].filter(
      ({ state, packed }) =>
        ['queued', 'claimable'].includes(state) &&
        wordsOf(packed).kind === RELEASE &&
        delayOf(wordsOf(packed).amount) > 0,
    );
    if (open.length === 0) return;
    const call = { kind: 'stop', seq: this.#random.pick(open).seq } as const;
    const gas = { maxFeePerGas: 10n ** 15n, gasLimit: 120_000n };
    vault.submit({ hash: this.#hash(), sender: undefined, nonce: 0, ...gas, call });
  }

  /** Witnesses learn heads of the ledger's journals from final blocks, and anybody has vaults compare them, for good. */
  #confirm(): void {
    this.#world.scheduler.after(this.#random.whole(4_000, 12_000), 'witness', () => {
      this.#confirm();
      for (const edge of this.#world.edges) {
        if (edge.direction === 'to-ledger') continue;
        const vault = this.#world.vaultOf(edge.source);
        const journal = this.#world.journalIn(this.#world.settlement.final, edge.edgeId);
        const { count: held, confirmed, way } = vault.head.state.replica;
        const count = Math.min(held, journal.lines.length);
        if (count <= confirmed || way !== undefined) continue;
        const call = { kind: 'confirm', count, head: headOf(journal, count) } as const;
        const gas = { maxFeePerGas: 10n ** 15n, gasLimit: 120_000n };
        vault.submit({ hash: this.#hash(), sender: undefined, nonce: 0, ...gas, call });
      }
    });
  }

  #plan(label: string, everyMs: number, act: () => void): void {
    this.#world.scheduler.after(this.#random.wait(this.#finishing ? 2_000 : everyMs), `users ${label}`, () => {
      if (this.#finishing && (label !== 'release' || this.#lastReleases === 0)) return;
      act();
      this.#plan(label, everyMs, act);
    });
  }

  #hash(): TxHash {
    return bytesToHex(keccak256(asciiToBytes(`user ${this.#sent++}`))) as TxHash;
  }
}

/** Keys in wrong hands, and a relayer that posts whatever might be taken. They obey no rule. */
export class Liars {
  readonly #world: World;
  readonly #random;
  readonly #keys: readonly Address[];
  readonly #aggregators: readonly AggregatorHost[];
  readonly #life: Life;
  #sent = 0;

  constructor(world: World, keys: readonly Address[], aggregators: readonly AggregatorHost[]) {
    this.#world = world;
    this.#random = world.random.fork('liars');
    this.#keys = keys;
    this.#aggregators = aggregators;
    this.#life = new Life('liar', world.scheduler);
  }

  start(): void {
    this.#world.scheduler.after(this.#random.wait(4_000), 'liars', () => {
      if (this.#world.healed) return;
      this.#act();
      this.start();
    });
  }

  #act(): void {
    const { faults } = this.#world.swarm;
    const kinds: FaultKind[] = ['equivocation', 'forged-head', 'forged-entries', 'withheld-signature', 'wrong-epoch'];
    const own = this.#keys.length === 0 ? [] : kinds;
    const enabled = [
      ...own,
      'garbage-signature' as const,
      'hostile-relayer-garbage' as const,
      'hostile-relayer-race' as const,
    ].filter((kind) => faults.has(kind));
    const known = this.#world.signed.slice(-60);
    if (enabled.length === 0 || known.length === 0) return;
    const kind = this.#random.pick(enabled);
    this.#world.tally.fire(kind);
    const { statement } = this.#random.pick(known);
    if (kind === 'forged-entries') this.#postEntries(statement);
    else if (kind.startsWith('hostile')) this.#submit(statement, kind === 'hostile-relayer-race');
    else if (kind !== 'withheld-signature') this.#postStatement(kind, statement);
  }

  /** Signs something else, or the true one with an ill shape, and hands it in; an equivocator signs the true one as well. */
  #postStatement(kind: FaultKind, statement: JournalHead): void {
    const signer = this.#keys.length === 0 ? addressOf('nobody', 0) : this.#random.pick(this.#keys);
    const other = { ...statement, head: nextHead(statement.head, new Uint8Array(95)) };
    const lie = kind === 'wrong-epoch' ? { ...statement, epoch: statement.epoch + 1 } : other;
    const stated = kind === 'garbage-signature' ? [] : kind === 'equivocation' ? [statement, other] : [lie];
    const { domain } = this.#world.edgeNamed(statement.edge);
    const posts = stated.map((one) => {
      this.#world.signed.push({ signer, statement: one, isHonest: false });
      return { statement: one, signer, signature: signAsModel(digestOf(one, domain), signer) };
    });
    // Whoever has no key can still write names under a statement.
    const named = this.#world.deployment.attesters.map((victim) => ({
      statement: { ...other, count: statement.tip + 7n, tip: statement.tip + 7n },
      signer: victim,
      signature: `${victim}${'11'.repeat(44)}1b` as Hex,
    }));
    const sent = kind === 'garbage-signature' ? named : posts;
    for (const host of this.#aggregators)
      void host
        .apiFor(this.#life)
        .postStatements(sent)
        .catch(() => undefined);
  }

  #postEntries(statement: JournalHead): void {
    const poster = this.#random.pick(this.#keys);
    const packed = new Uint8Array(95);
    packed[0] = 1;
    packed[18] = this.#random.whole(1, 255);
    const from = statement.count;
    const { domain, edgeId } = this.#world.edgeNamed(statement.edge);
    const posted = { edge: edgeId, from, packed, stage: 'final' } as const;
    const location = {
      index: from + 1n,
      blockHeight: statement.blockNumber,
      blockHash: statement.blockHash,
      txHash: statement.blockHash,
      logIndex: 0,
    };
    for (const host of this.#aggregators) {
      const api = host.apiFor(this.#life);
      const entries = { packed, locations: [location] } as unknown as Parameters<typeof api.postEntries>[0]['entries'];
      const signature = signAsModel(postedEntriesDigest(posted, domain, keccak256), poster);
      void api.postEntries({ ...posted, entries, poster, signature }).catch(() => undefined);
    }
  }

  /** Posts a batch to the destination: changed, with too few signatures, repeated ones or old ones, or plainly true and early. */
  #submit(statement: JournalHead, isTrue: boolean): void {
    const edge = this.#world.edgeNamed(statement.edge);
    const chain = this.#world.chainOf(edge.destinationId);
    const origin = this.#world.chainOf(edge.originId);
    const journal = this.#world.journalIn(origin.head, edge.edgeId);
    const replica = this.#world.replicaIn(chain.head, edge);
    const count = Number(statement.count);
    if (journal.lines.length < count || (isTrue && headOf(journal, count) !== statement.head)) return;
    const from = this.#random.whole(0, Math.min(replica.count, count));
    const packed = Uint8Array.from(Buffer.concat(journal.lines.slice(from, count).map((line) => line.packed)));
    if (!isTrue && packed.length > 0 && this.#random.chance(0.4))
      packed[packed.length - 60] = (packed[packed.length - 60] ?? 0) ^ 0xff;
    const batch: BatchCall = { from: BigInt(from), packed, statement, signatures: this.#signatures(statement, isTrue) };
    const feeTo = accountId({ owner: addressOf('thief', 0), home: 0, sub: 0n });
    const call =
      edge.direction === 'to-ledger'
        ? { kind: 'apply', source: edge.source, feeTo, ...batch }
        : { kind: 'apply-releases', ...batch };
    this.#send(chain, call);
    const payments = [...this.#world.vaultOf(edge.source).head.state.payments.values()];
    if (payments.length === 0) return;
    // Rather one that may not be paid: stopped, or not yet at its date.
    const barred = payments.filter(
      (one) => one.state === 'stopped' || (one.state === 'queued' && delayOf(wordsOf(one.packed).amount) > 0),
    );
    const isBarred = barred.length > 0 && this.#random.chance(0.5);
    const { seq, packed: entry } = this.#random.pick(isBarred ? barred : payments);
    this.#send(this.#world.chainOf(SETTLEMENT_ID + edge.source), { kind: 'pay', seq, packed: entry });
  }

  #send(chain: { submit(tx: never): unknown }, call: object): void {
    const hash = bytesToHex(keccak256(asciiToBytes(`liar ${this.#sent++}`)));
    const tx = { hash, sender: undefined, nonce: 0, maxFeePerGas: 10n ** 15n, gasLimit: 8_000_000n, call };
    chain.submit(tx as never);
  }

  /** All signatures that exist of a statement; one less than the quorum, or one of them twice, to see what is taken. */
  #signatures(statement: JournalHead, isTrue: boolean): Hex {
    const { domain } = this.#world.edgeNamed(statement.edge);
    const digest = digestOf(statement, domain);
    const signers = new Set(
      this.#world.signed.filter((one) => isSame(one.statement, statement)).map(({ signer }) => signer),
    );
    const sorted = [...signers].sort();
    const quorum = this.#world.deployment.epochs.find(({ epoch }) => epoch === statement.epoch)?.quorum ?? 1;
    let chosen = sorted;
    if (!isTrue && this.#random.chance(0.6)) chosen = sorted.slice(0, quorum - 1);
    if (!isTrue && chosen.length > 0 && this.#random.chance(0.4)) chosen = [...chosen, ...chosen].slice(0, quorum);
    return `0x${chosen.map((signer) => signAsModel(digest, signer).slice(2)).join('')}`;
  }
}

function isSame(left: JournalHead, right: JournalHead): boolean {
  return (
    left.edge === right.edge &&
    left.count === right.count &&
    left.head === right.head &&
    left.blockHash === right.blockHash &&
    left.epoch === right.epoch &&
    left.tip === right.tip
  );
}
