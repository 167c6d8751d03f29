import { keccak256 } from '@surety/contracts';
import type { Address, Bytes32, JournalHead } from '@surety/domain';
import {
  type AggregatorApi,
  type AttestationLog,
  type Attester,
  Bell,
  type FoundStatement,
  type JournalState,
  type OwnHistoryInquiry,
  type OwnStatementSource,
  PooledChain,
  type ReplicaView,
  type SigningHistory,
  SigningPermit,
  announceSeen,
  askOwnHistory,
  attestJournal,
  deliverJournal,
  watchHeads,
} from '@surety/workflows';
import type { AggregatorHost } from './aggregator-host.js';
import { attesterModel, pairOf } from './attester-model.js';
import { type HaltRecord, QuorumReading, fault, freshHaltRecord } from './chain-reading.js';
import type { DeployedEdge } from './deployment.js';
import { Disk } from './disk.js';
import type { BatchCall } from './replica-model.js';
import { Life } from './life.js';
import { type JournalAt, OriginChainModel } from './origin-chain-model.js';
import { plantAttester, plantLog } from './planted-ports.js';
import { type HistoryState, HistoryModel, type LogState, LogModel, freshHistory, freshLog } from './watcher-stores.js';
import type { World } from './world.js';

/** What a watcher tells the judge. */
export interface WatcherEvents {
  readonly onSigned: (host: WatcherHost, statement: JournalHead) => void;
  readonly onHalt: (host: WatcherHost, chainId: number) => void;
}

/** One attester's operator over all lives of its process: a key, two stores of its history, a log, halt records. */
export class WatcherHost {
  readonly name: string;
  readonly address: Address;
  readonly world: World;
  readonly histories: readonly Disk<HistoryState>[];
  readonly log: Disk<LogState>;
  readonly halts = new Map<number, Disk<HaltRecord>>();
  readonly #aggregators: readonly AggregatorHost[];
  readonly #events: WatcherEvents;
  /** Lives of now: one, none while it is down, two while it runs twice. */
  lives: { readonly life: Life; readonly chains: readonly OriginChainModel[]; readonly permit: SigningPermit }[] = [];
  /** True once the operator has given the key up. */
  isGone = false;
  /** True while its operator keeps it stopped. */
  isHeld = false;
  /** True once its log was lost between a break of finality and the rewind. */
  hasLostLog = false;
  /** True once a store of its history was lost or replaced: sooner or later the key is found to be retired. */
  isImpaired = false;

  constructor(world: World, at: number, aggregators: readonly AggregatorHost[], events: WatcherEvents) {
    this.world = world;
    this.name = `watcher ${at}`;
    this.address = world.deployment.attesters[at] as Address;
    this.#aggregators = aggregators;
    this.#events = events;
    const disk = world.diskWorld;
    this.histories = ['a', 'b'].map(
      (copy) => new Disk(`${this.name} history ${copy}`, freshHistory, 'history-write-error', disk),
    );
    this.log = new Disk(`${this.name} log`, freshLog, 'log-write-error', disk);
    for (const { id } of world.chains) {
      this.halts.set(id, new Disk(`${this.name} halt ${id}`, freshHaltRecord, 'history-write-error', disk));
    }
  }

  /** All that is on this operator's disks. */
  get disks(): readonly Disk<never>[] {
    return [...this.histories, this.log, ...this.halts.values()] as unknown as Disk<never>[];
  }

  /** Starts a life beside those that run. */
  start(): void {
    if (this.isGone || this.isHeld) return;
    const { world } = this;
    const life = new Life(this.name, world.scheduler);
    const { plant } = world;
    const history = pairOf(
      this.histories.map((disk) => new HistoryModel(disk, life, plant)),
      plant,
    );
    const permit = new SigningPermit();
    const onSigned = (statement: JournalHead): void => this.#events.onSigned(this, statement);
    const attester = plantAttester(attesterModel({ address: this.address, history, life, plant, onSigned }), plant);
    const log = plantLog(new LogModel(this.log, life), plant);
    const journalAt: JournalAt = (block, edge) => world.journalIn(block, edge);
    const chains = world.chains.map(({ id }) => new OriginChainModel(this.#read(id, life), journalAt));
    this.lives.push({ life, chains, permit });
    const apis = this.#aggregators.map((host) => ({ name: host.name, api: host.apiFor(life) }));
    const shared = new Map<number, { readonly chain: PooledChain; readonly heads: Bell }>();
    for (const chain of chains) {
      const heads = new Bell();
      this.#run(life, watchHeads(chain, heads, life.signal));
      shared.set(Number(chain.chainId), { chain: new PooledChain({ chain, heads, signal: life.signal }), heads });
    }
    for (const edge of world.edges) {
      const origin = shared.get(edge.originId);
      const destination = shared.get(edge.destinationId);
      if (origin === undefined || destination === undefined) continue;
      this.#watch({ edge, ...origin, destination: destination.chain, attester, log, history, permit, apis, life });
    }
  }

  /** Ends every life, as kill -9 would. */
  kill(): void {
    for (const { life } of this.lives) {
      if (life.stage === 'recorded') this.world.tally.reach('killed between history and signature');
      if (life.stage === 'signed') this.world.tally.reach('killed between signature and log');
      if (life.writing > 0 && !this.world.healed) this.world.tally.fire('write-in-flight-lost');
      life.kill();
    }
    this.lives = [];
  }

  #read(id: number, life: Life): QuorumReading {
    const { world } = this;
    const disk = this.halts.get(id) as Disk<HaltRecord>;
    const { network, observer, tally, plant } = world;
    const onHalt = (): void => this.#events.onHalt(this, id);
    return new QuorumReading({
      chainId: id,
      providers: world.providers.get(id) ?? [],
      life,
      network,
      disk,
      observer,
      tally,
      plant,
      onHalt,
    });
  }

  /** The loops of one journal, composed as the watcher composes them. */
  #watch(parts: JournalParts): void {
    const { edge, chain, heads, attester, log, history, permit, apis, life, destination } = parts;
    const { observer, deployment, plant } = this.world;
    const { signal, clock } = life;
    const committed = new Bell();
    let state: JournalState = { kind: 'starting' };
    const onState = (next: JournalState): void => {
      state = next;
    };
    const base = {
      chain,
      journal: edge.journal,
      domain: edge.domain,
      attester,
      history,
      permit,
      log,
      observer,
      clock,
      heads,
      committed,
    };
    const epochs = deployment.attesterEpochs;
    const readEpochs = async () => (plant === 'ignore-epoch' ? epochs.slice(0, 1) : epochs);
    const readReplica = (): Promise<ReplicaView> => this.#readReplica(edge, destination);
    const frameLength = BigInt(this.world.chainOf(edge.originId).options.frameLength);
    const sources = this.#ownStatements(edge, log, apis);
    const inquiries = new Map<Bytes32, OwnHistoryInquiry>();
    const confirmHistory = (name: Bytes32): Promise<void> => {
      const inquiry = inquiries.get(name) ?? askOwnHistory({ ...base, edge: name, sources }, signal);
      if (!inquiries.has(name)) this.#run(life, inquiry.done);
      inquiries.set(name, inquiry);
      return inquiry.asked;
    };
    const ports = { ...base, frameLength, epochs: { readEpochs }, readReplica, confirmHistory, keccak256 };
    this.#run(
      life,
      confirmHistory(edge.edgeId).then(() => attestJournal({ ...ports, onState }, signal)),
    );
    const isCurrent = (): boolean => state.kind === 'attesting' && state.current;
    if (this.world.swarm.tellsSeen)
      this.#run(life, announceSeen({ ...base, isCurrent, aggregators: apis.map(({ api }) => api) }, signal));
    for (const { name, api } of apis) {
      this.#run(life, deliverJournal({ ...base, edge: edge.edgeId, aggregator: api, aggregatorName: name }, signal));
    }
  }

  /** Where the replica stands at a final block of its chain, read once more if that block was replaced meanwhile. */
  async #readReplica(edge: DeployedEdge, destination: PooledChain): Promise<ReplicaView> {
    const { height, hash } = await destination.readFinalTip();
    const held = this.world.chainOf(edge.destinationId).at(Number(height));
    if (held?.hash !== hash) throw fault('UNPROVEN', `no provider proves block ${height}`, true);
    const { name, count, way } = this.world.replicaIn(held, edge);
    return { name, count: BigInt(count), isRewinding: way !== undefined };
  }

  /** Who may hold statements of this key: the own log, the destination, and every aggregator. */
  #ownStatements(edge: DeployedEdge, log: AttestationLog, apis: JournalParts['apis']): OwnStatementSource[] {
    const own = async (name: Bytes32, after: bigint): Promise<FoundStatement[]> => {
      const held = await log.loadStatements(edge.edgeId, 0, 10_000);
      return held
        .filter(({ statement }) => statement.edge === name && statement.count > after)
        .map(({ statement, signature }) => ({ statement, signatures: signature }));
    };
    return [
      { kind: 'log', name: `${this.name} log`, read: ({ edge: name, after }) => own(name, after) },
      {
        kind: 'destination',
        name: `chain ${edge.destinationId}`,
        read: async ({ edge: name }) => this.#appliedStatements(edge, name),
      },
      ...apis.map(({ name, api }) => ({
        kind: 'aggregator' as const,
        name,
        read: ({ edge: asked, after }: { edge: Bytes32; after: bigint }, signal: AbortSignal) =>
          api.readAttested(asked, { after }, signal),
      })),
    ];
  }

  /** What the destination's blocks show: statements under which entries were applied. */
  #appliedStatements({ destinationId }: DeployedEdge, name: Bytes32): FoundStatement[] {
    const found: FoundStatement[] = [];
    for (let block = this.world.chainOf(destinationId).final; block.parent !== undefined; block = block.parent) {
      for (const { tx, succeeded } of block.txs) {
        const call = tx.call as Partial<BatchCall> | undefined;
        if (!succeeded || call?.statement?.edge !== name || call.signatures === undefined) continue;
        found.push({ statement: call.statement, signatures: call.signatures });
      }
    }
    return found;
  }

  #run(life: Life, loop: Promise<unknown>): void {
    loop.then(
      () => undefined,
      (error: unknown) => {
        if (life.alive) this.world.violate('LOOP', `a loop of ${this.name} ended: ${String(error)}`);
      },
    );
  }
}

interface JournalParts {
  readonly edge: DeployedEdge;
  readonly chain: PooledChain;
  readonly heads: Bell;
  readonly destination: PooledChain;
  readonly attester: Attester;
  readonly log: AttestationLog;
  readonly history: SigningHistory;
  readonly permit: SigningPermit;
  readonly apis: readonly { readonly name: string; readonly api: AggregatorApi }[];
  readonly life: Life;
}

/** The name of a count of an edge. */
export function countKey(edge: Bytes32, count: bigint | number): string {
  return `${edge}:${count}`;
}
