import { collateralLedgerAbi, developmentTokenAbi } from '@surety/contracts';
import type { Address } from '@surety/domain';
import { type GetContractReturnType, type Hex, type PublicClient, type TransactionReceipt, getContract } from 'viem';
import type { AccountName } from '../chains/accounts.js';
import { type DevnetWallet, connectWallet } from '../chains/connections.js';
import type { DeployTarget } from '../chains/deploy-development.js';
import { devnetError } from '../errors.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
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

/** Waits until a transaction is mined. @throws STORY_BROKE if it reverts. */
export async function awaitReceipt(
  network: Pick<LocalNetwork, 'readers'>,
  chainId: number,
  sent: Hex | Promise<Hex>,
): Promise<TransactionReceipt> {
  const hash = await sent;
  const receipt = await readerOf(network, chainId).waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success') {
    throw devnetError('STORY_BROKE', `transaction ${hash} on chain ${chainId} reverted`);
  }
  return receipt;
}

/** Gas for one call of a development token. Given, since an estimate is made on a state that others change meanwhile. */
const TOKEN_CALL_GAS = 120_000n;

/** Mints units of a development token to an account, and lets a spender take some: as many unless given. */
export async function mintAndAllow(
  network: Pick<LocalNetwork, 'nodes' | 'readers'>,
  of: {
    readonly chainId: number;
    readonly by: AccountName;
    readonly token: Address;
    readonly spender: Address;
    readonly units: bigint;
    readonly allowed?: bigint;
  },
): Promise<void> {
  const { chainId, token: address, spender, units, allowed = units } = of;
  const wallet = walletOf(network, chainId, of.by);
  const token = { address, abi: developmentTokenAbi, gas: TOKEN_CALL_GAS } as const;
  // Both may stand in one block.
  const hashes = [
    await wallet.writeContract({ ...token, functionName: 'mint', args: [wallet.account.address, units] }),
    await wallet.writeContract({ ...token, functionName: 'approve', args: [spender, allowed] }),
  ];
  await Promise.all(hashes.map((hash) => awaitReceipt(network, chainId, hash)));
}

/** Returns the ledger as a node of the settlement chain tells of it. */
export function ledgerContractOf(
  network: Pick<LocalNetwork, 'readers' | 'plan'>,
): GetContractReturnType<typeof collateralLedgerAbi, PublicClient> {
  const client = readerOf(network, SETTLEMENT_CHAIN_ID);
  return getContract({ address: network.plan.settlement.ledger, abi: collateralLedgerAbi, client });
}

/** Returns a chain as the bridges' own account deploys and carries on it. */
export function bridgesOn(network: Pick<LocalNetwork, 'nodes' | 'readers'>, chainId: number): DeployTarget {
  return { reader: readerOf(network, chainId), wallet: walletOf(network, chainId, 'bridges') };
}
