import type { SignedPoint } from '@surety/attestation';
import { type JournalHead, address, blockHash, bytes32, chainId } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { agreeOn } from './plan-rewind.js';

/** What a member signed of the point at one block. */
function signed(member: string, blockNumber: bigint, change: Partial<JournalHead> = {}): SignedPoint {
  return {
    signer: address(`0x${member.repeat(40)}`),
    domain: { chainId: chainId(900), verifyingContract: address(`0x${'5e'.repeat(20)}`) },
    statement: {
      edge: bytes32(`0x${'ed'.repeat(32)}`),
      count: 7n,
      tip: 9n,
      head: bytes32(`0x${'4e'.repeat(32)}`),
      blockNumber,
      blockHash: blockHash(`0x${'bb'.repeat(32)}`),
      asOf: 1_700_000_000n,
      epoch: 3,
      ...change,
    },
    signature: `0x${'01'.repeat(65)}`,
  };
}

const chosen = (points: readonly SignedPoint[]): [bigint, string] => {
  const { statement, points: own } = agreeOn(points);
  return [statement.blockNumber, own.map(({ signer }) => signer[2]).join('')];
};

describe('the statement that a rewind is begun with', () => {
  it('is the one that most members signed, each counted once, and the newest of several', () => {
    expect(chosen([signed('1', 8n)])).toEqual([8n, '1']);
    const told = [signed('1', 8n), signed('1', 16n), signed('1', 24n), signed('2', 16n), signed('2', 24n)];
    expect(chosen(told)).toEqual([24n, '12']);
    expect(chosen([...told, signed('3', 16n), signed('4', 16n)])).toEqual([16n, '1234']);
    expect(chosen([signed('1', 8n), signed('1', 8n), signed('2', 16n)])).toEqual([16n, '2']);
  });

  it.each<[string, Partial<JournalHead>]>([
    ['tip', { tip: 10n }],
    ['block', { blockHash: blockHash(`0x${'cc'.repeat(32)}`) }],
    ['time', { asOf: 1_700_000_001n }],
    ['epoch', { epoch: 4 }],
  ])('takes signatures of another %s for other bytes', (_, change) => {
    expect(chosen([signed('1', 8n), signed('2', 8n, change), signed('3', 8n)])).toEqual([8n, '13']);
  });

  it.each<[string, Partial<JournalHead>]>([
    ['name', { edge: bytes32(`0x${'ee'.repeat(32)}`) }],
    ['count', { count: 6n }],
    ['head', { head: bytes32(`0x${'4f'.repeat(32)}`) }],
  ])('is none if two files name another %s', (_, change) => {
    expect(() => agreeOn([signed('1', 8n), signed('2', 8n, change)])).toThrow('expected one point in all of them');
  });
});
