import { marketTrancheAbi } from '@surety/contracts';
import {
  type AccountName,
  type LocalNetwork,
  SETTLEMENT_CHAIN_ID,
  awaitReceipt,
  cover,
  lend,
  marketOf,
  walletOf,
} from '@surety/devnet';

/** Gives an account shares of the market and of its tranche, and has all of the latter on their way out. */
export async function holdMarketShares(network: LocalNetwork, by: AccountName): Promise<void> {
  await lend(network, by, 1_000_000n);
  const shares = 1_000_000n;
  await cover(network, by, shares);
  const junior = { address: marketOf(network).tranche, abi: marketTrancheAbi } as const;
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  const hash = await wallet.writeContract({ ...junior, functionName: 'requestExit', args: [shares] });
  await awaitReceipt(network, SETTLEMENT_CHAIN_ID, hash);
}
