import { collateralLedgerAbi, developmentTokenAbi, marketAbi, marketTrancheAbi } from '@surety/contracts';
import { type Address, mulDivDown } from '@surety/domain';
import type { Hex } from 'viem';
import { type AccountName, devnetAccount } from '../chains/accounts.js';
import { devnetError } from '../errors.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { accountOf } from './lock.js';
import { awaitReceipt, readerOf, walletOf } from './send.js';

/** Addresses of the local network's market. */
export interface LocalMarket {
  readonly market: Address;
  readonly tranche: Address;
  /** The token that it lends. */
  readonly token: Address;
}

/** A market's books at a block, token units. */
export interface MarketFigures {
  /** Losses that are owed still. */
  readonly writtenOff: bigint;
  /** Worth of the junior tranche's shares of the market, token units. */
  readonly ofTranche: bigint;
  /** Worth of all other shares, token units. */
  readonly ofLenders: bigint;
}

/** Returns the local network's market. */
export function marketOf({ plan }: LocalNetwork): LocalMarket {
  const [first] = plan.settlement.markets;
  if (first === undefined)
    throw devnetError('STORY_BROKE', 'the local network has no market; expected one in its plan');
  return { market: first.market, tranche: first.tranche, token: first.request.token };
}

/** Mints token units of the market's asset to an account and lets the market take as many. */
async function fund(network: LocalNetwork, by: AccountName, units: bigint): Promise<void> {
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  const { market, token } = marketOf(network);
  const stable = { address: token, abi: developmentTokenAbi } as const;
  // Both may stand in one block.
  const hashes = [
    await wallet.writeContract({ ...stable, functionName: 'mint', args: [wallet.account.address, units] }),
    await wallet.writeContract({ ...stable, functionName: 'approve', args: [market, units] }),
  ];
  await Promise.all(hashes.map((hash) => settle(network, hash)));
}

/** Lends newly minted token units. Returns the shares of the market that they bought. */
export async function lend(network: LocalNetwork, by: AccountName, units: bigint): Promise<bigint> {
  await fund(network, by, units);
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  const pool = { address: marketOf(network).market, abi: marketAbi } as const;
  const own = wallet.account.address;
  const held = (): Promise<bigint> =>
    readerOf(network, SETTLEMENT_CHAIN_ID).readContract({ ...pool, functionName: 'balanceOf', args: [own] });
  const before = await held();
  await settle(network, await wallet.writeContract({ ...pool, functionName: 'deposit', args: [units, own] }));
  return (await held()) - before;
}

/** Puts shares of the market into its junior tranche, where they burn first. */
export async function cover(network: LocalNetwork, by: AccountName, shares: bigint): Promise<void> {
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  const { market, tranche } = marketOf(network);
  await settle(
    network,
    await wallet.writeContract({ address: market, abi: marketAbi, functionName: 'approve', args: [tranche, shares] }),
  );
  const args = [shares, wallet.account.address] as const;
  await settle(
    network,
    await wallet.writeContract({ address: tranche, abi: marketTrancheAbi, functionName: 'deposit', args }),
  );
}

/** Opts an account in to the market, as a borrower and as a taker must. */
export async function joinMarket(network: LocalNetwork, by: AccountName): Promise<void> {
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  const ledger = { address: network.plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  const args = [accountOf(by), marketOf(network).market] as const;
  await settle(network, await wallet.writeContract({ ...ledger, functionName: 'optIn', args }));
}

/** Draws token units against an account's margin. @throws STORY_BROKE if the ledger's gate refuses. */
export async function borrowOfMarket(network: LocalNetwork, by: AccountName, units: bigint): Promise<void> {
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  const args = [accountOf(by), units, wallet.account.address] as const;
  const pool = { address: marketOf(network).market, abi: marketAbi } as const;
  await settle(network, await wallet.writeContract({ ...pool, functionName: 'borrow', args }));
}

/** Pays back with newly minted token units: first what was written off, then debt. What is above both is not taken. */
export async function repayMarket(network: LocalNetwork, by: AccountName, units: bigint): Promise<void> {
  await fund(network, by, units);
  const pool = { address: marketOf(network).market, abi: marketAbi } as const;
  const args = [accountOf(by), units] as const;
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  await settle(network, await wallet.writeContract({ ...pool, functionName: 'repay', args }));
}

/** Pays people what came back of every loss that they bore; returns token units, together. */
export async function collectRecovered(network: LocalNetwork, holders: readonly AccountName[]): Promise<bigint> {
  const pool = { address: marketOf(network).market, abi: marketAbi } as const;
  const reader = readerOf(network, SETTLEMENT_CHAIN_ID);
  const count = Number(await reader.readContract({ ...pool, functionName: 'lossCount' }));
  const losses = Array.from({ length: count }, (_, index) => BigInt(index + 1));
  let units = 0n;
  for (const holder of holders) {
    const args = [devnetAccount(holder).address, losses] as const;
    const { result } = await reader.simulateContract({ ...pool, functionName: 'collect', args });
    if (result === 0n) continue;
    const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, holder);
    await settle(network, await wallet.writeContract({ ...pool, functionName: 'collect', args }));
    units += result;
  }
  return units;
}

/** Reads what an account owes to the market, token units: its debt, and what was written off of it. */
export async function readMarketDebt(
  network: LocalNetwork,
  by: AccountName,
): Promise<{ readonly debt: bigint; readonly writtenOff: bigint }> {
  const [debt, writtenOff] = await readerOf(network, SETTLEMENT_CHAIN_ID).readContract({
    address: marketOf(network).market,
    abi: marketAbi,
    functionName: 'positionOf',
    args: [accountOf(by)],
  });
  return { debt, writtenOff };
}

/** Reads the market's books at a block, the newest unless given. Values are rounded down. */
export async function readMarketFigures(network: LocalNetwork, blockNumber?: bigint): Promise<MarketFigures> {
  const { cash, debt, writtenOff, shares, trancheShares, uncollected } = await readerOf(
    network,
    SETTLEMENT_CHAIN_ID,
  ).readContract({
    address: marketOf(network).market,
    abi: marketAbi,
    functionName: 'booksOf',
    ...(blockNumber === undefined ? {} : { blockNumber }),
  });
  const worth = (of: bigint): bigint => (shares === 0n ? 0n : mulDivDown(of, cash + debt - uncollected, shares));
  return { writtenOff, ofTranche: worth(trancheShares), ofLenders: worth(shares - trancheShares) };
}

async function settle(network: LocalNetwork, hash: Hex): Promise<void> {
  await awaitReceipt(network, SETTLEMENT_CHAIN_ID, hash);
}
