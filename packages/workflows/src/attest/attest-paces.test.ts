import {
  type JournalHead,
  ZERO_WORD,
  address,
  blockHeight,
  bytes32,
  cutsBetween,
  edgeId,
  isHeartbeat,
  tokenUnits,
} from '@surety/domain';
import fc from 'fast-check';
import { createKeccak } from 'hash-wasm';
import { expect, it } from 'vitest';
import type { JournalSpec } from '../ports/origin-chain.js';
import { FakeAttester } from '../testing/fake-attester.js';
import { FakeClock, settle } from '../testing/fake-clock.js';
import { FakeOriginChain } from '../testing/fake-origin-chain.js';
import { MemoryAttestationLog } from '../testing/memory-attestation-log.js';
import { MemoryHistory } from '../testing/memory-history.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { attestJournal } from './attest-journal.js';
import { Bell } from '../running/bell.js';
import { SigningPermit } from './signing-permit.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
const HEIGHT_MAX = 240;
const BLOCK_TIME_S = 90;
const START_S = 1_700_000_000n;

const edge = {
  originChainId: 31_337n,
  journal: address(`0x${'11'.repeat(20)}`),
  destinationChainId: 31_339n,
  replica: address(`0x${'22'.repeat(20)}`),
};
const journal: JournalSpec = {
  edge,
  edgeId: edgeId(edge, keccak256),
  direction: 'to-ledger',
  contract: edge.journal,
  codeHash: ZERO_WORD,
  fromBlock: blockHeight(1n),
};

interface Lock {
  readonly height: number;
  readonly times: number;
}

/** Follows one chain at one pace, restarting where asked, and returns what was signed. */
async function follow(options: {
  locks: readonly Lock[];
  frameLength: bigint;
  pace: readonly { blocks: number; restart: boolean }[];
}): Promise<readonly JournalHead[]> {
  const { locks, frameLength, pace } = options;
  const chain = new FakeOriginChain({ journal, keccak256, blockTimeS: BLOCK_TIME_S, startS: START_S });
  for (const { height, times } of locks) {
    for (let time = 0; time < times; time++) chain.append(BigInt(height), lockOf(height));
  }
  const attester = new FakeAttester({
    address: address(`0x${'55'.repeat(20)}`),
    history: new MemoryHistory(),
    keccak256,
  });
  const log = new MemoryAttestationLog();
  let heads = new Bell();
  const run = (signal: AbortSignal): Promise<unknown> =>
    attestJournal(
      {
        chain,
        journal,
        frameLength,
        domain: { chainId: 31_339n, verifyingContract: edge.replica },
        epochs: { readEpochs: async () => [{ epoch: 1, activeFrom: 0n }] },
        readReplica: async () => ({ name: journal.edgeId, count: 0n, generation: 0, isRewinding: false }),
        confirmHistory: async () => undefined,
        attester,
        permit: new SigningPermit(),
        log,
        observer: new RecordingObserver(),
        keccak256,
        clock: new FakeClock(),
        heads,
        committed: new Bell(),
      },
      signal,
    );
  let stop = new AbortController();
  let running = run(stop.signal);
  const ends = [...pace, { blocks: HEIGHT_MAX, restart: false }];
  for (const { blocks, restart } of ends) {
    const final = BigInt(Math.min(HEIGHT_MAX, Number(chain.final) + blocks));
    chain.advanceTo(final, final);
    heads.ring();
    if (restart) {
      stop.abort();
      await running;
      heads = new Bell();
      stop = new AbortController();
      running = run(stop.signal);
    }
    await settle();
  }
  stop.abort();
  await running;
  return attester.signed.map(({ statement }) => statement);
}

function lockOf(height: number): Parameters<FakeOriginChain['append']>[1] {
  return {
    kind: 'LOCK',
    asset: 1,
    amount: tokenUnits(BigInt(height)),
    account: bytes32(`0x${'66'.repeat(32)}`),
    party: ZERO_WORD,
    fee: tokenUnits(0n),
  };
}

/** The (count, height) pairs that the protocol requires where the journal grew. */
function growthOf(locks: readonly Lock[], frameLength: number): string[] {
  const countAt = (height: number): bigint =>
    BigInt(locks.filter((lock) => lock.height <= height).reduce((sum, { times }) => sum + times, 0));
  const pairs: string[] = [];
  for (let height = frameLength; height <= HEIGHT_MAX; height += frameLength) {
    const [before, now] = [countAt(height - frameLength), countAt(height)];
    if (now > before) pairs.push(...new Set([...cutsBetween(before, now), now].map((count) => `${count}@${height}`)));
  }
  return pairs;
}

const locksOf = fc
  .array(fc.record({ height: fc.integer({ min: 1, max: HEIGHT_MAX }), times: fc.integer({ min: 1, max: 70 }) }), {
    maxLength: 6,
  })
  .map((locks) => [...locks].sort((left, right) => left.height - right.height));
const paceOf = fc.array(fc.record({ blocks: fc.integer({ min: 1, max: 90 }), restart: fc.boolean() }), {
  maxLength: 8,
});

it('produces the same statements in the same order for all growth, at any pace and with any restarts', async () => {
  await fc.assert(
    fc.asyncProperty(locksOf, paceOf, paceOf, fc.integer({ min: 1, max: 9 }), async (locks, one, other, length) => {
      const wanted = growthOf(locks, length);
      const heads = new Map<bigint, string>();
      const growth: JournalHead[][] = [];
      for (const pace of [one, other]) {
        const signed = await follow({ locks, frameLength: BigInt(length), pace });
        for (const { count, head } of signed) {
          expect(heads.get(count) ?? head).toBe(head);
          heads.set(count, head);
        }
        const isGrowth = ({ count, blockNumber }: JournalHead): boolean => wanted.includes(`${count}@${blockNumber}`);
        growth.push(signed.filter(isGrowth));
        expect(signed.filter(isGrowth).map(({ count, blockNumber }) => `${count}@${blockNumber}`)).toEqual(wanted);
        for (const { asOf } of signed.filter((statement) => !isGrowth(statement))) {
          expect(isHeartbeat(asOf, asOf - BigInt(BLOCK_TIME_S * length))).toBe(true);
        }
      }
      expect(growth[0]).toEqual(growth[1]);
    }),
    { numRuns: 60 },
  );
});
