import { collateralLedgerAbi, collateralVaultAbi, lockGatewayAbi } from '@surety/contracts';
import { type Address, type Bytes32, accountId, address } from '@surety/domain';
import {
  type Log,
  decodeFunctionData,
  encodeAbiParameters,
  encodeEventTopics,
  erc20Abi,
  pad,
  parseAbiParameters,
} from 'viem';
import { describe, expect, it } from 'vitest';
import {
  approveCall,
  findLocked,
  findOptOutcome,
  lockCall,
  lockCoinCall,
  optingCall,
  releaseCall,
} from './owner-calls.js';

const filled = (digit: string): Address => address(`0x${digit.repeat(40)}`);
const [VAULT, TOKEN, GATEWAY, LEDGER, OWNER] = ['1', '2', '3', '4', '5'].map(filled) as [
  Address,
  Address,
  Address,
  Address,
  Address,
];
const ACCOUNT = accountId({ owner: OWNER, home: 0, sub: 0n });
const LOCK = { vault: VAULT, vaultAsset: 3, amount: 500n, account: ACCOUNT, fee: 7n };
const EDGE: Bytes32 = pad(LEDGER) as Bytes32;

/** A `Locked` event of entry `index` that a contract tells of. */
function locked(teller: Address, index: bigint): Log {
  const indexed = { edge: EDGE, index, account: ACCOUNT };
  const topics = encodeEventTopics({ abi: collateralVaultAbi, eventName: 'Locked', args: indexed });
  const rest = parseAbiParameters('uint16 asset, uint128 amount, bytes32 party, uint96 fee');
  return { address: teller, data: encodeAbiParameters(rest, [3, 500n, EDGE, 7n]), topics } as unknown as Log;
}

describe('what an owner signs', () => {
  it('approves an amount, locks tokens or coin, and requests a release, with each value in its place', () => {
    const approval = approveCall({ token: TOKEN, spender: VAULT, amount: 500n });
    expect(approval).toMatchObject({ to: TOKEN, value: 0n });
    expect(decodeFunctionData({ abi: erc20Abi, data: approval.data }).args).toEqual([VAULT, 500n]);
    const lock = lockCall(LOCK);
    expect(lock).toMatchObject({ to: VAULT, value: 0n });
    const memo = pad('0x', { size: 32 });
    expect(decodeFunctionData({ abi: collateralVaultAbi, data: lock.data }).args).toEqual([
      3,
      500n,
      ACCOUNT,
      memo,
      7n,
      0,
    ]);
    const coin = lockCoinCall(LOCK, GATEWAY);
    expect(coin).toMatchObject({ to: GATEWAY, value: 500n });
    expect(decodeFunctionData({ abi: lockGatewayAbi, data: coin.data }).args).toEqual([VAULT, ACCOUNT, memo, 7n, 0]);
    const release = releaseCall({
      ledger: LEDGER,
      account: ACCOUNT,
      assetId: 9,
      amount: 40n,
      recipient: OWNER,
      fee: 1n,
    });
    expect(release).toMatchObject({ to: LEDGER, value: 0n });
    expect(decodeFunctionData({ abi: collateralLedgerAbi, data: release.data }).args).toEqual([
      ACCOUNT,
      9,
      40n,
      pad(OWNER),
      1n,
    ]);
  });

  it('finds the entry of a lock among the events of its vault alone', () => {
    expect(findLocked([locked(TOKEN, 8n)], VAULT)).toBeUndefined();
    expect(findLocked([locked(VAULT, 6n), locked(TOKEN, 8n)], VAULT)).toEqual({
      id: `${EDGE}:6`,
      edge: EDGE,
      index: 6n,
      amount: 500n,
    });
  });
});

describe('protocols of an account', () => {
  const order = { ledger: LEDGER, account: ACCOUNT, protocol: TOKEN };
  /** An event of the ledger's with its indexed members, and what stands in its data. */
  const told = (
    eventName: 'OptedIn' | 'OptedOut' | 'NoticeGiven',
    data: `0x${string}` = '0x',
    teller = LEDGER,
  ): Log => {
    const topics = encodeEventTopics({
      abi: collateralLedgerAbi,
      eventName,
      args: { account: ACCOUNT, protocol: TOKEN },
    });
    return { address: teller, data, topics } as unknown as Log;
  };

  it.each(['optIn', 'optOut'] as const)('are let in and left by the ledger: %s', (functionName) => {
    const call = optingCall(functionName, order);
    expect([call.to, call.value]).toEqual([LEDGER, 0n]);
    expect(decodeFunctionData({ abi: collateralLedgerAbi, data: call.data })).toEqual({
      functionName,
      args: [ACCOUNT, TOKEN],
    });
  });

  it('are in, out or given notice, as the ledger tells and nobody else', () => {
    const notice = told('NoticeGiven', encodeAbiParameters(parseAbiParameters('uint256'), [1_800_000_000n]));
    expect(findOptOutcome([told('OptedIn')], LEDGER)).toEqual({ kind: 'in' });
    expect(findOptOutcome([told('OptedOut')], LEDGER)).toEqual({ kind: 'out' });
    expect(findOptOutcome([notice], LEDGER)).toEqual({ kind: 'notice', endsAt: 1_800_000_000n });
    expect(findOptOutcome([told('OptedIn', '0x', VAULT)], LEDGER)).toEqual({ kind: 'unchanged' });
  });
});
