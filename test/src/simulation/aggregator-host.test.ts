import { describe, expect, test } from 'vitest';
import { AggregatorHost } from './aggregator-host.js';
import type { HaltRecord } from './chain-reading.js';
import { Random } from './random.js';
import { drawSwarm } from './swarm.js';
import { World } from './world.js';

describe('an aggregator whose chain replaces final blocks knows of them', () => {
  test.for([
    { when: 'its halt is on disk', isWritten: true },
    { when: 'its halt could not be written', isWritten: false },
  ])('when $when', async ({ isWritten }) => {
    const swarm = { ...drawSwarm(new Random('swarm'), undefined), faults: new Set<never>(), lossRate: 0 };
    const world = new World('replaced', swarm);
    const { scheduler } = world;
    const chain = world.chainOf(world.settlement.id);
    const halted: number[] = [];
    const host = new AggregatorHost(world, 'aggregator 0', (_, chainId) => halted.push(chainId));
    const disk = host.disks.find(({ name }) => name === `aggregator 0 halt ${chain.id}`);
    if (disk === undefined) throw new RangeError('no record of final blocks');
    for (const one of world.chains) one.start();
    host.start();
    await scheduler.runUntil(scheduler.nowMs + 900_000, () => host.foldDisk.state.cursors.has(chain.id));
    // It goes on accepting blocks, but folds none of them.
    host.foldDisk.down = true;
    const folded = Number(host.foldDisk.state.cursors.get(chain.id)?.height);
    await scheduler.runUntil(scheduler.nowMs + 900_000, () => chain.finalHeight > folded + 16);
    expect(host.knows(chain)).toBe(false);

    disk.down = !isWritten;
    chain.breakFinality(chain.finalHeight - folded);
    await scheduler.runUntil(scheduler.nowMs + 600_000, () => halted.length > 0);
    await scheduler.runUntil(scheduler.nowMs + 1_000);
    host.kill();

    expect(halted).toEqual([chain.id]);
    const { halt } = disk.state as HaltRecord;
    expect(halt !== undefined).toBe(isWritten);
    expect(host.knows(chain)).toBe(true);
  });
});
