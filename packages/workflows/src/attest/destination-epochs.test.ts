import { type Address, AppError, type Bytes32, address, blockHash, chainId } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { AttesterEpoch, DestinationReader, RewindableReplica } from '../ports/epochs.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import { settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { Bell } from '../running/bell.js';
import { DestinationEpochs } from './destination-epochs.js';
import { EPOCHS_REREAD_SECONDS, ROTATION_NOTICE_SECONDS } from './limits.js';

const attesterSet = address(`0x${'44'.repeat(20)}`);
const members = ['11', '22', '33', '44'].map((digits) => address(`0x${digits.repeat(20)}`));
const epochOf = (epoch: number, activeFrom: bigint, who: readonly Address[] = members): AttesterEpoch => ({
  epoch,
  members: who,
  quorum: 3,
  activeFrom,
  expires: 2n ** 40n - 1n,
  suspended: [],
});
const T = 1_700_000_000n;

/** A destination that a test drives. */
class Destination implements DestinationReader {
  height = 1n;
  timestamp = T;
  epochs: readonly AttesterEpoch[] = [epochOf(1, T)];
  failure: Error | undefined;
  readonly known: number[] = [];

  async readFinalTip(): Promise<FinalBlock> {
    if (this.failure !== undefined) throw this.failure;
    const hash = blockHash(`0x${this.height.toString(16).padStart(64, '0')}`);
    const { height, timestamp } = this;
    return { chainId: chainId(901), height, hash, timestamp } as unknown as FinalBlock;
  }

  async readEpochs({ known }: { known: readonly AttesterEpoch[] }): Promise<readonly AttesterEpoch[]> {
    this.known.push(known.length);
    return this.epochs;
  }

  async readHalt(): Promise<{ nonce: bigint; isHalted: boolean }> {
    return { nonce: 0n, isHalted: false };
  }

  async readReplica({ edge }: { edge: Bytes32 }): Promise<RewindableReplica> {
    return { name: edge, count: 0n, generation: 0, isRewinding: false };
  }
}

function makeBook(): { book: DestinationEpochs; destination: Destination; observer: RecordingObserver } {
  const destination = new Destination();
  const observer = new RecordingObserver();
  const expected = { epoch: 1, members: [...members].reverse() };
  const book = new DestinationEpochs({ chainId: 901, reader: destination, attesterSet, expected, observer });
  return { book, destination, observer };
}

const away = new AppError({ code: 'NO_QUORUM', message: '2 of 4 providers agree', retryable: true });

describe('the attester sets of a destination', () => {
  it('are unread while the chain cannot be read, with a reason', async () => {
    const { book, destination, observer } = makeBook();
    destination.failure = away;
    await book.refresh();
    await expect(book.readEpochs(T)).rejects.toMatchObject({
      code: 'EPOCHS_UNREAD',
      retryable: true,
      message: expect.stringContaining('NO_QUORUM: 2 of 4 providers agree') as string,
    });
    await book.refresh();
    expect(observer.named('epochs-unread')).toHaveLength(1);
    expect(book.view()).toMatchObject({ knownBefore: undefined, trouble: { code: 'NO_QUORUM' } });
  });

  it('are awaited until the first read is done', async () => {
    const { book } = makeBook();
    const asked = book.readEpochs(T);
    await book.refresh();
    expect(await asked).toEqual([epochOf(1, T)]);
  });

  it('are valid for the notice period of a rotation after the block they were read at, even if the chain is unreachable, and no longer', async () => {
    const { book, destination } = makeBook();
    await book.refresh();
    destination.failure = away;
    await book.refresh();
    expect(await book.readEpochs(T + ROTATION_NOTICE_SECONDS - 1n)).toHaveLength(1);
    await expect(book.readEpochs(T + ROTATION_NOTICE_SECONDS)).rejects.toMatchObject({ code: 'EPOCHS_UNREAD' });
    destination.failure = undefined;
    destination.height = 2n;
    destination.timestamp = T + EPOCHS_REREAD_SECONDS;
    await book.refresh();
    expect(await book.readEpochs(T + ROTATION_NOTICE_SECONDS)).toHaveLength(1);
    expect(book.view().trouble).toBeUndefined();
  });

  it('are read again some time later, and then include a new set', async () => {
    const { book, destination } = makeBook();
    const heads = new Bell();
    const stopping = new AbortController();
    const following = book.follow(heads, stopping.signal);
    await settle();
    heads.ring();
    await settle();
    destination.height = 2n;
    destination.timestamp = T + EPOCHS_REREAD_SECONDS - 1n;
    heads.ring();
    await settle();
    expect(destination.known).toEqual([0]);
    destination.height = 3n;
    destination.timestamp = T + EPOCHS_REREAD_SECONDS;
    destination.epochs = [epochOf(1, T), epochOf(2, T + 90_000n, members.slice(1))];
    heads.ring();
    await settle();
    expect(destination.known).toEqual([0, 1]);
    expect((await book.readEpochs(T)).map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(book.view().mismatch).toBeUndefined();
    stopping.abort();
    await following;
  });

  it('that differ from the deployment’s are reported once, and used', async () => {
    const { book, destination, observer } = makeBook();
    destination.epochs = [epochOf(1, T, members.slice(1))];
    await book.refresh();
    destination.height = 2n;
    destination.timestamp = T + EPOCHS_REREAD_SECONDS;
    await book.refresh();
    expect(observer.named('attesters-differ').map(({ level }) => level)).toEqual(['error']);
    expect(book.view().mismatch).toMatch(/^epoch 1 of 0x4444.* has 0x2222.*; the configuration names 0x1111/);
    expect(await book.readEpochs(T)).toEqual(destination.epochs);
  });

  it('that lack the deployment’s epoch count as different', async () => {
    const { book, destination } = makeBook();
    destination.epochs = [];
    await book.refresh();
    expect(book.view().mismatch).toMatch(/has no such epoch/);
  });
});
