import { setMaxListeners } from 'node:events';
import { keccak256 } from '@surety/contracts';
import { type Bytes32, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { AnvilNode } from '@surety/rpc/testing';
import {
  type AttestationLog,
  type Attester,
  Bell,
  type JournalCursor,
  type SignedStatement,
  PooledChain,
  SigningPermit,
  attestJournal,
} from '@surety/workflows';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JournalWriter } from './testing/journal-writer.js';
import { openTestChain } from './testing/test-chain.js';

const JOURNALS = 5;
const FRAME_LENGTH = 4n;
/** Distinct block headers read for the frame below: old and new tip, two frames, and the block of the entries. */
const HEADERS_MAX = 6;
const POLL = { timeout: 15_000, interval: 5 };

let node: AnvilNode;
const writers: JournalWriter[] = [];
beforeAll(async () => {
  // In the middle of ten minutes, so that no heartbeat is due.
  const args = ['--slots-in-an-epoch', '1', '--timestamp', '1700000100'];
  node = await AnvilNode.start({ chainId: 41_120, args });
  const first = await JournalWriter.deploy(node, keccak256, { direction: 'to-vault' });
  writers.push(first);
  for (let at = 1; at < JOURNALS; at++) writers.push(await first.openBeside(address(`0x${`8${at}`.repeat(20)}`)));
  await node.mine(12);
});
afterAll(() => node.stop());

/** A log that stores only cursors. */
function cursorLog(): AttestationLog & { readonly heights: () => bigint[] } {
  const cursors = new Map<Bytes32, JournalCursor>();
  return {
    heights: () => [...cursors.values()].map(({ height }) => height),
    loadCursor: async (edge) => cursors.get(edge),
    commit: async ({ cursor }) => void cursors.set(cursor.edge, cursor),
    loadCuts: async () => [],
    loadCutsAbove: async () => [],
  } as Partial<AttestationLog> as AttestationLog & { readonly heights: () => bigint[] };
}

it('costs one chain the header and quorum calls of one journal, however many it has', async () => {
  const { chain, transports } = await openTestChain(node);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const { signal } = stopping;
  const heads = new Bell();
  const pooled = new PooledChain({ chain, heads, signal });
  const log = cursorLog();
  const signed: SignedStatement[] = [];
  const attester = {
    address: address(`0x${'55'.repeat(20)}`),
    sign: async (statements) => {
      const made = statements.map(({ statement }) => ({
        statement,
        signer: attester.address,
        signature: '0x' as const,
      }));
      signed.push(...made);
      return made;
    },
  } as Partial<Attester> as Attester;
  const run = ({ spec }: JournalWriter): Promise<unknown> =>
    attestJournal(
      {
        chain: pooled,
        heads,
        log,
        attester,
        keccak256,
        journal: spec,
        frameLength: FRAME_LENGTH,
        domain: { chainId: 900n, verifyingContract: spec.edge.replica },
        epochs: { readEpochs: async () => [{ epoch: 1, activeFrom: 0n }] },
        readReplica: async () => ({ name: spec.edgeId, count: 0n, generation: 0, isRewinding: false }),
        confirmHistory: async () => undefined,
        permit: new SigningPermit(),
        observer: { observe: () => undefined },
        clock: systemClock,
        committed: new Bell(),
      },
      signal,
    );
  const running = writers.map(run);
  const frameAt = async (): Promise<bigint> => {
    const { number } = (await node.rpc('eth_getBlockByNumber', ['finalized', false])) as { number: string };
    return BigInt(number) - (BigInt(number) % FRAME_LENGTH);
  };
  const caughtUp = async (): Promise<void> => {
    const frame = await frameAt();
    await expect.poll(() => log.heights().filter((height) => height === frame).length, POLL).toBe(JOURNALS);
  };
  await caughtUp();

  // One frame in which every journal grew, in one block.
  await node.rpc('evm_setAutomine', [false]);
  const grown: Promise<string>[] = [];
  for (const writer of writers) {
    grown.push(writer.append(7n));
    // Sequentially, since the node assigns nonces from its pool.
    while (Number(((await node.rpc('txpool_status')) as { pending: string }).pending) < grown.length);
  }
  await node.mine(1);
  await Promise.all(grown);
  await node.rpc('evm_setAutomine', [true]);
  await node.mine(2 * Number(FRAME_LENGTH));
  const before = transports.map((transport) => transport.requests.length);
  heads.ring();
  await caughtUp();
  stopping.abort();
  await Promise.all(running);

  expect(signed.map(({ statement: { edge } }) => edge).sort()).toEqual(writers.map(({ spec }) => spec.edgeId).sort());
  const asked = transports.flatMap((transport, at) => transport.requests.slice(before[at]));
  const count = (name: string): number => asked.filter(({ method }) => method === name).length;
  const times = new Map<string, number>();
  for (const [at, transport] of transports.entries()) {
    for (const { method, params } of transport.requests.slice(before[at])) {
      const key = `p${at} ${method} ${JSON.stringify(params)}`;
      if (String(params[0]).startsWith('0x')) times.set(key, (times.get(key) ?? 0) + 1);
    }
  }
  const headers = [...times].filter(([key]) => key.includes('eth_getBlockByNumber'));
  // A block that was the tip is read once more when the tip rises above it, so that a reverted one is noticed.
  expect(headers.filter(([, asks]) => asks > 2)).toEqual([]);
  expect(headers.reduce((sum, [, asks]) => sum + asks, 0)).toBeLessThanOrEqual(4 * HEADERS_MAX);
  // The newest frame needs one proof for all journals of its contract, and the older one in which they grew one for each.
  expect([count('eth_getProof'), count('eth_getLogs')]).toEqual([1 + JOURNALS, 2 * JOURNALS]);
});
