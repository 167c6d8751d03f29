import { developmentTokenAbi, marketAbi, marketTrancheAbi } from '@surety/contracts';
import { type AccountName, type LocalNetwork, SETTLEMENT_CHAIN_ID, connectWallet, devnetAccount } from '@surety/devnet';
import type { Address } from '@surety/domain';

/** The local network's market, its junior tranche, and the token that it lends. */
export function marketOf({ plan }: LocalNetwork): {
  readonly market: Address;
  readonly tranche: Address;
  readonly token: Address;
} {
  const [first] = plan.settlement.markets;
  if (first === undefined) throw new Error('the local network has no market; expected one in its plan');
  return { market: first.market, tranche: first.tranche, token: first.request.token };
}

/** Gives an account shares of the market and of its tranche, and has all of the latter on their way out. */
export async function holdMarketShares(network: LocalNetwork, by: AccountName): Promise<void> {
  const { market, tranche, token } = marketOf(network);
  const url = network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '';
  const wallet = connectWallet(url, SETTLEMENT_CHAIN_ID, by);
  const [stable, pool, junior] = [
    { address: token, abi: developmentTokenAbi },
    { address: market, abi: marketAbi },
    { address: tranche, abi: marketTrancheAbi },
  ] as const;
  const [owner, units, shares] = [devnetAccount(by).address, 1_000_000n, 1_000_000n] as const;
  const acts = [
    () => wallet.writeContract({ ...stable, functionName: 'mint', args: [owner, units] }),
    () => wallet.writeContract({ ...stable, functionName: 'approve', args: [market, units] }),
    () => wallet.writeContract({ ...pool, functionName: 'deposit', args: [units, owner] }),
    () => wallet.writeContract({ ...pool, functionName: 'approve', args: [tranche, shares] }),
    () => wallet.writeContract({ ...junior, functionName: 'deposit', args: [shares, owner] }),
    () => wallet.writeContract({ ...junior, functionName: 'requestExit', args: [shares] }),
  ];
  for (const act of acts) {
    const hash = await act();
    const receipt = await network.readers.get(SETTLEMENT_CHAIN_ID)?.waitForTransactionReceipt({ hash });
    if (receipt?.status !== 'success') throw new Error(`transaction ${hash} is ${receipt?.status}; expected success`);
  }
}
