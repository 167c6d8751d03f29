import type { Hex, PublicClient, TransactionReceipt } from 'viem';
import type { AccountName } from '../chains/accounts.js';
import { type DevnetWallet, connectWallet } from '../chains/connections.js';
import { devnetError } from '../errors.js';
import type { LocalNetwork } from '../network/start-network.js';

/** Returns the wallet of a funded account on a chain. */
export function walletOf(network: Pick<LocalNetwork, 'nodes'>, chainId: number, name: AccountName): DevnetWallet {
  return connectWallet(network.nodes.get(chainId)?.url ?? '', chainId, name);
}

/** Returns the reader of a chain. @throws STORY_BROKE for a chain that is not part of the network. */
export function readerOf(network: Pick<LocalNetwork, 'readers'>, chainId: number): PublicClient {
  const reader = network.readers.get(chainId);
  if (reader === undefined) throw devnetError('STORY_BROKE', `chain ${chainId} is not part of this network`);
  return reader;
}

/** Waits for a transaction's receipt. @throws STORY_BROKE if it reverted. */
export async function awaitReceipt(
  network: Pick<LocalNetwork, 'readers'>,
  chainId: number,
  hash: Hex,
): Promise<TransactionReceipt> {
  const receipt = await readerOf(network, chainId).waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success') {
    throw devnetError('STORY_BROKE', `transaction ${hash} on chain ${chainId} reverted`);
  }
  return receipt;
}
