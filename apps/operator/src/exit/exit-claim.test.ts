import { collateralVaultAbi } from '@surety/contracts';
import { accountId, address, blockHash, bytes32 } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, encodeErrorResult } from 'viem';
import { describe, expect, it } from 'vitest';
import { exitStateOf } from '../testing/exit-state.js';
import { proveClaim } from './exit-claim.js';
import type { ExitItem } from './exit-items.js';
import type { ExitVault } from './exit-vault.js';

const OWNER = address(`0x${'a1'.repeat(20)}`);
const CLAIMANT = {
  account: accountId({ owner: OWNER, home: 0, sub: 0n }),
  caller: OWNER,
  recipient: OWNER,
  protocol: undefined,
};
const LINE: ExitItem = {
  name: 'line:USDC',
  vaultAsset: 1,
  amount: 100n,
  leaf: bytes32(`0x${'1e'.repeat(32)}`),
  isShared: true,
  prove: () => Promise.resolve({ functionName: 'claimLine', args: [1, [], []], marks: [] }),
};

/** A vault that refuses as `VaultExit._claim` does: first above what is left of the item, then above what it can pay. */
function vaultWith(left: bigint, room: bigint): ExitVault {
  const refuse = (amount: bigint, most: bigint): never => {
    const args = [amount, most] as const;
    const data = encodeErrorResult({ abi: collateralVaultAbi, errorName: 'ExitAmountRefused', args });
    const cause = new ContractFunctionRevertedError({ abi: collateralVaultAbi, data, functionName: 'claimLine' });
    throw new BaseError('execution reverted', { cause });
  };
  const client = {
    simulateContract: ({ args }: { args: readonly [{ readonly amount: bigint }] }) => {
      const [{ amount }] = args;
      if (amount === 0n || amount > left) refuse(amount, left);
      if (amount > room) refuse(amount, room);
      return Promise.resolve({});
    },
  };
  const proof = { header: '0x', operator: [], shares: [] };
  return { client, vault: address(`0x${'c1'.repeat(20)}`), prove: () => Promise.resolve(proof) } as never;
}

describe('what may be claimed of an item', () => {
  it.each([
    ['is all that is left where the vault accounts for it', 100n, 250n, { left: 100n, room: 100n }],
    ['is what the vault still accounts for where lines hold more', 100n, 60n, { left: 100n, room: 60n }],
    ['is nothing where others have claimed all of it', 100n, 0n, { left: 100n, room: 0n }],
    ['is nothing once it is claimed', 0n, 60n, { left: 0n, room: 0n }],
  ])('%s', async (_, left, room, expected) => {
    const state = exitStateOf({ anchor: blockHash(`0x${'22'.repeat(32)}`) });
    const { probe } = await proveClaim(vaultWith(left, room), state, LINE, CLAIMANT);
    expect(await probe()).toEqual(expected);
  });
});
