import { developmentFeedAbi } from '@surety/contracts';
import type { Address } from '@surety/domain';
import { connectWallet } from '../chains/connections.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { Network } from '../network/start-network.js';

/** Sets what a development feed answers from now on, in 8 decimals. The ledger follows when somebody pokes. */
export async function setPrice(network: Network, symbol: string, answer: bigint): Promise<void> {
  const url = network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '';
  const wallet = connectWallet(url, SETTLEMENT_CHAIN_ID, 'feeder');
  const address = network.feeds.get(symbol) as Address;
  const hash = await wallet.writeContract({ address, abi: developmentFeedAbi, functionName: 'set', args: [answer] });
  await network.readers.get(SETTLEMENT_CHAIN_ID)?.waitForTransactionReceipt({ hash });
}
