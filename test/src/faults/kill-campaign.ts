import { AppError } from '@surety/domain';
import {
  COLLATERAL_CHAINS,
  type Devnet,
  type ProcessRole,
  readAppliedCount,
  readVaultJournalCount,
  waitUntil,
} from '@surety/devnet';
import type { CrashPoint } from '@surety/evidence/crash-points';
import { readPaidCount, readReleased } from './compare-payments.js';
import type { SeededRandom } from './seeded-random.js';

/** One process that is to die, and where. */
export interface KillOrder {
  readonly point: string;
  /** At which passing of the point, from 1. */
  readonly passing: number;
}

/** A process that died at its point. */
export interface Kill extends KillOrder {
  readonly process: string;
  /** Locks journaled and not yet applied and releases journaled and not yet paid at that moment, over all chains. */
  readonly inFlight: number;
}

/** One process that a campaign kills again and again. */
export interface Victim {
  readonly role: ProcessRole;
  readonly number: number;
}

/** Time that a running line may take to pass a point. */
const REACH_MS = 60_000;
const TRIES = 3;

/** Makes a list of orders for each role: every point in turn, in an order that the seed draws, until there are enough. */
export function planKills(
  points: readonly CrashPoint[],
  request: { readonly count: number; readonly random: SeededRandom },
): ReadonlyMap<ProcessRole, KillOrder[]> {
  const { count, random } = request;
  const plan = new Map<ProcessRole, KillOrder[]>([
    ['watcher', []],
    ['aggregator', []],
    ['relayer', []],
  ]);
  for (let planned = 0; planned < count;) {
    for (const { name, process } of random.shuffle(points)) {
      if (planned === count || process === null) break;
      // The first round takes what is passed first, so that each point is reached; later ones die further on.
      const passing = planned < points.length ? 1 : random.between(1, 4);
      plan.get(process)?.push({ point: name, passing });
      planned += 1;
    }
  }
  return plan;
}

/** Kills processes of one running line at named points, each victim one life after the other. */
export class KillCampaign {
  readonly kills: Kill[] = [];
  /** Orders whose point no life passed in time. */
  readonly unreached: KillOrder[] = [];
  readonly #devnet: Devnet;

  constructor(devnet: Devnet) {
    this.#devnet = devnet;
  }

  /** Works off a role's orders with all its victims at once; each is started whole at the end. */
  async workOff(victims: readonly Victim[], plan: ReadonlyMap<ProcessRole, KillOrder[]>): Promise<void> {
    await Promise.all(
      victims.map(async (victim) => {
        const orders = plan.get(victim.role) ?? [];
        for (let order = orders.shift(); order !== undefined; order = orders.shift()) await this.kill(victim, order);
        await this.restart(victim);
      }),
    );
  }

  /**
   * Starts a victim that is to die at a point and waits until it has. `meanwhile` brings about what the point needs. Says
   * whether it died there; the victim is dead in any case.
   */
  async kill(
    victim: Victim,
    order: KillOrder,
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<boolean> {
    await this.#devnet.running(victim.role, victim.number)?.kill();
    for (let tries = 0; tries < TRIES; tries++) {
      // What was not passed so often is taken where it is passed first.
      const taken = tries === 0 ? order : { ...order, passing: 1 };
      if (await this.#diesAt(victim, taken, meanwhile)) {
        const process = `${victim.role}-${victim.number}`;
        this.kills.push({ ...taken, process, inFlight: await countInFlight(this.#devnet) });
        return true;
      }
    }
    this.unreached.push(order);
    return false;
  }

  /** Starts a process whole; a machine under load may need a second try. */
  async restart({ role, number }: Victim): Promise<void> {
    await this.#devnet.start(role, number).catch(async (error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'PROCESS_NOT_READY') throw error;
      await this.#devnet.start(role, number);
    });
  }

  async #diesAt({ role, number }: Victim, order: KillOrder, meanwhile: () => Promise<void>): Promise<boolean> {
    const more = { SURETY_CRASH_AT: `${order.point}:${order.passing}` };
    try {
      const process = await this.#devnet.start(role, number, more);
      const ended = waitUntil({
        what: `${role}-${number} dead at ${order.point}`,
        withinMs: REACH_MS,
        everyMs: 20,
        probe: () => (process.alive() ? undefined : true),
      });
      await Promise.all([ended, meanwhile()]);
      return (await process.ended) === 'SIGKILL';
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await this.#devnet.running(role, number)?.kill();
      // A machine under load may start a process late: then it is tried again, as one that did not pass its point.
      if (error.code === 'TIMED_OUT' || error.context['late'] === true) return false;
      if (error.code === 'PROCESS_NOT_READY' && error.context['signal'] === 'SIGKILL') return true;
      throw new Error(`${role}-${number}, to die at ${order.point}: ${error.message}`, { cause: error });
    }
  }
}

async function countInFlight({ network }: Devnet): Promise<number> {
  const counts = await Promise.all(
    COLLATERAL_CHAINS.map(async ({ chainId }) => {
      const [journal, applied, released, paid] = await Promise.all([
        readVaultJournalCount(network, chainId),
        readAppliedCount(network, chainId),
        readReleased(network, chainId),
        readPaidCount(network, chainId),
      ]);
      return Number(journal - applied) + released.length - paid;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Says how often each point was a death, and how much was under way. */
export function summarizeKills(kills: readonly Kill[], unreached: readonly KillOrder[]): string {
  const byPoint = new Map<string, number>();
  for (const { point } of kills) byPoint.set(point, (byPoint.get(point) ?? 0) + 1);
  const mean = kills.reduce((sum, { inFlight }) => sum + inFlight, 0) / Math.max(1, kills.length);
  const rows = [...byPoint]
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([point, count]) => `  ${point.padEnd(36)} ${count}`);
  const missed = unreached.length === 0 ? '' : `; not reached: ${unreached.map(({ point }) => point).join(', ')}`;
  return [
    `${kills.length} kills at ${byPoint.size} points, ${mean.toFixed(1)} entries in flight at a kill on average${missed}`,
    ...rows,
  ].join('\n');
}
