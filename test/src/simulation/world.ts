import { keccak256 } from '@surety/contracts';
import { type Address, type Bytes32, type EdgeDirection, type JournalHead, edgeName } from '@surety/domain';
import type { LedgerFact, ObservedEvent, Observer } from '@surety/workflows';
import { type DeployedEdge, type Deployment, SETTLEMENT_ID, deploy } from './deployment.js';
import type { DiskWorld } from './disk.js';
import { Tally } from './faults.js';
import { type JournalModel } from './journal-model.js';
import { ledgerModel } from './ledger-model.js';
import type { LedgerCall, LedgerState } from './ledger-state.js';
import { type ModelBlock, ModelledChain } from './modelled-chain.js';
import { Network } from './network.js';
import type { PlantName } from './plants.js';
import { ModelledProvider } from './providers.js';
import { Random } from './random.js';
import { CallBook } from './rpc-model.js';
import { Scheduler } from './scheduler.js';
import type { SwarmOptions } from './swarm.js';
import { vaultModel } from './vault-model.js';
import type { VaultCall, VaultFact, VaultState } from './vault-state.js';

/** The settlement chain of a world. */
export type SettlementChain = ModelledChain<LedgerState, LedgerCall, LedgerFact>;
/** A collateral chain of a world. */
export type VaultChain = ModelledChain<VaultState, VaultCall, VaultFact>;
/** Any chain of a world, as those see it who do not care for its contract. */
export type AnyChain = ModelledChain<unknown, unknown, unknown>;

/** A broken invariant. */
export interface Violation {
  readonly invariant: string;
  readonly detail: string;
  readonly atMs: number;
}

/** A signature at the moment it came to be. */
export interface SignedRecord {
  readonly signer: Address;
  readonly statement: JournalHead;
  readonly isHonest: boolean;
}

/** Everything outside the processes: time, chains, providers, the network, and what was signed. */
export class World {
  readonly swarm: SwarmOptions;
  readonly plant: PlantName | undefined;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly tally = new Tally();
  readonly deployment: Deployment;
  readonly settlement: SettlementChain;
  readonly vaults = new Map<number, VaultChain>();
  /** All chains, the settlement chain first. */
  readonly chains: readonly AnyChain[];
  readonly providers = new Map<number, readonly ModelledProvider[]>();
  readonly network: Network;
  readonly calls = new CallBook();
  readonly signed: SignedRecord[] = [];
  readonly violations: Violation[] = [];
  /** Names under which a quorum signed what the journal never held. */
  readonly forgedNames = new Set<Bytes32>();
  /** Checked after every event. */
  afterEvent: () => void = () => undefined;
  /** First names of edges, by the names that they took later. */
  readonly #names = new Map<Bytes32, Bytes32>();
  #healed = false;
  #observed: (event: ObservedEvent) => void = () => undefined;

  constructor(seed: string, swarm: SwarmOptions) {
    this.swarm = swarm;
    this.plant = swarm.plant;
    this.random = new Random(seed);
    this.scheduler = new Scheduler(swarm.startS * 1_000, () => this.afterEvent());
    const { scheduler, random, tally } = this;
    this.network = new Network({ scheduler, random, swarm, tally });
    this.deployment = deploy(swarm);
    const { sources, epochs, domainAt } = this.deployment;
    const { plant, hasWitnesses: isWitnessed } = swarm;
    const verifierAt = (chainId: number) => ({ domain: domainAt(chainId), epochs, plant, isWitnessed });
    const settlementContract = ledgerModel(sources, verifierAt(SETTLEMENT_ID));
    this.settlement = new ModelledChain({
      id: SETTLEMENT_ID,
      options: swarm.settlement,
      contract: settlementContract,
      scheduler,
      random,
    });
    sources.forEach((source, at) => {
      const options = swarm.chains[at];
      if (options === undefined) throw new RangeError(`no options for source ${source.source}`);
      const contract = vaultModel(source, verifierAt(source.chainId));
      this.vaults.set(source.source, new ModelledChain({ id: source.chainId, options, contract, scheduler, random }));
    });
    this.chains = [this.settlement, ...this.vaults.values()] as unknown as readonly AnyChain[];
    for (const chain of this.chains) {
      const own = (at: number): ModelledProvider =>
        new ModelledProvider(chain, {
          random: random.fork(`provider ${chain.id}/${at}`),
          tally,
          nowMs: () => scheduler.nowMs,
        });
      this.providers.set(
        chain.id,
        Array.from({ length: chain.options.providers }, (_, at) => own(at)),
      );
    }
  }

  get edges(): readonly DeployedEdge[] {
    return this.deployment.edges;
  }

  /** True once faults have ended for good. */
  get healed(): boolean {
    return this.#healed;
  }

  heal(): void {
    this.#healed = true;
    this.network.heal();
    for (const providers of this.providers.values()) for (const provider of providers) provider.heal();
    for (const chain of this.chains) {
      chain.finalityStalledUntilMs = 0;
      chain.haltedUntilMs = 0;
      chain.emptyUntilMs = 0;
      chain.baseFee = 10n ** 9n;
    }
  }

  /** Sources that disks draw from. */
  get diskWorld(): DiskWorld {
    return { random: this.random, swarm: this.swarm, tally: this.tally, healed: () => this.#healed };
  }

  chainOf(id: number): AnyChain {
    const chain = this.chains.find((one) => one.id === id);
    if (chain === undefined) throw new RangeError(`no chain ${id}`);
    return chain;
  }

  vaultOf(source: number): VaultChain {
    const vault = this.vaults.get(source);
    if (vault === undefined) throw new RangeError(`no vault of source ${source}`);
    return vault;
  }

  /** The journal of an edge after a block of its origin chain. */
  journalIn(block: ModelBlock<unknown, unknown, unknown>, edge: Bytes32): JournalModel {
    const { source, direction } = this.edgeOf(edge);
    if (direction === 'to-ledger') return (block.state as VaultState).journal;
    const journal = (block.state as LedgerState).outbound.get(source);
    if (journal === undefined) throw new RangeError(`no journal to source ${source}`);
    return journal;
  }

  /** The replica of an edge after a block of its destination chain: count, head and time. */
  replicaIn(
    block: ModelBlock<unknown, unknown, unknown>,
    at: { source: number; direction: EdgeDirection },
  ): LedgerReplica {
    const state = block.state;
    const replica =
      at.direction === 'to-ledger' ? (state as LedgerState).replicas.get(at.source) : (state as VaultState).replica;
    if (replica === undefined) throw new RangeError(`no replica of source ${at.source}`);
    return replica;
  }

  edgeOf(edge: Bytes32): DeployedEdge {
    const found = this.edges.find((one) => one.edgeId === edge);
    if (found === undefined) throw new RangeError(`no edge ${edge}`);
    return found;
  }

  /** The edge of which a statement speaks, by a name that it has or had. */
  edgeNamed(name: Bytes32): DeployedEdge {
    return this.edgeOf(this.#names.get(name) ?? name);
  }

  /** Returns the name that a replica takes when it is rewound to a head, and remembers it. */
  nameAfter({ edge, generation }: Pick<LedgerReplica, 'edge' | 'generation'>, head: Bytes32): Bytes32 {
    const rewound = { generation: generation + 1, previousHead: head };
    const name = edgeName(this.edgeOf(edge).edge, rewound, keccak256);
    this.#names.set(name, edge);
    return name;
  }

  /** Notes a broken invariant; the run ends with it. */
  violate(invariant: string, detail: string): void {
    this.violations.push({ invariant, detail, atMs: this.scheduler.nowMs });
  }

  /** Lets somebody see what loops tell. */
  listen(observe: (event: ObservedEvent) => void): void {
    this.#observed = observe;
  }

  /** Where the loops of a process tell what happened. */
  get observer(): Observer {
    return { observe: (event) => this.#observed(event) };
  }
}

type LedgerReplica = VaultState['replica'];
