import { keccak256 } from '@surety/contracts';
import { type Address, type Bytes32, type Rewound, edgeName } from '@surety/domain';
import { createTransactionSender } from '@surety/transactions';
import {
  type BatchSource,
  FailingLoops,
  type Vault,
  coverAssets,
  lookAfterAssets,
  payReleases,
  relayEdge,
  returnPayments,
} from '@surety/workflows';
import type { AggregatorHost, ModelApi } from './aggregator-host.js';
import { type DeployedEdge, SETTLEMENT_ID } from './deployment.js';
import { Disk } from './disk.js';
import { assetIdOf } from './ledger-state.js';
import { Life } from './life.js';
import { type OutboxState, OutboxModel, freshOutbox } from './outbox-model.js';
import { type Desk, type LedgerDuties, ledgerPort, replicaPort, vaultPort } from './relayer-desks.js';
import { MODEL_ERRORS, modelAccount, rpcModel } from './rpc-model.js';
import { addressOf } from './signature-model.js';
import type { AnyChain, World } from './world.js';

const GWEI = 10n ** 9n;
const GAS_CEILING = 8_000_000n;
/** Milliseconds between two looks at assets and at payments that come back. */
const LOOK_MS = 60_000;

const PAYS_ALL = { mode: 'all', subsidyWei: 0n } as const;

/** One relayer over all lives of its process: keys on every chain, and no memory. */
export class RelayerHost {
  readonly name: string;
  readonly address: Address;
  readonly world: World;
  readonly #aggregators: readonly AggregatorHost[];
  readonly #outboxes = new Map<string, Disk<OutboxState>>();
  lives: Life[] = [];

  constructor(world: World, at: number, aggregators: readonly AggregatorHost[]) {
    this.world = world;
    this.name = `relayer ${at}`;
    this.address = addressOf('relayer', at);
    this.#aggregators = aggregators;
  }

  /** Starts a life beside those that run. */
  start(): void {
    const { world } = this;
    const life = new Life(this.name, world.scheduler);
    this.lives.push(life);
    const desks = new Map(world.chains.map((chain) => [chain.id, this.#open(chain, life)]));
    const apis = this.#aggregators.map((host) => host.apiFor(life));
    const { clock } = life;
    const { observer } = world;
    const settlement = desks.get(SETTLEMENT_ID) as Desk;
    for (const edge of world.edges) {
      const desk = desks.get(edge.destinationId);
      if (desk === undefined) continue;
      const policy = { pollIntervalMs: 3_000, gasCeiling: GAS_CEILING, refreshShareBps: 5_000 };
      const replica = replicaPort({ world, desk, feeTo: this.address }, edge);
      const { source, direction, edgeId } = edge;
      const sources = apis.map((api) => this.#planted(api));
      const nameOf = (rewound: Rewound): Bytes32 => edgeName(edge.edge, rewound, keccak256);
      this.#run(
        life,
        relayEdge({ source, direction, edge: edgeId, nameOf, sources, replica, clock, observer, policy }, life.signal),
      );
      if (direction === 'to-ledger') continue;
      const vault = vaultPort({ world, desk, feeTo: this.address }, edge, replica);
      const pay = { ...PAYS_ALL, pollIntervalMs: 4_000, parallel: 2 };
      const readWorthWei = async (): Promise<null> => null;
      this.#run(
        life,
        payReleases(
          { source, edge: edgeId, hints: apis, vault, clock, observer, policy: pay, readWorthWei },
          life.signal,
        ),
      );
      this.#lookAfter(life, {
        edge,
        vault,
        apis,
        ledger: ledgerPort({ world, desk: settlement, feeTo: this.address }),
      });
    }
  }

  /** What is done for assets that are short, for what a rewind left, and for payments that were stopped. */
  #lookAfter(
    life: Life,
    parts: { edge: DeployedEdge; vault: Vault; apis: readonly ModelApi[]; ledger: LedgerDuties },
  ): void {
    const { edge, vault, apis, ledger } = parts;
    const { source, edgeId } = edge;
    const { clock, signal } = life;
    const { observer } = this.world;
    const assets = [1, 2].map((vaultAsset) => ({ source, vaultAsset, assetId: assetIdOf(source, vaultAsset) }));
    const common = { clock, observer, failingLoops: new FailingLoops(clock), pauseMs: LOOK_MS };
    this.#run(life, lookAfterAssets({ ...common, assets, source, vault, ledger }, signal));
    this.#run(life, coverAssets({ ...common, assets, ledger, hints: apis }, signal));
    const back = { source, edge: edgeId, hints: apis, vault, ledger, keccak256, policy: PAYS_ALL };
    this.#run(life, returnPayments({ ...common, ...back }, signal));
  }

  /** All that is on its disks. */
  get disks(): readonly Disk<never>[] {
    return [...this.#outboxes.values()] as unknown as Disk<never>[];
  }

  /** Ends every life, as kill -9 would. */
  kill(): void {
    for (const life of this.lives) life.kill();
    this.lives = [];
  }

  #open(chain: AnyChain, life: Life): Desk {
    const { world } = this;
    const { network, tally, calls, swarm } = world;
    const random = world.random.fork(`${this.name}/rpc ${chain.id}`);
    const isOn = (kind: Parameters<typeof swarm.faults.has>[0]): boolean => !world.healed && swarm.faults.has(kind);
    const rpc = rpcModel({ chain, life, network, random, tally, calls, isOn });
    const { blockTimeMs } = chain.options;
    const policy = {
      maxFeePerGasCap: 300n * GWEI,
      maxPriorityFeePerGasCap: 5n * GWEI,
      minPriorityFeePerGas: 1_000_000n,
      pollIntervalMs: Math.max(1_500, blockTimeMs >> 1),
      replaceAfterMs: 3 * blockTimeMs,
      confirmations: 1,
      finalDepth: 'finalized' as const,
      takeoverAfterMs: Math.max(30_000, 10 * blockTimeMs),
    };
    const account = modelAccount(this.address);
    const journal = new OutboxModel(this.#outboxOf(chain.id, this.lives.length), life);
    const { observer } = world;
    const options = { rpc, account, policy, clock: life.clock, observer, errors: MODEL_ERRORS, journal };
    const sender = createTransactionSender(options);
    this.#run(life, sender.keep(life.signal));
    return { chain, rpc, sender, to: addressOf('contract', chain.id) };
  }

  /** The outbox of one machine: a second copy of the process runs on another one. */
  #outboxOf(chainId: number, machine: number): Disk<OutboxState> {
    const name = `${this.name} outbox ${chainId} on ${machine}`;
    let disk = this.#outboxes.get(name);
    if (disk === undefined) {
      disk = new Disk(name, freshOutbox, 'log-write-error', this.world.diskWorld);
      this.#outboxes.set(name, disk);
    }
    return disk;
  }

  #planted(source: BatchSource): BatchSource {
    if (this.world.plant !== 'relay-prefix-off-by-one') return source;
    return {
      readAttested: (...args) => source.readAttested(...args),
      readEntries: (edge: Bytes32, from, to, signal) => source.readEntries(edge, from + 1n, to + 1n, signal),
    };
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
