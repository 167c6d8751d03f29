import type { AggregatorHost } from './aggregator-host.js';
import { armCrashPoint } from '@surety/workflows';
import { CRASH_POINTS, type FaultKind } from './faults.js';
import { Life } from './life.js';
import type { Users } from './people.js';
import { type ModelledProvider, providerQuorum } from './providers.js';
import type { Random } from './random.js';
import type { RelayerHost } from './relayer-host.js';
import type { WatcherHost } from './watcher-host.js';
import type { AnyChain, World } from './world.js';

/** All processes of a world. */
export interface Fleet {
  readonly watchers: readonly WatcherHost[];
  readonly aggregators: readonly AggregatorHost[];
  readonly relayers: readonly RelayerHost[];
  readonly users: Users;
}

/** Brings faults at random moments, of the kinds that the seed enables, within what the protocol says it bears. */
export class FaultCampaign {
  readonly #world: World;
  readonly #fleet: Fleet;
  readonly #random: Random;
  /** Keys that may still be lost for good. */
  #spareAttesters: number;
  #recent: number[] = [];

  constructor(world: World, fleet: Fleet) {
    this.#world = world;
    this.#fleet = fleet;
    this.#random = world.random.fork('faults');
    const { attesters, liars } = world.swarm;
    const quorum = world.deployment.epochs[0]?.quorum ?? attesters;
    this.#spareAttesters = attesters - quorum - liars;
  }

  start(): void {
    const { scheduler, swarm } = this.#world;
    scheduler.after(this.#random.wait(swarm.faultEveryMs), 'fault', () => {
      if (this.#world.healed) return;
      this.#strike();
      this.start();
    });
  }

  #strike(): void {
    const kinds = [...this.#world.swarm.faults].filter((kind) => kind in this.#acts);
    if (kinds.length === 0) return;
    const kind = this.#random.pick(kinds);
    const now = this.#world.scheduler.nowMs;
    this.#recent = [...this.#recent.filter((at) => now - at < 2_000), now];
    if (this.#recent.length >= 3) this.#world.tally.reach('three faults at once');
    if (this.#acts[kind]?.() === true) this.#world.tally.fire(kind);
  }

  /** What each kind does; gives whether it took place. Providers' faults are counted when they are met. */
  readonly #acts: Partial<Record<FaultKind, () => boolean>> = {
    reorg: () => this.#reorganise(this.#chain(), this.#random.whole(1, 4)),
    'deep-reorg': () => this.#reorganise(this.#chain(), this.#random.whole(5, 64)),
    'reorg-everywhere': () =>
      this.#world.chains.map((chain) => this.#reorganise(chain, this.#random.whole(1, 12))).includes(true),
    'finality-stall': () => this.#until(this.#chain(), 'finalityStalledUntilMs', 180_000),
    'chain-halt': () => this.#until(this.#chain(), 'haltedUntilMs', 120_000),
    'timestamp-jump': () => this.#until(this.#chain(), 'haltedUntilMs', 700_000),
    'empty-blocks': () => this.#until(this.#chain(), 'emptyUntilMs', 60_000),
    'base-fee-spike': () => this.#spike(),
    'pool-drop': () => this.#chain().dropPool(0.7) > 0,
    'lock-burst': () => this.#locks(this.#random.pick([20, 70, 150]), undefined),
    'dust-locks': () => this.#locks(10, 1n),
    'provider-down': () => this.#failProviders('provider-down'),
    'provider-slow': () => this.#failProviders('provider-slow'),
    'provider-lagging': () => this.#failProviders('provider-lagging'),
    'provider-backward': () => this.#failProviders('provider-backward'),
    'provider-unproven': () => this.#failProviders('provider-unproven'),
    'provider-dead-fork': () => this.#corrupt('provider-dead-fork'),
    'provider-flip-flop': () => this.#corrupt('provider-flip-flop'),
    'lie-block-hash': () => this.#corrupt('lie-block-hash'),
    'lie-final-height': () => this.#corrupt('lie-final-height'),
    'lie-omitted-logs': () => this.#corrupt('lie-omitted-logs'),
    'lie-forged-log': () => this.#corrupt('lie-forged-log'),
    'lie-position': () => this.#corrupt('lie-position'),
    'lie-seen-entries': () => this.#corrupt('lie-seen-entries'),
    partition: () => this.#link((from, to, forMs) => this.#world.network.cut(from, to, forMs)),
    clog: () => this.#link((from, to, forMs) => this.#world.network.clog(from, to, forMs)),
    'watcher-kill': () => this.#restart(this.#random.pick(this.#fleet.watchers), false),
    'aggregator-kill': () => this.#restart(this.#random.pick(this.#fleet.aggregators), false),
    'relayer-kill': () => this.#restart(this.#random.pick(this.#fleet.relayers), false),
    'crash-point': () => this.#armCrashPoint(),
    'power-loss': () =>
      this.#restart(
        this.#random.pick([...this.#fleet.watchers, ...this.#fleet.aggregators, ...this.#fleet.relayers]),
        true,
      ),
    'stop-start': () => this.#stopStart(),
    pause: () => this.#pause(),
    'clock-jump': () => this.#skew(),
    'double-start-watcher': () => this.#double(this.#random.pick(this.#fleet.watchers)),
    'double-start-relayer': () => this.#double(this.#random.pick(this.#fleet.relayers)),
    'old-backup': () => this.#oldBackup(),
    'store-lost': () => this.#loseStore(),
    'aggregator-wiped': () => this.#wipeAggregator(),
    'attester-gone': () => this.#lose(this.#random.pick(this.#fleet.watchers)),
  };

  #chain(): AnyChain {
    return this.#random.pick(this.#world.chains);
  }

  #reorganise(chain: AnyChain, depth: number): boolean {
    const reached = chain.reorganise(depth);
    if (reached >= 32) this.#world.tally.reach('reorg of depth 32 or more');
    return reached > 0;
  }

  #until(chain: AnyChain, field: 'finalityStalledUntilMs' | 'haltedUntilMs' | 'emptyUntilMs', mostMs: number): boolean {
    chain[field] = this.#world.scheduler.nowMs + this.#random.whole(5_000, mostMs);
    return true;
  }

  #spike(): boolean {
    const chain = this.#chain();
    chain.baseFee = 10n ** 9n * BigInt(this.#random.pick([20, 200, 500]));
    this.#world.scheduler.after(this.#random.whole(10_000, 120_000), 'fees fall', () => {
      chain.baseFee = 10n ** 9n;
    });
    return true;
  }

  #locks(times: number, amount: bigint | undefined): boolean {
    this.#fleet.users.lock(times, amount);
    return true;
  }

  /** Takes some providers of a chain away: as many as it likes, since the readers then fail closed. */
  #failProviders(kind: FaultKind): boolean {
    const providers = this.#world.providers.get(this.#chain().id) ?? [];
    // What nobody can prove is passed over, and mended by the next day's first heartbeat: longer than a seed lives.
    const most = kind === 'provider-unproven' ? providers.length - 1 : providers.length;
    const honest = providers.filter((one) => !one.lies && one.fault !== 'provider-unproven');
    const hit = this.#random.shuffled(honest).slice(0, this.#random.whole(1, most));
    if (kind === 'provider-unproven' && providers.some((one) => one.fault === kind)) return false;
    for (const provider of hit) provider.fail(kind, this.#random.whole(5_000, 120_000));
    return false;
  }

  /** Lets a minority of a chain's providers lie. */
  #corrupt(kind: FaultKind): boolean {
    const providers = this.#world.providers.get(this.#chain().id) ?? [];
    const most = providers.length - providerQuorum(providers.length);
    const liars = providers.filter((one) => one.lies);
    const chosen: ModelledProvider | undefined = liars.length < most ? this.#random.pick(providers) : liars[0];
    chosen?.fail(kind, this.#random.whole(10_000, 240_000));
    return false;
  }

  #link(act: (from: string, to: string, forMs: number) => void): boolean {
    const { watchers, relayers, aggregators } = this.#fleet;
    const one = this.#random.pick([...watchers, ...relayers]).name;
    const chain = this.#chain().id;
    const peers = [...aggregators.map(({ name }) => name), ...[0, 1, 2].map((at) => `provider ${chain}/${at}`)];
    const other = this.#random.pick(peers);
    const forMs = this.#random.whole(2_000, 90_000);
    if (this.#random.chance(0.7)) act(one, other, forMs);
    if (this.#random.chance(0.7)) act(other, one, forMs);
    return true;
  }

  #restart(host: WatcherHost | AggregatorHost | RelayerHost, losesPower: boolean): boolean {
    host.kill();
    if (losesPower) for (const disk of host.disks) disk.losePower();
    this.#world.scheduler.after(this.#random.wait(8_000), `${host.name} starts`, () => {
      if (!isUp(host)) host.start();
    });
    return true;
  }

  /** Kills whoever passes a named point next. */
  #armCrashPoint(): boolean {
    const { watchers, aggregators, relayers } = this.#fleet;
    armCrashPoint({ name: this.#random.pick(CRASH_POINTS), passing: this.#random.whole(1, 3) }, () => {
      const life = Life.running;
      const host = [...watchers, ...aggregators, ...relayers].find(
        (one) => life !== undefined && livesOf(one).includes(life),
      );
      if (host === undefined || this.#world.healed) return;
      this.#world.tally.fire('crash-point');
      this.#restart(host, this.#random.chance(0.5));
    });
    return false;
  }

  /** Stops a process in order, and starts it again at once. */
  #stopStart(): boolean {
    const host = this.#random.pick([...this.#fleet.watchers, ...this.#fleet.relayers]);
    for (const life of livesOf(host)) life.stop();
    this.#world.scheduler.after(500, `${host.name} again`, () => {
      host.kill();
      host.start();
    });
    return true;
  }

  #pause(): boolean {
    const host = this.#random.pick([...this.#fleet.watchers, ...this.#fleet.relayers, ...this.#fleet.aggregators]);
    const life = livesOf(host)[0];
    if (life === undefined) return false;
    life.pause();
    this.#world.scheduler.after(this.#random.whole(500, 40_000), `${host.name} goes on`, () => life.resume());
    return true;
  }

  #skew(): boolean {
    const life = livesOf(this.#random.pick([...this.#fleet.watchers, ...this.#fleet.relayers]))[0];
    if (life === undefined) return false;
    life.skewMs = this.#random.pick([-86_400_000, -3_600_000, -5_000, 5_000, 3_600_000, 86_400_000]);
    return true;
  }

  #double(host: WatcherHost | RelayerHost): boolean {
    if (host.lives.length !== 1) return false;
    host.start();
    return true;
  }

  /** Puts an older copy of one store of a history in place of it; the other store is in another failure domain. */
  #oldBackup(): boolean {
    const host = this.#random.pick(this.#fleet.watchers);
    const store = host.histories[0];
    if (store === undefined) return false;
    if (this.#random.chance(0.5) || this.#spareAttesters <= 0) {
      store.backUp();
      return false;
    }
    host.kill();
    const isOlder = store.restore();
    if (isOlder && !host.isImpaired) this.#spareAttesters -= 1;
    host.isImpaired ||= isOlder;
    host.start();
    return isOlder;
  }

  #loseStore(): boolean {
    const host = this.#random.pick(this.#fleet.watchers);
    const store = host.histories[1];
    if (store === undefined || !store.isUsed || this.#spareAttesters <= 0) return false;
    if (!host.isImpaired) this.#spareAttesters -= 1;
    host.isImpaired = true;
    host.kill();
    store.wipe();
    host.start();
    return true;
  }

  #wipeAggregator(): boolean {
    const host = this.#random.pick(this.#fleet.aggregators);
    host.kill();
    for (const disk of host.disks) disk.wipe();
    host.start();
    return true;
  }

  #lose(host: WatcherHost): boolean {
    if (host.isGone || this.#spareAttesters <= 0) return false;
    if (!host.isImpaired) this.#spareAttesters -= 1;
    host.kill();
    host.isGone = true;
    return true;
  }
}

function livesOf(host: WatcherHost | AggregatorHost | RelayerHost): readonly Life[] {
  if ('intakeDisk' in host) return host.life === undefined ? [] : [host.life];
  return host.lives.map((one) => ('life' in one ? one.life : one));
}

function isUp(host: WatcherHost | AggregatorHost | RelayerHost): boolean {
  return livesOf(host).length > 0;
}
