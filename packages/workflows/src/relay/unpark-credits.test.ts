import { type Bytes32, type Keccak256, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { ParkedCredit } from '../ports/ledger.js';
import { FakeLedger, silentChain } from '../testing/fake-ledger.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { PARKED_PAGE, UNPARKS_PER_PASS_MAX } from './limits.js';
import { type UnparkCreditsDeps, freshUnparkMemory, unparkCreditsOnce } from './unpark-credits.js';

const EDGE: Bytes32 = bytes32(`0x${'e1'.repeat(32)}`);
const noHash: Keccak256 = (bytes) => bytes;

const credits = (count: number): ParkedCredit[] =>
  Array.from({ length: count }, (_, at) => {
    return { index: BigInt(at + 1), vaultAsset: 1, amount: 100n, fee: BigInt(at), reason: 'CAP' };
  });

function world(listed: readonly ParkedCredit[], change: Partial<UnparkCreditsDeps> = {}) {
  const ledger = new FakeLedger({ edge: EDGE, source: 1, keccak256: noHash });
  const clock = new FakeClock();
  const observer = new RecordingObserver();
  const asked: bigint[] = [];
  const hints = [
    {
      readParked: async (_source: number, after: bigint) => {
        asked.push(after);
        return listed.filter(({ index }) => index > after).slice(0, PARKED_PAGE);
      },
    },
  ];
  const policy = { pollIntervalMs: 30_000, mode: 'all' as const, subsidyWei: 0n };
  const readWorthWei = async ({ fee }: ParkedCredit): Promise<bigint> => fee * 100n;
  const deps: UnparkCreditsDeps = { source: 1, hints, ledger, clock, observer, policy, readWorthWei, ...change };
  return { deps, ledger, clock, observer, asked, memory: freshUnparkMemory() };
}

describe('unparking', () => {
  it('skips a credit that the ledger refuses, and retries it later', async () => {
    const { deps, ledger, clock, memory } = world(credits(3));
    ledger.stuck.set(2n, 'CapExceeded');
    expect(await unparkCreditsOnce(deps, memory)).toEqual([1n, 3n]);
    ledger.stuck.clear();
    // The page ends here: the next pass starts again and skips the paused ones.
    for (let passes = 0; passes < 3; passes++) expect(await unparkCreditsOnce(deps, memory)).toEqual([]);
    await clock.advance(30_000);
    await unparkCreditsOnce(deps, memory);
    expect(ledger.unparked).toEqual([1n, 3n, 2n]);
  });

  it('retries sooner one that waits for a witness, and never pauses it for long', async () => {
    const waiting = credits(1).map((credit) => ({ ...credit, reason: 'UNCONFIRMED' }));
    const { deps, ledger, clock, memory } = world(waiting);
    ledger.stuck.set(1n, 'NotConfirmed');
    for (let minutes = 0; minutes < 19; minutes++) {
      await unparkCreditsOnce(deps, memory);
      await clock.advance(60_000);
    }
    ledger.stuck.clear();
    await unparkCreditsOnce(deps, memory);
    expect(ledger.unparked).toEqual([1n]);
  });

  it('tries a limited number per pass and reaches every credit of a long page', async () => {
    const { deps, ledger, asked, memory } = world(credits(40));
    expect(await unparkCreditsOnce(deps, memory)).toHaveLength(UNPARKS_PER_PASS_MAX);
    await unparkCreditsOnce(deps, memory);
    await unparkCreditsOnce(deps, memory);
    expect(ledger.unparked).toEqual(credits(40).map(({ index }) => index));
    expect(asked).toEqual([0n, 16n, 32n]);
  });

  it('does not pause one hint’s credits because another hint invents some, nor tries more of those', async () => {
    const made = credits(5_000);
    let honest: readonly ParkedCredit[] = [];
    const hints = [{ readParked: async () => made }, { readParked: async () => honest }];
    const { deps, ledger, memory } = world([], { hints });
    for (const { index } of made) ledger.stuck.set(index, 'CreditUnknown');
    await unparkCreditsOnce(deps, memory);
    await unparkCreditsOnce(deps, memory);
    // The invented index is a real parked credit by now.
    ledger.stuck.delete(3n);
    honest = made.slice(2, 3);
    await unparkCreditsOnce(deps, memory);
    expect(await unparkCreditsOnce(deps, memory)).toEqual([3n]);
    expect(ledger.unparked).toEqual([3n]);
  });

  it('does not spend more gas than the fee covers', async () => {
    const policy = { pollIntervalMs: 1, mode: 'covered' as const, subsidyWei: 800n };
    const { deps, memory } = world(credits(4), { policy });
    expect(await unparkCreditsOnce(deps, memory)).toEqual([3n, 4n]);
  });

  it('updates the ledger from a halt at the verifier, once', async () => {
    const { deps, ledger, observer, memory } = world([]);
    ledger.haltToNote = true;
    await unparkCreditsOnce(deps, memory);
    await unparkCreditsOnce(deps, memory);
    expect(ledger.state).toBe('HALTED');
    expect(observer.events.filter(({ name }) => name === 'halt-noted')).toHaveLength(1);
  });

  it('leaves errors of the chain to its caller', async () => {
    const { deps, ledger, memory } = world(credits(1));
    ledger.failure = silentChain();
    await expect(unparkCreditsOnce(deps, memory)).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
  });
});
