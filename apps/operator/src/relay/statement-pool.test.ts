import { keccak256 } from '@surety/contracts';
import { type Hex, type JournalHead, address, blockHash, bytes32, chainId, statementDigest } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, type PublicClient } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import type { RelayedEdge } from './relayed-edges.js';
import { StatementPool } from './statement-pool.js';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const edgeId = bytes32(`0x${'ed'.repeat(32)}`);
const domain = { chainId: chainId(7), verifyingContract: address(`0x${'77'.repeat(20)}`) };
const edge = { journal: { edgeId }, domain } as unknown as RelayedEdge;
const member = privateKeyToAccount(`0x${'11'.repeat(32)}`);
const statement = (epoch: number): JournalHead => ({
  edge: edgeId,
  count: 3n,
  tip: 3n,
  head: edgeId,
  blockNumber: 8n,
  blockHash: blockHash(edgeId),
  asOf: 9n,
  epoch,
});
const sign = (epoch: number): Promise<Hex> =>
  member.sign({ hash: statementDigest(statement(epoch), domain, keccak256) });

/** A verifier that knows epoch 1; every other one reverts. */
const verifier = (fails: () => Error) =>
  ({
    readContract: async ({ args: [epoch] }: { args: [number] }) => {
      if (epoch !== 1) throw fails();
      return [member.address, ...['22', '33', '44'].map((pair) => `0x${pair.repeat(20)}`)];
    },
  }) as unknown as PublicClient;
const unknown = (): Error => {
  const cause = new ContractFunctionRevertedError({ abi: [], functionName: 'members' });
  return new BaseError('members reverted', { cause });
};
const read = (pool: StatementPool, held: readonly { statement: JournalHead; signatures: Hex }[]) =>
  pool.sourceOf(async () => held).readSigned(edgeId, { after: 0n, upTo: 9n });

describe('a pool of statements that nobody vouches for', () => {
  it('keeps what is good beside a statement of an epoch that was never there', async () => {
    const held = [
      { statement: statement(999), signatures: await sign(999) },
      { statement: statement(1), signatures: await sign(1) },
    ];
    expect(await read(new StatementPool(edge, verifier(unknown)), held)).toHaveLength(1);
  });

  it('does not take a destination that cannot be read for one without members', async () => {
    const held = [{ statement: statement(2), signatures: await sign(2) }];
    const away = verifier(() => new Error('away'));
    await expect(read(new StatementPool(edge, away), held)).rejects.toThrow('away');
  });

  it('leaves out every other form of a member’s signature: the verifier refuses a batch for it', async () => {
    const good = await sign(1);
    const [r, s, v] = [good.slice(2, 66), BigInt(`0x${good.slice(66, 130)}`), good.slice(130)];
    const parity = v === '1b' ? 0 : 1;
    const twin = (ORDER - s).toString(16).padStart(64, '0');
    const forms = [
      `0x${r}${good.slice(66, 130)}0${parity}`,
      `0x${r}${twin}${parity === 0 ? '1c' : '1b'}`,
    ] as const satisfies readonly Hex[];
    const held = [good, ...forms].map((signatures) => ({ statement: statement(1), signatures }));
    const signed = await read(new StatementPool(edge, verifier(unknown)), held);
    expect(signed.map(({ signature }) => signature)).toEqual([good]);
  });

  it('takes nothing of a statement with more signatures than the epoch has members, each of which it would recover', async () => {
    const good = await sign(1);
    const times = (count: number) => ({
      statement: statement(1),
      signatures: `0x${good.slice(2).repeat(count)}` as const,
    });
    const pool = new StatementPool(edge, verifier(unknown));
    expect([await read(pool, [times(5)]), await read(pool, [times(4)])]).toMatchObject([[], { length: 4 }]);
  });
});
