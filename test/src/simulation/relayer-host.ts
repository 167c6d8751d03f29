import { type Address, type Bytes32, type Hex, type Rewound, accountId, blockHeight, edgeName } from '@surety/domain';
import { keccak256 } from '@surety/contracts';
import { createTransactionSender } from '@surety/transactions';
import {
  type BatchSource,
  type EdgeReplica,
  type EntryBatch,
  type LandOutcome,
  type ReplicaPosition,
  type Vault,
  payReleases,
  relayEdge,
} from '@surety/workflows';
import type { AggregatorHost } from './aggregator-host.js';
import type { DeployedEdge } from './deployment.js';
import { Disk } from './disk.js';
import { Life } from './life.js';
import { type OutboxState, OutboxModel, freshOutbox } from './outbox-model.js';
import { MODEL_ERRORS, modelAccount, rpcModel } from './rpc-model.js';
import { addressOf } from './signature-model.js';
import type { LedgerCall } from './ledger-model.js';
import { type VaultCall, keptHash } from './vault-model.js';
import type { AnyChain, World } from './world.js';

type Sender = ReturnType<typeof createTransactionSender>;

const GWEI = 10n ** 9n;
const GAS_CEILING = 8_000_000n;
/** Age in seconds from which modelled replicas count less. */
const STALE_AFTER_S = 1_800n;

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
    for (const edge of world.edges) {
      const desk = desks.get(edge.destinationId);
      if (desk === undefined) continue;
      const policy = { pollIntervalMs: 3_000, gasCeiling: GAS_CEILING, refreshShareBps: 5_000 };
      const replica = this.#replica(edge, desk);
      const { source, direction, edgeId } = edge;
      const sources = apis.map((api) => this.#planted(api));
      const nameOf = (rewound: Rewound): Bytes32 => edgeName(edge.edge, rewound, keccak256);
      this.#run(
        life,
        relayEdge({ source, direction, edge: edgeId, nameOf, sources, replica, clock, observer, policy }, life.signal),
      );
      if (direction === 'to-ledger') continue;
      const vault = this.#vault(edge, desk, replica);
      const pay = { pollIntervalMs: 4_000, mode: 'all', subsidyWei: 0n, parallel: 2 } as const;
      const readWorthWei = async (): Promise<null> => null;
      this.#run(
        life,
        payReleases(
          { source, edge: edgeId, hints: apis, vault, clock, observer, policy: pay, readWorthWei },
          life.signal,
        ),
      );
    }
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

  #replica(edge: DeployedEdge, desk: Desk): EdgeReplica {
    const { world } = this;
    const { source, direction } = edge;
    const read = async (signal?: AbortSignal): Promise<ReplicaPosition> => {
      await desk.rpc.call('eth_getBlockByNumber', ['latest', false], signal);
      const { head } = desk.chain;
      const { name, count, head: at, asOf, next, generation, previousHead } = world.replicaIn(head, edge);
      return {
        source,
        edge: name,
        rewound: next === undefined ? { generation, previousHead } : null,
        count: BigInt(count),
        head: at,
        asOf: BigInt(asOf),
        state: next === undefined ? 'LIVE' : 'CLOSED',
        staleAfterS: STALE_AFTER_S,
        height: blockHeight(head.height),
        timestamp: BigInt(head.timestampS),
      };
    };
    const feeTo = accountId({ owner: this.address, home: 0, sub: 0n });
    return {
      read,
      distrustProvider: () => desk.rpc.rotate(),
      apply: ({ from, packed, attested }: EntryBatch, signal) => {
        const { statement, signatures } = attested;
        const batch = { from, packed, statement, signatures };
        const call: LedgerCall | VaultCall =
          direction === 'to-ledger' ? { kind: 'apply', source, feeTo, ...batch } : { kind: 'apply-releases', ...batch };
        return this.#land(desk, call, async () => (await read()).count >= statement.count, signal);
      },
      refresh: ({ statement, signatures }, signal) =>
        this.#land(
          desk,
          { kind: 'refresh', statement, signatures },
          async () => (await read()).asOf >= statement.asOf,
          signal,
        ),
    };
  }

  #vault(edge: DeployedEdge, desk: Desk, replica: EdgeReplica): Vault {
    const { world } = this;
    const readPayment: Vault['readPayment'] = async (seq, signal) => {
      await desk.rpc.call('eth_getBlockByNumber', ['latest', false], signal);
      const { state, timestampS } = world.vaultOf(edge.source).head;
      const payment = state.payments.get(seq);
      const entryHash: Hex = payment === undefined ? '0x' : keptHash(payment);
      const stages = {
        queued: 'QUEUED',
        paid: 'PAID',
        claimable: 'CLAIMABLE',
        claimed: 'PAID',
        stopped: 'STOPPED',
      } as const;
      return {
        entryHash,
        readyAt: BigInt(payment?.readyAtS ?? 0),
        state: payment === undefined ? 'NONE' : stages[payment.state],
        // No modelled vault has witnesses.
        waits: false,
        isRefunded: payment?.state === 'stopped',
        timestamp: BigInt(timestampS),
      };
    };
    return {
      readReplica: (signal) => replica.read(signal),
      applyReleases: (batch, signal) => replica.apply(batch, signal),
      refresh: (attested, signal) => replica.refresh(attested, signal),
      readPayment,
      readConfirmed: async () => 0n,
      pay: ({ seq, packed }, signal) =>
        this.#land(
          desk,
          { kind: 'pay', seq, packed },
          async () => ['PAID', 'CLAIMABLE', 'STOPPED'].includes((await readPayment(seq)).state),
          signal,
        ),
      giveBack: async () => ({ kind: 'refused', name: 'PaymentNotReady', detail: 'no modelled run lasts 30 days' }),
      refund: async () => ({
        kind: 'refused',
        name: 'RefundTooSoon',
        detail: 'a modelled vault refunds what it stops',
      }),
      takeLoss: async () => ({ kind: 'refused', name: 'EntryKindMismatch', detail: 'no modelled ledger loses units' }),
      readHolding: async () => ({ accounted: 0n, held: 0n, reportedWad: 10n ** 18n, shortSince: 0n, hasEnded: false }),
      report: async () => ({ kind: 'refused', name: 'ReportTooSoon', detail: 'no modelled token goes missing' }),
      noteCode: async () => ({ kind: 'refused', name: 'NothingToNote', detail: 'no modelled token has code' }),
      readPayCostWei: async () => 0n,
      distrustProvider: () => desk.rpc.rotate(),
    };
  }

  #land(
    desk: Desk,
    call: LedgerCall | VaultCall,
    readEffect: () => Promise<boolean>,
    signal?: AbortSignal,
  ): Promise<LandOutcome> {
    const calldata = this.world.calls.enter(call);
    return desk.sender.land({ purpose: call.kind, to: desk.to, calldata, gasCeiling: GAS_CEILING, readEffect }, signal);
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

interface Desk {
  readonly chain: AnyChain;
  readonly rpc: ReturnType<typeof rpcModel>;
  readonly sender: Sender;
  readonly to: Address;
}
