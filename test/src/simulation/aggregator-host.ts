import { keccak256 } from '@surety/contracts';
import { type Bytes32, concatBytes } from '@surety/domain';
import {
  type AggregatorApi,
  type AttestedStatement,
  type EdgeSummary,
  Intake,
  type OpenPayment,
} from '@surety/workflows';
import { fault } from './chain-reading.js';
import { Disk } from './disk.js';
import { type IntakeState, IntakeStoreModel, freshIntake } from './intake-store-model.js';
import { Life } from './life.js';
import type { Peer } from './network.js';
import { recoverModelSigner } from './signature-model.js';
import type { World } from './world.js';

/** One aggregator over all its lives. */
export class AggregatorHost implements Peer {
  readonly name: string;
  readonly world: World;
  readonly intakeDisk: Disk<IntakeState>;
  life: Life | undefined;
  #intake: Intake | undefined;
  #store: IntakeStoreModel | undefined;

  constructor(world: World, at: number) {
    this.world = world;
    this.name = `aggregator ${at}`;
    this.intakeDisk = new Disk(`${this.name} intake`, freshIntake, 'database-down', world.diskWorld);
  }

  /** All that is on its disks. */
  disksOf(): readonly Disk<never>[] {
    return [this.intakeDisk] as unknown as Disk<never>[];
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
    const { attesterEpochs, domainAt } = world.deployment;
    for (const { id } of world.chains) intake.useEpochs(domainAt(id), attesterEpochs);
    void this.#open(life, intake);
  }

  /** Ends the life, as kill -9 would. */
  kill(): void {
    this.life?.kill();
    this.life = undefined;
    this.#intake = undefined;
  }

  /** The port of one process to this aggregator, over the network. */
  apiFor(caller: Life): AggregatorApi {
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
    };
  }

  async #open(life: Life, intake: Intake): Promise<void> {
    try {
      await intake.open(this.world.edges.map(({ known }) => known));
      if (life.alive) this.#intake = intake;
    } catch {
      // The database gave no answer at the start: the process ends and is started again.
      life.kill();
      this.world.scheduler.after(2_000, `${this.name} again`, () => this.start());
    }
  }

  #edges(intake: Intake): EdgeSummary[] {
    return intake.books.map((book) => ({
      edge: book.known.edgeId,
      direction: book.known.direction,
      source: book.known.source,
      originChainId: Number(book.known.edge.originChainId),
      destinationChainId: Number(book.known.edge.destinationChainId),
      attestedCount: book.attestedCount,
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

  #payments(edge: Bytes32, afterSeq: bigint): OpenPayment[] {
    const { source } = this.world.edgeOf(edge);
    const { payments } = this.world.vaultOf(source).head.state;
    const open = [...payments.values()].filter(({ seq, state }) => state === 'queued' && seq > afterSeq);
    const told = this.world.plant === 'pay-loop-skips-first' ? open.filter(({ seq }) => seq > 1n) : open;
    return told.slice(0, 256).map(({ seq, packed, readyAtS }) => ({ seq, packed, readyAt: BigInt(readyAtS) }));
  }
}
