import { type BlockHeight, type Bytes32, WAD, address, bytes32 } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeAuctions, bidsAt, freshKeeperMemory } from '../testing/fake-auctions.js';
import { settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import type { BidReader } from './agree-on-bids.js';
import { serveSingly } from './serve-singly.js';

const protocol = address(`0x${'c1'.repeat(20)}`);
const some = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const [ANN, BOB] = [some(1), some(2)];
const BIDS = bidsAt(protocol);
const silent: BidReader = {
  readAccount: () => Promise.reject(new Error('silent')),
  readTaker: () => Promise.reject(new Error('silent')),
};

const RECORD = { starter: protocol, startedAt: 1_000n, seenAt: 1_000n, isTaken: false };

/** Gives a provider a name. */
function named(desk: BidReader, provider: string): BidReader {
  return {
    provider,
    readAccount: (account) => desk.readAccount(account),
    readTaker: (account) => desk.readTaker(account),
  };
}

/** The provider that is asked first and sent through, and another one. */
let first: FakeAuctions;
let other: FakeAuctions;
let observer: RecordingObserver;
let memory: ReturnType<typeof freshKeeperMemory>;

beforeEach(() => {
  [first, other] = [new FakeAuctions(protocol), new FakeAuctions(protocol)];
  [observer, memory] = [new RecordingObserver(), freshKeeperMemory()];
  for (const desk of [first, other]) for (const account of [ANN, BOB]) desk.startByRival(account);
});

/** Serves accounts. @returns the shares that were bid for, 1e18 is all. */
async function serve(accounts: readonly Bytes32[], opinions: readonly BidReader[] = [first, other], bids = BIDS) {
  const policy = { isStarter: false, burdenMinWad: 0n, bids, isDryRun: false };
  await serveSingly({ desk: first, observer, policy, opinions }, memory, accounts);
  await settle();
  return first.bids.map(({ terms }) => terms.shareMaxWad);
}

describe('a bid for which several providers are asked', () => {
  it('takes no more than its limit of the largest burden that one of them quotes', async () => {
    other.put(ANN, { burdenWad: 5_000_000n * WAD });
    // 2,000 of 5,000,000: as a share of the 1,000 that the first one quotes it would be all.
    expect(await serve([ANN])).toEqual([WAD / 2_500n]);
    expect(memory.singles).toMatchObject({ underWayWad: 0n, bidWad: 2_000n * WAD });
  });

  it('takes no more than the smallest room that one of them shows', async () => {
    other.takenWad = 9_500n * WAD;
    expect(await serve([ANN])).toEqual([WAD / 2n]);
  });

  it('leaves a bid of the same transaction what room the others leave', async () => {
    other.takenWad = 8_500n * WAD;
    expect(await serve([ANN, BOB])).toEqual([WAD, WAD / 2n]);
    expect(first.acts).toEqual(['bid 01 02']);
  });

  it('counts other bids that are under way against the room of each', async () => {
    other.takenWad = 8_500n * WAD;
    memory.singles.underWayWad = 1_000n * WAD;
    expect(await serve([ANN])).toEqual([WAD / 2n]);
  });

  it('is not made where one of them shows nothing to take, or no room', async () => {
    other.put(ANN, { isHealthy: true });
    other.takenWad = BIDS.totalMaxWad - 1_000n * WAD;
    expect(await serve([ANN, BOB])).toEqual([WAD]);
    expect(first.bids[0]?.account).toBe(BOB);
    other.takenWad = BIDS.totalMaxWad;
    for (const desk of [first, other]) desk.startByRival(some(3));
    expect(await serve([some(3)])).toEqual([WAD]);
    const waits = observer.named('auction-waits').map(({ level, fields }) => [level, fields['reason']]);
    expect(waits).toEqual([
      ['debug', 'healthy'],
      ['debug', 'no-room'],
    ]);
    // Room is held for nothing that is not made.
    expect([memory.singles.underWayWad, memory.singles.busy.size]).toEqual([0n, 0]);
    expect(memory.singles.leftWad).toBe(BIDS.totalMaxWad - 1_000n * WAD);
  });

  it('waits until two of them answer, and warns of that once', async () => {
    for (let times = 0; times < 2; times++) expect(await serve([ANN], [first, silent])).toEqual([]);
    const refused = observer.named('auction-refused').map(({ level, fields }) => [level, fields['code']]);
    expect(refused).toEqual([
      ['warn', 'unconfirmed'],
      ['debug', 'unconfirmed'],
    ]);
    expect([memory.singles.underWayWad, memory.singles.leftWad]).toEqual([0n, BIDS.totalMaxWad]);
    expect(await serve([ANN], [silent, other, first])).toEqual([WAD]);
  });

  it('leaves the clock running though it is not made', async () => {
    first.timeS += 600n;
    expect(await serve([ANN, BOB], [first, silent])).toEqual([]);
    expect([first.acts, memory.singles.busy.size]).toEqual([['touch 01 02'], 0]);
    // Just touched, they wait for the bid alone.
    await serve([ANN, BOB], [first, silent]);
    expect([first.acts.length, memory.singles.busy.size]).toEqual([1, 0]);
  });

  it('waits for none that is slow while two others answer', async () => {
    const never = new Promise<never>(() => undefined);
    const slow: BidReader = { readAccount: () => never, readTaker: () => never };
    expect(await serve([ANN], [slow, other, first])).toEqual([WAD]);
  });

  it('does not count one that has not seen the last bid', async () => {
    memory.singles.takenAt = 1n;
    const behind: BidReader = {
      readAccount: (account) => other.readAccount(account),
      readTaker: async () => ({ ...(await other.readTaker()), height: 0n as BlockHeight }),
    };
    expect(await serve([ANN], [first, behind])).toEqual([]);
    expect(await serve([ANN], [first, behind, other])).toEqual([WAD]);
  });

  it('goes by two that bid where a third shows nothing to take, and names that one once', async () => {
    const third = new FakeAuctions(protocol);
    third.startByRival(ANN);
    third.put(ANN, { isHealthy: true });
    // The third answers first, as a node in the same room does.
    expect(await serve([ANN], [named(third, 'gamma'), first, other])).toEqual([WAD]);
    for (const desk of [first, other]) desk.put(ANN, { isHealthy: false, record: RECORD });
    expect(await serve([ANN], [named(third, 'gamma'), first, other])).toHaveLength(2);
    const differ = observer.named('opinions-differ').map(({ level, fields }) => [level, fields['providers']]);
    expect(differ).toEqual([
      ['warn', 'gamma: healthy at block 1'],
      ['debug', 'gamma: healthy at block 1'],
    ]);
  });

  it('goes by two that have room where a third shows none', async () => {
    const full = new FakeAuctions(protocol);
    full.startByRival(ANN);
    full.takenWad = BIDS.totalMaxWad;
    // Neither is there any word of BOB's auction.
    expect(await serve([ANN, BOB], [named(full, 'gamma'), first, other])).toEqual([WAD, WAD]);
    const differ = observer.named('opinions-differ').map(({ fields }) => fields['providers']);
    expect(differ).toEqual(['gamma: no-room at block 1', 'gamma: no-auction at block 1']);
  });

  it('is never made by the word of one, and names who says otherwise', async () => {
    for (const desk of [first, other]) desk.put(ANN, { isHealthy: true });
    const [liar, honest] = [new FakeAuctions(protocol), named(other, 'beta')];
    liar.startByRival(ANN);
    // It plans the bid, and speaks for it as one of three.
    first.readAccount = (account) => liar.readAccount(account);
    expect(await serve([ANN], [liar, honest, named(other, 'gamma')])).toEqual([]);
    expect(observer.named('opinions-differ')[0]).toMatchObject({
      level: 'warn',
      fields: { account: ANN, providers: 'beta: healthy at block 1, gamma: healthy at block 1' },
    });
    expect([memory.singles.underWayWad, memory.singles.busy.size]).toEqual([0n, 0]);
  });

  it('does not count one that stands some blocks behind, and names it', async () => {
    const ahead: BidReader = {
      readAccount: async (account) => ({ ...(await other.readAccount(account)), height: 10n as BlockHeight }),
      readTaker: async () => ({ ...(await other.readTaker()), height: 10n as BlockHeight }),
    };
    const stuck = named(new FakeAuctions(protocol), 'gamma');
    first.readAccount = ahead.readAccount;
    expect(await serve([ANN], [stuck, ahead])).toEqual([]);
    expect(observer.named('auction-refused')).toMatchObject([{ level: 'warn', fields: { code: 'unconfirmed' } }]);
    expect(observer.named('opinions-differ')[0]).toMatchObject({
      level: 'warn',
      fields: { providers: 'gamma: behind at block 1' },
    });
    expect(await serve([ANN], [stuck, ahead, ahead])).toEqual([WAD]);
  });

  it('is made though the one that planned it invents a height far ahead, and denies it then', async () => {
    const height = 5_000n as BlockHeight;
    const [read, taker] = [first.readAccount.bind(first), first.readTaker.bind(first)];
    first.readAccount = async (account) => ({ ...(await read(account)), height });
    const denying: BidReader = {
      readAccount: async (account) => ({ ...(await read(account)), isHealthy: true, height }),
      readTaker: async () => ({ ...(await taker()), height }),
    };
    expect(await serve([ANN], [denying, other, other])).toEqual([WAD]);
  });

  it('asks no third where the other two cannot be outvoted', async () => {
    for (const desk of [first, other]) desk.put(BOB, { isHealthy: true });
    const never = new Promise<never>(() => undefined);
    const planner = new FakeAuctions(protocol);
    planner.startByRival(BOB);
    first.readAccount = (account) => planner.readAccount(account);
    expect(await serve([BOB], [other, other, { readAccount: () => never, readTaker: () => never }])).toEqual([]);
    expect(memory.singles.busy.size).toBe(0);
  });

  it('is made by what one says where there is no other', async () => {
    other.put(ANN, { burdenWad: 5_000_000n * WAD });
    expect(await serve([ANN], [first])).toEqual([WAD]);
    expect(first.read).toEqual([ANN]);
  });
});
