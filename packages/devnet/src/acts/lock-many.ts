import { collateralVaultAbi } from '@surety/contracts';
import { type AccountId, ZERO_WORD } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { connectWallet } from '../chains/connections.js';
import { devnetError } from '../errors.js';
import type { LocalNetwork } from '../network/start-network.js';
import { assetIndexOf, mintAndApprove, vaultOf } from './lock.js';

/** Gas of a lock, with room: fees in excess are given back. */
const LOCK_GAS = 120_000n;

/**
 * Locks USDC for many accounts in one block: mining stops until every transaction waits, then one block is mined. Mining stays
 * stopped afterwards; the caller starts it again. Returns that block's height.
 * @throws STORY_BROKE if the block does not hold them all.
 */
export async function lockManyInOneBlock(
  network: LocalNetwork,
  request: { readonly chainId: number; readonly accounts: readonly AccountId[]; readonly units: bigint },
): Promise<bigint> {
  const { chainId, accounts, units } = request;
  const node = network.nodes.get(chainId);
  const reader = network.readers.get(chainId);
  if (node === undefined || reader === undefined)
    throw devnetError('STORY_BROKE', `chain ${chainId} is not part of this network`);
  await mintAndApprove(network, { chainId, by: 'faucet', asset: 'USDC', units: units * BigInt(accounts.length) });
  await node.startBlocks(0);
  const wallet = connectWallet(node.url, chainId, 'faucet');
  const first = await reader.getTransactionCount({ address: wallet.account.address });
  const asset = assetIndexOf(network, { chainId, asset: 'USDC' });
  for (const [at, account] of accounts.entries()) {
    const data = encodeFunctionData({
      abi: collateralVaultAbi,
      functionName: 'lock',
      args: [asset, units, account, ZERO_WORD, 0n, 0],
    });
    await wallet.sendTransaction({ to: vaultOf(network, chainId), data, nonce: first + at, gas: LOCK_GAS });
  }
  await node.call('evm_mine');
  const block = await reader.getBlock({ blockTag: 'latest' });
  if (block.transactions.length !== accounts.length) {
    throw devnetError(
      'STORY_BROKE',
      `block ${block.number} holds ${block.transactions.length} transactions; expected ${accounts.length}`,
    );
  }
  return block.number;
}
