import { attesterSetAbi, collateralLedgerAbi, keccak256 } from '@surety/contracts';
import {
  type Address,
  AppError,
  type Bytes32,
  type JournalHead,
  address,
  bytesToHex,
  chainId,
  concatBytes,
  foldJournal,
  hexToBytes,
  statementDigest,
  wad,
} from '@surety/domain';
import { createPublicClient, custom, encodeErrorResult, encodeFunctionData } from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import type { CompleteStatement } from './aggregator-client.js';
import { readMarginOnChain } from './read-margin-on-chain.js';
import { suretyActions } from './surety-actions.js';
import { verifyEntries, verifyStatement } from './verify-statement.js';

const EDGE = `0x${'ab'.repeat(32)}` as Bytes32;
const START = { count: 3n, head: EDGE };
const PACKED = new Uint8Array(2 * 95).fill(7);
const REACHED = foldJournal(START, PACKED, keccak256);
const DOMAIN = { chainId: chainId(900), verifyingContract: address(`0x${'aa'.repeat(20)}`) };
const MEMBERS = [1, 2, 3, 4].map((at) => privateKeyToAccount(`0x${String(at).repeat(64)}`));
const STRANGER = privateKeyToAccount(`0x${'9'.repeat(64)}`);
const EPOCH = { epoch: 1, members: MEMBERS.map((member) => address(member.address)), domain: DOMAIN };
const STATEMENT: JournalHead = {
  edge: EDGE,
  count: REACHED.count,
  tip: REACHED.count,
  head: REACHED.head,
  blockNumber: 8n,
  blockHash: `0x${'ef'.repeat(32)}` as JournalHead['blockHash'],
  asOf: 1_000n,
  epoch: 1,
};

async function signedBy(signers: readonly PrivateKeyAccount[], statement = STATEMENT): Promise<CompleteStatement> {
  const hash = statementDigest(statement, DOMAIN, keccak256);
  const parts = await Promise.all(signers.map((signer) => signer.sign({ hash })));
  return {
    statement,
    signers: signers.map((signer) => address(signer.address)),
    signatures: bytesToHex(concatBytes(...parts.map((part) => hexToBytes(part, 65)))),
  };
}

describe('a statement is refused', () => {
  const whyRefused = async (complete: CompleteStatement): Promise<string> => {
    const error: unknown = await verifyStatement(complete, EPOCH).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    return error instanceof AppError && error.code === 'FORGED_STATEMENT' ? error.message : 'not refused';
  };

  it('below the quorum, and when one member signed it three times', async () => {
    expect(await whyRefused(await signedBy(MEMBERS.slice(0, 2)))).toMatch(/2 members signed it; expected at least 3/);
    const [first] = MEMBERS as [PrivateKeyAccount];
    expect(await whyRefused(await signedBy([first, first, first]))).toMatch(/signature 1 is by 0x[0-9a-f]{40} again/);
  });

  it('with an unknown signer, of another epoch, or with signatures over other bytes', async () => {
    expect(await whyRefused(await signedBy([...MEMBERS.slice(1), STRANGER]))).toMatch(/expected a member of epoch 1/);
    expect(await whyRefused(await signedBy(MEMBERS, { ...STATEMENT, epoch: 2 }))).toMatch(/of epoch 2; expected 1/);
    const complete = await signedBy(MEMBERS);
    expect(await whyRefused({ ...complete, statement: { ...STATEMENT, count: 6n } })).toMatch(/expected a member/);
    expect(await whyRefused({ ...complete, signatures: `${complete.signatures}00` })).toMatch(
      /261 bytes; expected 65 each/,
    );
    expect(await whyRefused({ ...complete, signatures: `0x${'00'.repeat(65)}` })).toMatch(/signature 0 is by nobody/);
  });

  it('with a signature in a form that the ledger rejects', async () => {
    const complete = await signedBy(MEMBERS);
    const twin = `${twinOf(complete.signatures)}${complete.signatures.slice(132)}` as typeof complete.signatures;
    expect(await whyRefused({ ...complete, signatures: twin })).toMatch(/signature 0 is by nobody/);
    const legacy = complete.signatures.replace(/1[bc]$/, '00') as typeof complete.signatures;
    expect(await whyRefused({ ...complete, signatures: legacy })).toMatch(/signature 3 is by nobody/);
  });
});

/** Returns the other valid form of a signature: s above half the curve order, which recovers to the same signer. */
function twinOf(signature: string): string {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, '0');
  return `${signature.slice(0, 66)}${s}${signature.slice(130, 132) === '1b' ? '1c' : '1b'}`;
}

describe('a statement from an aggregator', () => {
  it('is valid if k members signed exactly these bytes', async () => {
    await expect(verifyStatement(await signedBy(MEMBERS.slice(1)), EPOCH)).resolves.toBeUndefined();
  });

  it('is valid only if its entries lead to the head', () => {
    expect(verifyEntries(START, PACKED, STATEMENT)).toEqual(REACHED);
    const short = PACKED.subarray(95);
    expect(() => verifyEntries(START, short, STATEMENT)).toThrow(
      expect.objectContaining({ code: 'FORGED_ENTRIES' }) as Error,
    );
    const changed = Uint8Array.from(PACKED, (byte, at) => (at === 100 ? 8 : byte));
    expect(() => verifyEntries(START, changed, STATEMENT)).toThrow(/expected 5 with head/);
  });
});

describe('a statement at the attester set', () => {
  it('is asked about as it is now, and refused with the name of what the set refuses', async () => {
    const attesterSet = DOMAIN.verifyingContract;
    const asked: unknown[] = [];
    let suspended = false;
    const transport = custom({
      request: async ({ params }: { params: unknown }) => {
        asked.push(params);
        if (!suspended) return '0x';
        const args = [0n, EPOCH.members[0] ?? attesterSet, 1] as const;
        const data = encodeErrorResult({ abi: attesterSetAbi, errorName: 'SignerSuspended', args });
        throw Object.assign(new Error('execution reverted'), { code: 3, data });
      },
    });
    const set = createPublicClient({ transport }).extend(suretyActions({ ledger: attesterSet, attesterSet }));
    const complete = await signedBy(MEMBERS.slice(1));
    await expect(set.verifyHead(complete)).resolves.toBeUndefined();
    const args = [STATEMENT, complete.signatures] as const;
    const data = encodeFunctionData({ abi: attesterSetAbi, functionName: 'verifyHead', args });
    expect(asked).toEqual([[{ to: attesterSet, data }, 'latest']]);
    suspended = true;
    await expect(set.verifyHead(complete)).rejects.toThrow('SignerSuspended');
  });
});

describe('a margin on chain', () => {
  it('is read at the block that is the newest at each call', async () => {
    let newest = 12;
    const transport = custom({
      request: async ({ method }: { method: string }) =>
        method === 'eth_blockNumber' ? `0x${(newest++).toString(16)}` : `0x${'00'.repeat(8 * 32)}`,
    });
    const chain = createPublicClient({ transport });
    const request = { ledger: address(`0x${'bb'.repeat(20)}`), account: EDGE };
    const [first, second] = [await readMarginOnChain(chain, request), await readMarginOnChain(chain, request)];
    expect([first.height, second.height]).toEqual([12n, 13n]);
  });

  it('is read at one block, by default the newest', async () => {
    const asked: unknown[] = [];
    const words = [1n, 2n, 3n, 4n, 5n, 6n, 0n, 7n].map((word) => word.toString(16).padStart(64, '0')).join('');
    const transport = custom({
      request: async ({ method, params }: { method: string; params: unknown }) => {
        if (method === 'eth_blockNumber') return '0xc';
        asked.push({ method, params });
        return `0x${words}`;
      },
    });
    const chain = createPublicClient({ transport });
    const ledger = `0x${'bb'.repeat(20)}` as Address;
    expect(await readMarginOnChain(chain, { ledger, account: EDGE })).toEqual({
      height: 12n,
      assetsWad: { initial: wad(1n), exit: wad(3n), maintenance: wad(5n) },
      requirementWad: { initial: wad(2n), exit: wad(4n), maintenance: wad(6n) },
      status: 0n,
      oldestAsOf: 7n,
    });
    const data = encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'marginOf', args: [EDGE] });
    expect(asked).toEqual([{ method: 'eth_call', params: [{ to: ledger, data }, '0xc'] }]);
  });
});
