import { collateralLedgerAbi, liquidationAuctionAbi } from '@surety/contracts';
import {
  type OpenCreditLine,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  assetIdOf,
  borrow,
  connectWallet,
  followLock,
  lockTokens,
  openCreditLine,
} from '@surety/devnet';
import { type Address, address } from '@surety/domain';
import type { Hex, PublicClient } from 'viem';
import { type Line, startLine } from './start-line.js';

/** The collateral chain of both accounts. */
export const BETA = 902;
/** Milliseconds for one step of a story. */
export const WITHIN_MS = 60_000;
export const ONE_ETH = 10n ** 18n;
export const [ALICE, BOB] = [accountOf('alice'), accountOf('bob')] as const;

/** A running line whose lender has lent to Alice; Bob may take her burden. */
export interface CreditScene {
  readonly line: Line;
  readonly credit: OpenCreditLine;
  readonly reader: PublicClient;
  readonly ledger: { readonly address: Address; readonly abi: typeof collateralLedgerAbi };
  readonly auction: { readonly address: Address; readonly abi: typeof liquidationAuctionAbi };
  /** Units of ether on an account's line. */
  readonly etherOf: (account: Hex) => Promise<bigint>;
  /** Exit assets and requirement of an account, WAD. */
  readonly readExit: (account: Hex) => Promise<{ readonly assets: bigint; readonly required: bigint }>;
}

/** Starts a line on which Alice owes 4,800 against 2 ETH on beta, and Bob has 4 ETH there and opted in to the lender. */
export async function startCreditLine(): Promise<CreditScene> {
  const line = await startLine();
  const { network } = line.devnet;
  for (const [by, units] of [
    ['alice', 2n * ONE_ETH],
    ['bob', 4n * ONE_ETH],
  ] as const) {
    const lock = await lockTokens(network, { chainId: BETA, by, asset: 'WETH', units });
    await followLock(line.devnet, { chainId: BETA, lock, withinMs: WITHIN_MS });
  }
  const credit = await openCreditLine(network, 10_000_000_000n);
  await borrow(network, credit, 'alice', 4_800_000_000n);
  const { settlement } = network.plan;
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi } as const;
  const auction = { address: address(settlement.auction), abi: liquidationAuctionAbi } as const;
  const reader = network.readers.get(SETTLEMENT_CHAIN_ID) as PublicClient;
  const bob = connectWallet(network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '', SETTLEMENT_CHAIN_ID, 'bob');
  const hash = await bob.writeContract({ ...ledger, functionName: 'optIn', args: [BOB, credit.address] });
  const { status } = await reader.waitForTransactionReceipt({ hash });
  if (status !== 'success') throw new Error(`bob's opt-in ${hash} was ${status}; expected success`);
  const assetId = assetIdOf(network, { chainId: BETA, asset: 'WETH' });
  return {
    line,
    credit,
    reader,
    ledger,
    auction,
    etherOf: async (account) =>
      (await reader.readContract({ ...ledger, functionName: 'lineOf', args: [account, assetId] })).amount,
    readExit: async (account) => {
      const margin = await reader.readContract({ ...ledger, functionName: 'marginOf', args: [account] });
      return { assets: margin[2], required: margin[3] };
    },
  };
}
