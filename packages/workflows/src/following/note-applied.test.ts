import { blockHash, bytes32, chainId } from '@surety/domain';
import { expect, it } from 'vitest';
import type { IntakeStore, MilestoneFact } from '../intake/intake-store.js';
import type { Intake } from '../intake/intake.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { noteApplied } from './note-applied.js';

const edge = bytes32(`0x${'ed'.repeat(32)}`);
const block = { chainId: chainId(31_339), height: 9n, hash: blockHash(`0x${'bb'.repeat(32)}`) };

/** The book of an attested edge between two chains, and a store that fails as often as it is told. */
function open(failures: number) {
  const book = {
    known: { edgeId: edge, edge: { originChainId: 1n, destinationChainId: 2n }, direction: 'to-ledger' },
    attestedCount: 5n,
    appliedCount: 2n,
    noteApplied: (count: bigint) => {
      book.appliedCount = count;
    },
  };
  const saved: bigint[] = [];
  let left = failures;
  const ports = {
    intake: { book: () => book } as unknown as Intake,
    intakeStore: {
      saveMilestones: async (rows: readonly MilestoneFact[]) => {
        left -= 1;
        if (left >= 0) throw new Error('the disk is full');
        saved.push(...rows.map(({ count }) => count));
      },
    } as unknown as IntakeStore,
    clock: new FakeClock(),
    observer: new RecordingObserver(),
  };
  const note = (count: bigint): Promise<void> => noteApplied({ edge, count, folded: 0n, block }, ports);
  return { book, saved, note, observer: ports.observer };
}

it('records a milestone at the next look if the store failed', async () => {
  const { book, saved, note, observer } = open(2);
  for (let times = 0; times < 2; times++) {
    await expect(note(3n)).rejects.toThrow('the disk is full');
    expect(book.appliedCount).toBe(2n);
  }
  await note(3n);
  await note(3n);
  expect([book.appliedCount, saved]).toEqual([3n, [3n]]);
  expect(observer.named('stage-reached')).toHaveLength(1);
});

it('records nothing for a count that fell, at most what was attested, and that once', async () => {
  const { book, saved, note } = open(0);
  await note(1n);
  expect([book.appliedCount, saved]).toEqual([1n, []]);
  await note(9n);
  await note(9n);
  expect([book.appliedCount, saved]).toEqual([5n, [5n]]);
});
