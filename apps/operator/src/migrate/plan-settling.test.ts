import { keccak256 } from '@surety/contracts';
import { type Entry, address, bytes32, bytesToHex, concatBytes, packEntry, tokenUnits } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { ActStep, CheckStep, MigrationStep } from './migration.js';
import { settlingSteps } from './plan-settling.js';

const ledger = address(`0x${'aa'.repeat(20)}`);
const BLOCK = 100n;

function lock(amount: bigint): Uint8Array {
  const party = bytes32(`0x${'cc'.repeat(32)}`);
  const entry: Entry = {
    kind: 'LOCK',
    asset: 1,
    amount: tokenUnits(amount),
    account: party,
    party,
    fee: tokenUnits(0n),
  };
  return packEntry(entry);
}
const hashOf = (packed: Uint8Array): string => bytesToHex(keccak256(packed));

interface Kept {
  /** Orphans by the hash of their bytes. */
  readonly orphans: Readonly<Record<string, bigint>>;
  /** Orphaned, missing and found units by asset. */
  readonly unsettled: Readonly<Record<number, readonly [bigint, bigint, bigint]>>;
}

/** The steps for a ledger that keeps this, and the blocks at which it was read. */
async function plan(unwound: readonly Uint8Array[], kept: Kept) {
  const blocks = new Set<bigint | undefined>();
  let isAnswering = true;
  const readContract = async (asked: {
    functionName: string;
    args: readonly [number, never];
    blockNumber?: bigint;
  }) => {
    if (!isAnswering) throw new Error('no two thirds agree');
    blocks.add(asked.blockNumber);
    const [, what] = asked.args;
    return asked.functionName === 'orphansOf'
      ? [kept.orphans[what] ?? 0n, 0n]
      : [...(kept.unsettled[what] ?? [0n, 0n, 0n]), 0n];
  };
  const steps = await settlingSteps({
    source: 3,
    ledger: { contract: ledger, nowS: 0n } as never,
    agreed: { reader: { readContract } as never, block: BLOCK },
    assets: [1, 2],
    unwound: concatBytes(...unwound),
  });
  return { steps, blocks, fallSilent: () => void (isAnswering = false) };
}

const namesOf = (steps: readonly MigrationStep[]): string[] =>
  steps.map((step) => (step.kind === 'act' ? step.spec.call : step.kind));
const problemsOf = (steps: readonly MigrationStep[]): Promise<readonly string[]> =>
  (steps.find(({ kind }) => kind === 'check') as CheckStep).problems();

describe('what a rewind leaves to be settled', () => {
  it('is each orphan that the ledger keeps, and the assets that wait', async () => {
    const [one, two, again] = [lock(100n), lock(70n), lock(5n)];
    const { steps, blocks } = await plan([one, two, again], {
      orphans: { [hashOf(one)]: 2n, [hashOf(two)]: 1n },
      unsettled: { 1: [270n, 0n, 0n], 2: [0n, 0n, 9n] },
    });
    expect(namesOf(steps)).toEqual(['wait', 'takeBack', 'takeBack', 'takeBack', 'check', 'writeOff', 'writeOff']);
    expect(await problemsOf(steps)).toEqual([]);
    // One block, so that nothing is settled in between.
    expect([...blocks]).toEqual([BLOCK]);
  });

  it('is refused where more waits than the logs show', async () => {
    const kept = { orphans: {}, unsettled: { 1: [100n, 0n, 0n] } } as const;
    const { steps } = await plan([], kept);
    expect(namesOf(steps)).toEqual(['check', 'writeOff']);
    expect(await problemsOf(steps)).toEqual([
      expect.stringMatching(
        /^of asset 1 of source 3 100 units wait at block 100, .* show have 0; expected all of them: /,
      ),
    ]);
  });

  it('is nothing once all has come again, and nothing is done by one provider’s word', async () => {
    const one = lock(100n);
    const { steps, fallSilent } = await plan([one], { orphans: {}, unsettled: {} });
    expect(namesOf(steps)).toEqual(['check', 'writeOff']);
    const last = steps.at(-1) as ActStep;
    expect(await last.isDone()).toBe(true);
    fallSilent();
    expect(await last.isDone()).toBe(false);
  });
});
