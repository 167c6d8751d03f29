import { type Address, type Bytes32, type JournalHead, address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import type { BatchSource } from '../ports/batch-source.js';
import type { Verifier } from '../ports/verifier.js';
import { leaveOutSuspended } from './leave-out-suspended.js';
import { EPOCHS_PER_PASS_MAX } from './limits.js';

const EDGE = `0x${'ab'.repeat(32)}` as Bytes32;
const [a, b, c, d] = ['1', '2', '3', '4'].map((digit) => address(`0x${digit.repeat(40)}`)) as [
  Address,
  Address,
  Address,
  Address,
];
const signatureOf = (signer: Address): string => signer.slice(2).padEnd(130, '0');

function attested(count: bigint, signers: readonly Address[], epoch = 1): AttestedStatement {
  const statement = { edge: EDGE, count, epoch } as JournalHead;
  return { statement, signers, signatures: `0x${signers.map(signatureOf).join('')}` };
}

const source = (...statements: AttestedStatement[]): BatchSource => ({
  readAttested: async () => statements,
  readEntries: async (_edge, from) => Uint8Array.of(Number(from)),
});
const asked: number[] = [];
const verifier: Verifier = {
  readSuspended: async (epoch) => {
    asked.push(epoch);
    return epoch === 1 ? { quorum: 3, suspended: [b] } : undefined;
  },
};
const read = (one: BatchSource) => leaveOutSuspended(one, verifier).readAttested(EDGE, { after: 0n });

describe('a source without suspended members’ signatures', () => {
  it('omits a statement that reaches k signatures only with theirs', async () => {
    expect(await read(source(attested(1n, [a, b, c])))).toEqual([]);
  });

  it('keeps a statement signed by k others, without their signatures', async () => {
    expect(await read(source(attested(1n, [a, b, c, d])))).toEqual([attested(1n, [a, c, d])]);
  });

  it('leaves other statements unchanged, also of epochs without suspensions', async () => {
    const others = [attested(1n, [a, c, d]), attested(2n, [a, b, c], 2)];
    expect(await read(source(...others))).toEqual(others);
  });

  it('reads each epoch once, and none without statements', async () => {
    asked.length = 0;
    await read(source(attested(1n, [a, c, d]), attested(2n, [a, c, d]), attested(3n, [a, c, d], 2)));
    await read(source());
    expect(asked).toEqual([1, 2]);
  });

  it('reads a limited number of epochs, however many a source makes up', async () => {
    asked.length = 0;
    const made = Array.from({ length: 5_000 }, (_, at) => attested(BigInt(at + 1), [a, c, d], at + 1));
    expect(await read(source(...made))).toEqual(made.slice(0, EPOCHS_PER_PASS_MAX));
    expect(asked).toHaveLength(EPOCHS_PER_PASS_MAX);
  });

  it('passes entries through', async () => {
    expect(await leaveOutSuspended(source(), verifier).readEntries(EDGE, 7n, 8n)).toEqual(Uint8Array.of(7));
  });
});
