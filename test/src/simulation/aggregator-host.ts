import { keccak256 } from '@surety/contracts';
import { type Bytes32, concatBytes } from '@surety/domain';
import {
  type AggregatorApi,
  type AttestedStatement,
  type EdgeSummary,
  Intake,
  type KnownEdge,
  LedgerFollower,
  type OpenOrphan,
  type OpenPayment,
  type OrphanHints,
  SelfCheck,
  type StoppedPayment,
  VaultFollower,
  keepFolded,
  keepVaultFolded,
} from '@surety/workflows';
import { type HaltRecord, QuorumReading, fault, freshHaltRecord } from './chain-reading.js';
import { Disk } from './disk.js';
import { entrySourceModel, settlementReaderModel, vaultReaderModel } from './fold-readers.js';
import { type FoldState, FoldStoreModel, freshFold, orphansOf, paymentsOf } from './fold-store-model.js';
import { type IntakeState, IntakeStoreModel, freshIntake } from './intake-store-model.js';
import { Life } from './life.js';
import type { Peer } from './network.js';
import { recoverModelSigner } from './signature-model.js';
import type { AnyChain, World } from './world.js';

/** What processes ask an aggregator. */
export type ModelApi = AggregatorApi & OrphanHints;

/** One aggregator over all its lives. */
export class AggregatorHost implements Peer {
  readonly name: string;
  readonly world: World;
  readonly intakeDisk: Disk<IntakeState>;
  readonly foldDisk: Disk<FoldState>;
  readonly #halts = new Map<number, Disk<HaltRecord>>();
  readonly #onHalt: (host: string, chainId: number) => void;
  life: Life | undefined;
  #intake: Intake | undefined;
  #store: IntakeStoreModel | undefined;

  constructor(world: World, name: string, onHalt: (host: string, chainId: number) => void) {
    this.world = world;
    this.name = name;
    this.#onHalt = onHalt;
    this.foldDisk = new Disk(`${name} fold`, freshFold, 'database-down', world.diskWorld);
    for (const { id } of world.chains)
      this.#halts.set(id, new Disk(`${name} halt ${id}`, freshHaltRecord, 'database-down', world.diskWorld));
    this.intakeDisk = new Disk(`${this.name} intake`, freshIntake, 'database-down', world.diskWorld);
  }

  /** All that is on its disks. */
  get disks(): readonly Disk<never>[] {
    return [this.intakeDisk, this.foldDisk, ...this.#halts.values()] as unknown as Disk<never>[];
  }

  /**
   * Says whether it has accepted final blocks that a chain has replaced; it folds only accepted ones. The halt on disk
   * does not say so: its write may have failed, and then only the running process is halted.
   */
  knows(chain: AnyChain): boolean {
    const finals = this.#halts.get(chain.id)?.state.finals ?? [];
    return [...finals].some(([height, hash]) => chain.at(height)?.hash !== hash);
  }

  /** Starts a life. */
  start(): void {
    const { world } = this;
    const life = new Life(this.name, world.scheduler);
    this.life = life;
    const store = new IntakeStoreModel(this.intakeDisk, life, world.plant);
    this.#store = store;
    const recoverSigner =
      world.plant === 'trust-any-signer'
        ? (_: Bytes32, signature: `0x${string}`) => signature.slice(0, 42) as ReturnType<typeof recoverModelSigner>
        : recoverModelSigner;
    const intake = new Intake({ store, clock: life.clock, observer: world.observer, keccak256, recoverSigner });
    void this.#open(life, intake, store);
  }

  /** Ends the life, as kill -9 would. */
  kill(): void {
    this.life?.kill();
    this.life = undefined;
    this.#intake = undefined;
  }

  /** The port of one process to this aggregator, over the network. */
  apiFor(caller: Life): ModelApi {
    const { network } = this.world;
    const ask = <Answer>(label: string, serve: (intake: Intake) => Promise<Answer>): Promise<Answer> =>
      network.call(caller, this, label, () => {
        const intake = this.#intake;
        return intake === undefined ? Promise.reject(fault('NOT_READY', 'it has just started', true)) : serve(intake);
      });
    return {
      postStatements: (statements) => ask('statements', (intake) => intake.postStatements(statements)),
      postEntries: (request) => ask('entries', (intake) => intake.postEntries(request)),
      readEdges: () => ask('edges', async (intake) => this.#edges(intake)),
      readAttested: (edge, { after }) => ask('attested', async () => this.#attested(edge, after)),
      readEntries: (edge, from, to) => ask('read entries', () => this.#entries(edge, from, to)),
      readPayments: (edge, afterSeq) => ask('payments', async () => this.#payments(edge, afterSeq)),
      readStopped: (edge, afterSeq) => ask('stopped', async () => this.#stopped(edge, afterSeq)),
      readOrphans: (source, after) => ask('orphans', async () => this.#orphans(source, after)),
    };
  }

  async #open(life: Life, intake: Intake, intakeStore: IntakeStoreModel): Promise<void> {
    try {
      await intake.open(this.world.edges.map(({ known }) => known));
      await this.#follow(life, intake, intakeStore);
      if (life.alive) this.#intake = intake;
    } catch {
      // The database gave no answer at the start: the process ends and is started again.
      life.kill();
      this.world.scheduler.after(2_000, `${this.name} again`, () => this.start());
    }
  }

  /** Opens the folds of the ledger and of every vault, and keeps them current. */
  async #follow(life: Life, intake: Intake, intakeStore: IntakeStoreModel): Promise<void> {
    const { world } = this;
    const store = new FoldStoreModel(this.foldDisk, life, world.plant);
    const readings = new Map(world.chains.map(({ id }) => [id, this.#read(id, life)]));
    const parts = { world, readings, random: world.random.fork(`${this.name}/logs`) };
    const { clock } = life;
    const { observer } = world;
    const entries = entrySourceModel(parts);
    const base = { entries, store, intakeStore, intake, clock, observer, keccak256, fromBlock: 0n };
    const reader = settlementReaderModel(parts);
    const edgesOf = ({ source }: { source: number }): KnownEdge[] =>
      world.edges.filter((one) => one.source === source).map(({ known }) => known);
    const ledger = new LedgerFollower({ ...base, reader, edgesOf });
    await ledger.open();
    const vaults = world.edges
      .filter(({ direction }) => direction === 'to-vault')
      .map((edge) => new VaultFollower({ ...base, reader: vaultReaderModel(parts, edge) }));
    for (const follower of vaults) await follower.open();
    const selfCheck = new SelfCheck({ reader, store, observer });
    // Nobody owes anything in this world.
    const nothing = (): void => undefined;
    const health = { look: () => Promise.resolve(), meetAll: nothing, revalue: nothing };
    const quiet = { clock, observer, onCondition: () => undefined };
    void keepFolded({ ...quiet, follower: ledger, selfCheck, health, onChanged: () => undefined }, life.signal);
    for (const follower of vaults) void keepVaultFolded({ ...quiet, follower }, life.signal);
  }

  #read(id: number, life: Life): QuorumReading {
    const { world } = this;
    const { network, observer, tally } = world;
    const disk = this.#halts.get(id) as Disk<HaltRecord>;
    const onHalt = (): void => this.#onHalt(this.name, id);
    // Bugs in reading are planted at watchers.
    const plant = undefined;
    const providers = world.providers.get(id) ?? [];
    return new QuorumReading({ chainId: id, providers, life, network, disk, observer, tally, plant, onHalt });
  }

  #edges(intake: Intake): EdgeSummary[] {
    return intake.books.map((book) => ({
      edge: book.known.edgeId,
      direction: book.known.direction,
      source: book.known.source,
      originChainId: Number(book.known.edge.originChainId),
      destinationChainId: Number(book.known.edge.destinationChainId),
      attestedCount: book.attestedCount,
      reachableCount: book.reachableCount,
      appliedCount: book.appliedCount,
      entryCount: book.entryCount,
      attesters: book.attesters,
    }));
  }

  #attested(edge: Bytes32, after: bigint): AttestedStatement[] {
    return (this.#store?.loadAttested(edge, after) ?? []).map(({ statement, signatures }) => ({
      statement,
      signers: signatures.map(({ signer }) => signer),
      signatures: `0x${signatures.map(({ signature }) => signature.slice(2)).join('')}`,
    }));
  }

  async #entries(edge: Bytes32, from: bigint, to: bigint): Promise<Uint8Array> {
    const entries = (await this.#store?.loadEntries({ edge, from, to, limit: Number(to - from) })) ?? [];
    return concatBytes(...entries.map(({ packed }) => packed));
  }

  #orphans(source: number, after: Bytes32 | undefined): OpenOrphan[] {
    const rows = orphansOf(this.foldDisk.state, source).filter(
      ({ entryHash }) => after === undefined || entryHash > after,
    );
    return rows.slice(0, 256).map(({ entryHash, packed }) => ({ entryHash, packed }));
  }

  #stopped(edge: Bytes32, afterSeq: bigint): StoppedPayment[] {
    const { state } = this.foldDisk;
    const source = this.world.edgeOf(edge).source;
    const rows = this.intakeDisk.state.edges.get(edge)?.entries ?? [];
    const stopped = paymentsOf(state, edge).filter((one) => one.state === 'STOPPED' && !one.isLoss);
    return stopped
      .filter(({ seq }) => seq > afterSeq)
      .slice(0, 64)
      .flatMap(({ seq }) => {
        const packed = rows[Number(seq) - 1]?.packed;
        return packed === undefined ? [] : [{ seq, packed, isRefunded: state.refunds.has(`${source}:${seq}`) }];
      });
  }

  #payments(edge: Bytes32, afterSeq: bigint): OpenPayment[] {
    const open = paymentsOf(this.foldDisk.state, edge).filter(({ seq, state }) => state === 'QUEUED' && seq > afterSeq);
    const told = this.world.plant === 'pay-loop-skips-first' ? open.filter(({ seq }) => seq > 1n) : open;
    const rows = this.intakeDisk.state.edges.get(edge)?.entries ?? [];
    return told.slice(0, 256).flatMap(({ seq, readyAt, entryHash }) => {
      const packed = rows[Number(seq) - 1]?.packed;
      // Another entry had the number at the vault: the journal does not hold it.
      const isOwn = packed !== undefined && Buffer.from(entryHash).equals(keccak256(packed).subarray(0, 25));
      return isOwn ? [{ seq, packed, readyAt }] : [];
    });
  }
}
