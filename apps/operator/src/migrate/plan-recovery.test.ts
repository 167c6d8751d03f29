import { address, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { ActStep } from './migration.js';
import { planRecovery } from './plan-recovery.js';

const members = [1, 2, 3, 4].map((n) => address(`0x${String(n).repeat(40)}`));
const ledger = `0x${'aa'.repeat(20)}`;
const settlement = { chainId: 900, name: 'settlement', vault: { source: 0, address: `0x${'bb'.repeat(20)}` } };
const alpha = { chainId: 901, name: 'alpha', vault: { source: 1, address: `0x${'cc'.repeat(20)}` } };
const config = { network: { settlement: { chainId: 900, ledger }, chains: [settlement, alpha] } };
const verifier = {
  target: { chain: settlement, contract: address(`0x${'dd'.repeat(20)}`) },
  inRecovery: false,
  recovery: { membersHash: bytes32(`0x${'00'.repeat(32)}`), proposedAt: 0, frozenUntil: 0 },
};

describe('a recovery of the ledger’s verifier', () => {
  it('notes nothing of source 0, which the ledger refuses to halt', () => {
    const { steps } = planRecovery({ config, verifier, members, floors: async () => [] } as never);
    const titles = steps.map(({ title }) => title);
    expect(titles).toContain('the ledger freezes source 1 (alpha)');
    expect(titles.filter((title) => title.includes('source 0'))).toEqual([]);
  });

  it.each([
    ['LIVE', 1, false],
    ['HALTED', 4, true],
    ['RECOVERY', 5, true],
    ['CLOSED', 6, true],
  ])('goes on past a source that is %s only if it takes no entries already', async (_, state, isFrozen) => {
    const views: Record<string, unknown> = {
      newestEpoch: 1,
      members,
      recovery: [`0x${'00'.repeat(32)}`, 1, 0],
      stateOf: [state, 0, 0],
      suspended: 0,
    };
    // The set is proposed and not installed yet.
    const reader = {
      readContract: async ({ functionName }: { functionName: string }) =>
        functionName === 'members' ? members.toReversed() : views[functionName],
    };
    const asked = { ...verifier, target: { ...verifier.target, reader } };
    const { steps } = planRecovery({ config, verifier: asked, members, floors: async () => [] } as never);
    const freeze = steps.find(({ title }) => title === 'the ledger freezes source 1 (alpha)') as ActStep;
    expect(await freeze.isDone()).toBe(isFrozen);
  });
});

describe('a recovery of a vault’s verifier', () => {
  it.each([
    ['LIVE', 1, false],
    ['CLOSED', 6, true],
  ])('notes itself at an edge that is %s only while the vault heeds it', async (_, state, isPast) => {
    const views: Record<string, unknown> = {
      newestEpoch: 1,
      members: members.toReversed(),
      recovery: [`0x${'00'.repeat(32)}`, 1, 0],
      replicaState: ['0x', 0n, '0x', 0, 0, state],
      quarantinedUntil: 0,
      suspended: 0,
    };
    const reader = {
      readContract: async ({ functionName }: { functionName: string }) => views[functionName],
      getBlock: async () => ({ timestamp: 9n }),
    };
    const asked = { ...verifier, target: { ...verifier.target, chain: alpha, reader } };
    const { steps } = planRecovery({ config, verifier: asked, members, floors: async () => [] } as never);
    const note = steps.find(({ title }) => title.startsWith('the vault pays nothing unconfirmed')) as ActStep;
    expect(await note.isDone()).toBe(isPast);
  });
});

const H = 3_600;
const DAY = 24 * H;
const title = 'the vault pays nothing unconfirmed; renewed by a run each day until the freeze ends';

/** The step of a note in a recovery that freezes until `frozenUntil`, looked at at `now` while a note lasts until `until`; seconds. */
function noteAt(
  at: { now: number; until: number; frozenUntil: number; isInstalled: boolean },
  wanted = title,
): ActStep {
  const views: Record<string, unknown> = {
    newestEpoch: 1,
    members: at.isInstalled ? members : members.toReversed(),
    recovery: [`0x${(at.isInstalled ? '00' : 'ab').repeat(32)}`, 1, at.frozenUntil],
    replicaState: ['0x', 0n, '0x', 0, 0, 3],
    quarantinedUntil: at.until,
    suspended: 0,
  };
  const reader = {
    readContract: async ({ functionName }: { functionName: string }) => views[functionName],
    getBlock: async () => ({ timestamp: BigInt(at.now) }),
  };
  const asked = { ...verifier, target: { ...verifier.target, chain: alpha, reader } };
  const { steps } = planRecovery({ config, verifier: asked, members, floors: async () => [] } as never);
  return steps.find((step) => step.title === wanted) as ActStep;
}

/** Seconds of 14 days in which the vault pays, if the migration is run that often and each note lands 12 s after the look. */
async function unfrozenS(everyS: number): Promise<number> {
  let [until, unfrozen] = [0, 0];
  for (let now = 0; now <= 14 * DAY; now += everyS) {
    if (now > 0) unfrozen += Math.max(0, now - until);
    const note = noteAt({ now, until, frozenUntil: 21 * DAY, isInstalled: false });
    if (!(await note.isDone())) until = now + 12 + 72 * H;
  }
  return unfrozen;
}

describe('the note of a recovery at a vault', () => {
  it.each([12, 24, 48, 72])('leaves no gap if it is run every %s h', async (hours) => {
    expect(await unfrozenS(hours * H)).toBe(0);
  });

  it('is done if it lasts to the end of the freeze, which goes on after the installation', async () => {
    const installed = { now: 14 * DAY, frozenUntil: 14 * DAY + 30 * H, isInstalled: true };
    const after = 'the vault pays nothing unconfirmed until the new epoch is active';
    expect(await noteAt({ ...installed, until: 14 * DAY + 29 * H }).isDone()).toBe(false);
    expect(await noteAt({ ...installed, until: 14 * DAY + 29 * H }, after).isDone()).toBe(false);
    expect(await noteAt({ ...installed, until: 14 * DAY + 30 * H }, after).isDone()).toBe(true);
    expect(await noteAt({ ...installed, until: 0, now: 14 * DAY + 30 * H }, after).isDone()).toBe(true);
  });

  it('tells its end, the end of the freeze, and when to run again', async () => {
    const at = { now: DAY, frozenUntil: 21 * DAY, isInstalled: false };
    const ends = 'the freeze until 1970-01-22T00:00:00.000Z';
    expect(await noteAt({ ...at, until: 4 * DAY }).next?.()).toBe(
      `it lasts until 1970-01-05T00:00:00.000Z, ${ends}: run again within 24 h`,
    );
    expect(await noteAt({ ...at, until: 21 * DAY }).next?.()).toBe(`it lasts until 1970-01-22T00:00:00.000Z, ${ends}`);
    expect(await noteAt({ ...at, until: 4 * DAY, now: 21 * DAY }).next?.()).toBe('');
  });
});
