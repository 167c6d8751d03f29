import { bytes32 } from '@surety/domain';
import { expect, it } from 'vitest';
import type { IntakeStore, MilestoneFact } from '../intake/intake-store.js';
import type { Intake } from '../intake/intake.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { noteApplied } from './note-applied.js';

const edge = bytes32(`0x${'ed'.repeat(32)}`);

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
  const [saved, dropped]: [bigint[], bigint[]] = [[], []];
  let left = failures;
  const ports = {
    intake: { book: () => book } as unknown as Intake,
    intakeStore: {
      saveMilestones: async (rows: readonly MilestoneFact[]) => {
        left -= 1;
        if (left >= 0) throw new Error('the disk is full');
        saved.push(...rows.map(({ count }) => count));
      },
      dropSeenApplied: async ({ count }: { readonly count: bigint }) => {
        dropped.push(count);
      },
    } as unknown as IntakeStore,
    clock: new FakeClock(),
    observer: new RecordingObserver(),
  };
  const note = (count: bigint): Promise<void> => noteApplied({ edge, count, folded: 0n }, ports);
  return { book, saved, dropped, note, observer: ports.observer };
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

it('drops what stood above a count that fell, and records at most what was attested, and that once', async () => {
  const { book, saved, dropped, note } = open(0);
  await note(1n);
  expect([book.appliedCount, saved, dropped]).toEqual([1n, [], [1n]]);
  await note(9n);
  await note(9n);
  expect([book.appliedCount, saved]).toEqual([5n, [5n]]);
});
