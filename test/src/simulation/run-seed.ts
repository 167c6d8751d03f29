import { armCrashPoint } from '@surety/workflows';
import { ActingQuorum } from './acting-quorum.js';
import { AggregatorHost } from './aggregator-host.js';
import { FaultCampaign, type Fleet } from './campaign-of-faults.js';
import type { FaultKind, SometimesPoint } from './faults.js';
import { paymentsOf } from './fold-store-model.js';
import { Judge } from './judge.js';
import { Governance } from './governance.js';
import { headOf } from './journal-model.js';
import { hashFold, judgeFold } from './judge-fold.js';
import { WHOLE, coverageIn, openOf } from './ledger-state.js';
import { Liars, Users } from './people.js';
import type { PlantName } from './plants.js';
import { Random } from './random.js';
import { RelayerHost } from './relayer-host.js';
import { type SwarmOptions, drawSwarm } from './swarm.js';
import { WatcherHost } from './watcher-host.js';
import { type Violation, World } from './world.js';

/** Longest simulated time for a rebuild of an aggregator. */
const REBUILD_MAX_MS = 10 * 60_000;

/** Longest simulated time that healing may take: two heartbeats, redelivery of ten minutes, and the slowest finality. */
const HEAL_MAX_MS = 75 * 60_000;

/** Longest simulated time after which the trouble of a world, or its repetition, has come. */
const TROUBLE_MAX_MS = 30 * 60_000;

/** Events of a seed that does not end: eight times those of the longest one known. */
const EVENTS_MAX = 3_000_000;

/** Outcome of one seed. */
export interface SeedOutcome {
  readonly seed: number;
  /** Hash over every event and every signature. */
  readonly hash: string;
  readonly violation: Violation | undefined;
  readonly events: number;
  readonly simulatedMs: number;
  /** Simulated time from the end of all faults to the end of all work. */
  readonly healedAfterMs: number | undefined;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly points: ReadonlyMap<SometimesPoint, number>;
  readonly entries: number;
  readonly releases: number;
  readonly signatures: number;
}

/** Settings of a run that a test may fix; everything else comes from the seed. */
export interface SeedRequest {
  readonly seed: number;
  readonly plant?: PlantName;
  /** Longest simulated time for healing, in milliseconds. */
  readonly healMaxMs?: number;
  /** Events after which the seed is taken for one that does not end. */
  readonly eventsMax?: number;
  /** Changes what the seed drew: for planted bugs that need a certain fault. */
  readonly adjust?: (swarm: SwarmOptions) => SwarmOptions;
}

/** Runs one seed from its start to its end: faults of all kinds, then healing. Deterministic: it has no other input. */
export async function runSeed(request: SeedRequest): Promise<SeedOutcome> {
  const name = `seed ${request.seed}`;
  const drawn = drawSwarm(new Random(`${name}/swarm`), request.plant);
  const swarm = request.adjust?.(drawn) ?? drawn;
  const { healMaxMs = HEAL_MAX_MS, eventsMax = EVENTS_MAX } = request;
  const run = new Run(new World(name, swarm), { healMaxMs, eventsMax });
  // Errors are everyday values here, by the ten thousand; nobody reads their stacks.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const healedAfterMs = await run.toTheEnd();
    return run.outcome(request.seed, healedAfterMs);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    armCrashPoint(undefined, () => undefined);
  }
}

class Run {
  readonly #world: World;
  readonly #judge: Judge;
  readonly #fleet: Fleet;
  readonly #governance: Governance;
  readonly #startMs: number;
  readonly #healMaxMs: number;
  readonly #eventsMax: number;

  constructor(world: World, limits: Required<Pick<SeedRequest, 'healMaxMs' | 'eventsMax'>>) {
    this.#world = world;
    this.#healMaxMs = limits.healMaxMs;
    this.#eventsMax = limits.eventsMax;
    this.#startMs = world.scheduler.nowMs;
    this.#judge = new Judge(world);
    const { swarm, deployment } = world;
    const aggregators = Array.from(
      { length: swarm.aggregators },
      (_, at) => new AggregatorHost(world, `aggregator ${at}`, (host, chainId) => this.#judge.noteHalt(host, chainId)),
    );
    const honest = deployment.attesters.length - swarm.liars;
    const events = {
      onSigned: (...args: Parameters<Judge['noteSigned']>) => this.#judge.noteSigned(...args),
      onHalt: (host: WatcherHost, chainId: number) => this.#judge.noteHalt(host.name, chainId),
    };
    const watchers = Array.from({ length: honest }, (_, at) => new WatcherHost(world, at, aggregators, events));
    const relayers = Array.from({ length: swarm.relayers }, (_, at) => new RelayerHost(world, at, aggregators));
    this.#fleet = { watchers, aggregators, relayers, users: new Users(world) };
    const quorum = new ActingQuorum(world, watchers);
    this.#governance = new Governance(world, { ...this.#fleet, quorum });
  }

  /** Safety first, then healing; gives how long that took, or nothing if an invariant broke. */
  async toTheEnd(): Promise<number | undefined> {
    const world = this.#world;
    const { scheduler, swarm } = world;
    this.#connect();
    const liars = world.deployment.attesters.slice(world.deployment.attesters.length - swarm.liars);
    new Liars(world, liars, this.#fleet.aggregators).start();
    new FaultCampaign(world, this.#fleet).start();
    this.#governance.start();
    this.#fleet.users.start();
    for (const host of [...this.#fleet.aggregators, ...this.#fleet.watchers, ...this.#fleet.relayers]) host.start();
    const broken = (): boolean => world.violations.length > 0;
    if (await scheduler.runUntil(this.#startMs + swarm.safetyMs, broken)) return undefined;
    const isOver = (): boolean => broken() || !this.#governance.isDue;
    if (this.#governance.isDue) await scheduler.runUntil(scheduler.nowMs + TROUBLE_MAX_MS, isOver);
    if (broken()) return undefined;
    const healedAtMs = scheduler.nowMs;
    this.#heal();
    let checkedMs = 0;
    const done = (): boolean => {
      if (broken()) return true;
      if (scheduler.nowMs - checkedMs < 5_000) return false;
      checkedMs = scheduler.nowMs;
      return this.#unfinished(healedAtMs) === undefined && this.#uncut() === undefined;
    };
    const finished = await scheduler.runUntil(healedAtMs + this.#healMaxMs, done);
    const left = this.#unfinished(healedAtMs);
    if (!finished && left !== undefined)
      world.violate('I9', `${this.#healMaxMs / 60_000} minutes after the last fault: ${left}`);
    const uncut = this.#uncut();
    if (!broken() && uncut !== undefined) world.violate('I14', uncut);
    if (!broken()) this.#judgeEnd();
    if (!broken() && world.random.fork('rebuild').chance(0.3)) await this.#judgeRebuilt();
    for (const host of [...this.#fleet.aggregators, ...this.#fleet.watchers, ...this.#fleet.relayers]) host.kill();
    return broken() ? undefined : scheduler.nowMs - healedAtMs;
  }

  outcome(seed: number, healedAfterMs: number | undefined): SeedOutcome {
    const { scheduler, violations, tally, vaults, settlement, signed } = this.#world;
    scheduler.note(violations.map(({ invariant, detail }) => `${invariant}${detail}`).join());
    return {
      seed,
      hash: scheduler.traceHash,
      violation: violations[0],
      events: scheduler.events,
      simulatedMs: scheduler.nowMs - this.#startMs,
      healedAfterMs,
      faults: tally.faults,
      points: tally.points,
      entries: [...vaults.values()].reduce((sum, { head }) => sum + head.state.journal.lines.length, 0),
      releases: [...settlement.head.state.outbound.values()].reduce((sum, { lines }) => sum + lines.length, 0),
      signatures: signed.length,
    };
  }

  /** Ties chains to those who look at them. */
  #connect(): void {
    const world = this.#world;
    for (const chain of world.chains) {
      chain.onFinal = (block) => this.#judge.noteFinal(chain, block);
      this.#judge.noteFinal(chain, chain.final);
      chain.onHead = () => {
        for (const { lives } of this.#fleet.watchers)
          for (const { chains } of lives)
            for (const port of chains) if (Number(port.chainId) === chain.id) port.ringHead();
      };
      chain.onRemoved = (removed) => this.#noteRemoved(chain.id, removed);
      chain.start();
    }
    world.afterEvent = () => {
      this.#judge.judge(this.#fleet.aggregators);
      const { events, nowMs } = world.scheduler;
      if (events !== this.#eventsMax) return;
      const seconds = Math.round((nowMs - this.#startMs) / 1_000);
      world.violate(
        'BOUND',
        `${events} events within ${seconds} simulated seconds: something goes round without an end`,
      );
    };
    world.listen(({ name, fields }) => {
      const point = OBSERVED[name] ?? OBSERVED[String(fields['code'])];
      if (point !== undefined) world.tally.reach(point);
    });
  }

  #noteRemoved(
    chainId: number,
    removed: readonly {
      readonly txs: readonly { readonly succeeded: boolean; readonly tx: { readonly call: unknown } }[];
    }[],
  ): void {
    const kinds = new Set(
      removed.flatMap(({ txs }) =>
        txs.filter((one) => one.succeeded).map(({ tx }) => (tx.call as { kind?: string } | undefined)?.kind),
      ),
    );
    if (kinds.has('lock') || kinds.has('release')) this.#world.tally.reach('reorg dropped an entry');
    if (kinds.has('apply') && chainId === this.#world.settlement.id)
      this.#world.tally.reach('reorg dropped a credit on the settlement chain');
  }

  /** Ends the faults, and heals no more than a core: k attesters, a quorum of providers, one relayer. */
  #heal(): void {
    const world = this.#world;
    const random = world.random.fork('heal');
    world.heal();
    this.#fleet.users.finish();
    const { watchers, aggregators, relayers } = this.#fleet;
    const usable = watchers.filter((host) => !host.isGone && !host.isImpaired);
    const quorum = world.deployment.epochs[0]?.quorum ?? usable.length;
    // Whoever lost its log is needed: under the next name it signs like any other.
    const shuffled = random.shuffled(usable).sort((left, right) => Number(right.hasLostLog) - Number(left.hasLostLog));
    const core = random.chance(0.5) ? shuffled.slice(0, quorum) : usable;
    for (const host of watchers) {
      if (!core.includes(host) || random.chance(0.5)) host.kill();
      if (core.includes(host) && host.lives.length === 0) host.start();
    }
    const spared = random.pick(relayers);
    for (const host of relayers) {
      if (host !== spared && random.chance(0.5)) host.kill();
      else if (host.lives.length === 0) host.start();
    }
    for (const host of aggregators) if (host.life === undefined) host.start();
    for (const host of [...watchers, ...relayers]) {
      for (const one of host.lives) {
        const life = 'life' in one ? one.life : one;
        life.skewMs = 0;
        life.resume();
      }
    }
    for (const { life } of aggregators) life?.resume();
    for (const providers of world.providers.values())
      if (random.chance(0.4))
        providers[0]?.fail(random.pick(['lie-block-hash', 'lie-omitted-logs', 'lie-position']), 10 ** 9);
  }

  /** What is still to be done, if anything: I9. */
  #unfinished(healedAtMs: number): string | undefined {
    const world = this.#world;
    if (this.#governance.isBusy) return 'governance repairs';
    const hasLines = [...world.settlement.head.state.lines.values()].some(({ amount }) => amount > 0n);
    if (hasLines && this.#fleet.users.isBusy) return 'releases are to be requested';
    const quorum = (world.deployment.epochs[0]?.quorum ?? 1) - world.swarm.liars;
    for (const edge of world.edges) {
      const vault = world.vaultOf(edge.source);
      const origin = world.chainOf(edge.originId);
      const destination = world.chainOf(edge.destinationId);
      const written = world.journalIn(origin.head, edge.edgeId).lines.length;
      const { count: applied, head } = world.replicaIn(destination.final, edge);
      const where = `source ${edge.source} ${edge.direction}`;
      if (
        origin.pool.some(({ call }) =>
          ['lock', 'release', 'stop'].includes((call as { kind?: string } | undefined)?.kind ?? ''),
        )
      )
        return `${where}: a pool is not empty`;
      if (applied < written) return `${where}: ${applied} of ${written} entries applied`;
      if (head !== headOf(world.journalIn(origin.head, edge.edgeId)))
        return `${where}: another head than the journal's`;
      if (world.plant === 'miss-heartbeats' && this.#judge.newestStated(edge.edgeId, quorum) * 1_000 < healedAtMs)
        return `${where}: no quorum has stated the position since`;
      if (edge.direction === 'to-vault') {
        const open = [...vault.final.state.payments.values()].filter(({ state }) => state === 'queued').length;
        if (open > 0) return `${where}: ${open} payments wait`;
        const refunds = [...vault.final.state.payments.values()].filter(
          ({ seq, state, isRefunded }) =>
            state === 'stopped' && !isRefunded && world.settlement.head.state.released.has(`${edge.source}:${seq}`),
        );
        if (refunds.length > 0) return `${where}: ${refunds.length} refunds wait`;
      }
    }
    const open = this.#unsettled();
    if (open !== undefined) return open;
    for (const host of this.#fleet.aggregators) {
      const left = this.#unfolded(host);
      if (left !== undefined) return left;
    }
    return undefined;
  }

  /** Cuts that are to be stated again under the name that an edge has now, so that whatever lies past its point applies in bounded steps. */
  #uncut(): string | undefined {
    for (const edge of this.#world.edges) {
      const { generation } = this.#world.replicaIn(this.#world.chainOf(edge.destinationId).final, edge);
      const missing = generation === 0 ? [] : this.#judge.cutsUnstated(edge);
      if (missing.length > 0)
        return `source ${edge.source} ${edge.direction}: cuts ${missing.join(', ')} were not stated under its present name`;
    }
    return undefined;
  }

  /** What a rewind or a shortage left open of an asset. */
  #unsettled(): string | undefined {
    const { state } = this.#world.settlement.final;
    for (const { source } of this.#world.deployment.sources) {
      for (const asset of [1, 2, 3]) {
        const { orphaned, missing, found } = openOf(state, source, asset);
        const { since, lostSeq, inForce } = coverageIn(state, source, asset);
        const { held, accounted } = this.#world.vaultOf(source).head.state;
        if (inForce < WHOLE && (held.get(asset) ?? 0n) >= (accounted.get(asset) ?? 0n))
          return `asset ${asset} of source ${source} counts ${inForce}, and its vault lacks nothing`;
        if (orphaned + missing + found + lostSeq > 0n || since > 0)
          return `asset ${asset} of source ${source} is open: ${orphaned}, ${missing}, ${found}, LOST ${lostSeq}, since ${since}`;
      }
    }
    return undefined;
  }

  /** A new aggregator, handed nothing, folds the chains to the same state hash: I11. */
  async #judgeRebuilt(): Promise<void> {
    const world = this.#world;
    const { scheduler } = world;
    const [kept] = this.#fleet.aggregators;
    const rebuilt = new AggregatorHost(world, 'rebuilt', (host, chainId) => this.#judge.noteHalt(host, chainId));
    rebuilt.start();
    if (kept === undefined) return;
    const heightOf = (host: AggregatorHost, chainId: number): bigint =>
      host.foldDisk.state.cursors.get(chainId)?.height ?? -1n;
    const finals = world.chains.map(({ id, final }) => ({ chainId: id, height: BigInt(final.height) }));
    // Counts alone do not show how far a fold is: unparkings and payments change it behind the last entry. And who is a block
    // ahead may know of a change more.
    const apart = (): string | undefined => {
      for (const { chainId, height } of finals) {
        const [old, young] = [heightOf(kept, chainId), heightOf(rebuilt, chainId)];
        if (young < height || young !== old)
          return `chain ${chainId} is folded to ${young}, by the other one to ${old}`;
      }
      return this.#unfolded(rebuilt);
    };
    const { violations } = world;
    const isOver = (): boolean => violations.length > 0 || apart() === undefined;
    const ended = await scheduler.runUntil(scheduler.nowMs + REBUILD_MAX_MS, isOver);
    if (violations.length > 0) return;
    if (!ended) return world.violate('I11', `a rebuild does not end: ${apart()}`);
    // The hash leaves out what a rebuild may lose: rows that count in no margin.
    const different = judgeFold(world, rebuilt.foldDisk.state);
    if (different !== undefined) return world.violate('I11', `rebuilt: ${different}`);
    const hashes = await Promise.all([kept, rebuilt].map(({ foldDisk }) => hashFold(world, foldDisk.state)));
    if (hashes[0] !== hashes[1]) world.violate('I11', `rebuilt to ${hashes[1]}, kept is ${hashes[0]}`);
    world.scheduler.note(String(hashes[0]));
    rebuilt.kill();
  }

  /** What a fold does not show yet, though the chains do. */
  #unfolded({ foldDisk, name }: AggregatorHost): string | undefined {
    const world = this.#world;
    this.#judge.judgeEnd();
    for (const edge of world.edges) {
      const { count } = world.replicaIn(world.chainOf(edge.destinationId).final, edge);
      const folded = Number(foldDisk.state.replicas.get(edge.edgeId)?.count ?? 0);
      if (folded < count)
        return `${name} has folded ${folded} of ${count} entries of source ${edge.source} ${edge.direction}`;
      if (edge.direction === 'to-ledger') continue;
      const open = paymentsOf(foldDisk.state, edge.edgeId).filter(({ state }) => state === 'QUEUED');
      if (open.length > 0) return `${name} holds ${open.length} payments of source ${edge.source} as open`;
    }
    return undefined;
  }

  /** What only the end can show: every cut was signed, so that every prefix applies in bounded steps. */
  #judgeEnd(): void {
    const world = this.#world;
    for (const edge of world.edges) {
      const { count } = world.replicaIn(world.chainOf(edge.destinationId).final, edge);
      this.#judge.judgeWork(edge);
      // What was applied under a forged name needed no cut: the forger brought it.
      if (world.replicaIn(world.chainOf(edge.destinationId).final, edge).generation > 0) continue;
      const missing = this.#judge.cutsMissing(edge.edgeId, count);
      if (missing.length > 0)
        world.violate('I14', `source ${edge.source} ${edge.direction}: cuts ${missing.join(', ')} were never attested`);
    }
  }
}

/** What loops tell, and the point that it proves. */
const OBSERVED: Readonly<Record<string, SometimesPoint>> = {
  'candidates-dropped': 'candidates dropped',
  'delivery-repeated': 'delivery repeated after a loss',
  'transaction-replaced': 'transaction replaced by a dearer one',
  'transaction-resent': 'transaction resent',
  'relay-overtaken': 'race between relayers lost',
  CONTRADICTION: 'name refused whose history differs',
  HISTORY_OLDER: 'key retired for an older history',
  KEY_SHARED: 'nonce shared by two processes',
};
