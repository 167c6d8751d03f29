import { collateralLedgerAbi, marketAbi, marketTrancheAbi } from '@surety/contracts';
import { type Address, mulDivDown } from '@surety/domain';
import { type Hex, getContract } from 'viem';
import { type AccountName, devnetAccount } from '../chains/accounts.js';
import { devnetError } from '../errors.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { accountOf } from './lock.js';
import { awaitReceipt, mintAndAllow, readerOf, walletOf } from './send.js';

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
  const { market: spender, token } = marketOf(network);
  await mintAndAllow(network, { chainId: SETTLEMENT_CHAIN_ID, by, token, spender, units });
}

/** Returns the market as a node tells of it, and as an account acts on it. */
function poolOf(network: LocalNetwork, by: AccountName) {
  const client = { public: readerOf(network, SETTLEMENT_CHAIN_ID), wallet: walletOf(network, SETTLEMENT_CHAIN_ID, by) };
  return getContract({ address: marketOf(network).market, abi: marketAbi, client });
}

/** Lends newly minted token units. Returns the shares of the market that they bought. */
export async function lend(network: LocalNetwork, by: AccountName, units: bigint): Promise<bigint> {
  await fund(network, by, units);
  const [pool, own] = [poolOf(network, by), devnetAccount(by).address];
  const before = await pool.read.balanceOf([own]);
  await settle(network, pool.write.deposit([units, own]));
  return (await pool.read.balanceOf([own])) - before;
}

/** Puts shares of the market into its junior tranche, where they burn first. */
export async function cover(network: LocalNetwork, by: AccountName, shares: bigint): Promise<void> {
  const { tranche } = marketOf(network);
  await settle(network, poolOf(network, by).write.approve([tranche, shares]));
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  const junior = { address: tranche, abi: marketTrancheAbi, functionName: 'deposit' } as const;
  await settle(network, wallet.writeContract({ ...junior, args: [shares, wallet.account.address] }));
}

/** Opts an account in to the market, as a borrower and as a taker must. */
export async function joinMarket(network: LocalNetwork, by: AccountName): Promise<void> {
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, by);
  const ledger = { address: network.plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  const args = [accountOf(by), marketOf(network).market] as const;
  await settle(network, wallet.writeContract({ ...ledger, functionName: 'optIn', args }));
}

/** Draws token units against an account's margin. @throws STORY_BROKE if the ledger's gate refuses. */
export async function borrowOfMarket(network: LocalNetwork, by: AccountName, units: bigint): Promise<void> {
  await settle(network, poolOf(network, by).write.borrow([accountOf(by), units, devnetAccount(by).address]));
}

/** Pays back with newly minted token units: first what was written off, then debt. What is above both is not taken. */
export async function repayMarket(network: LocalNetwork, by: AccountName, units: bigint): Promise<void> {
  await fund(network, by, units);
  await settle(network, poolOf(network, by).write.repay([accountOf(by), units]));
}

/** Pays people what came back of every loss that they bore; returns token units, together. */
export async function collectRecovered(network: LocalNetwork, holders: readonly AccountName[]): Promise<bigint> {
  let units = 0n;
  for (const holder of holders) {
    const pool = poolOf(network, holder);
    const losses = Array.from({ length: Number(await pool.read.lossCount()) }, (_, index) => BigInt(index + 1));
    const args = [devnetAccount(holder).address, losses] as const;
    const { result } = await pool.simulate.collect(args);
    if (result === 0n) continue;
    await settle(network, pool.write.collect(args));
    units += result;
  }
  return units;
}

/** Reads what an account owes to the market, token units: its debt, and what was written off of it. */
export async function readMarketDebt(
  network: LocalNetwork,
  by: AccountName,
): Promise<{ readonly debt: bigint; readonly writtenOff: bigint }> {
  const [debt, writtenOff] = await poolOf(network, by).read.positionOf([accountOf(by)]);
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

async function settle(network: LocalNetwork, sent: Promise<Hex>): Promise<void> {
  await awaitReceipt(network, SETTLEMENT_CHAIN_ID, sent);
}
