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
