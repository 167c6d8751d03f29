import {
  type ContractCode,
  developmentFeedAbi,
  developmentFeedCode,
  developmentTokenAbi,
  developmentTokenCode,
  developmentWrappedNativeAbi,
  developmentWrappedNativeCode,
} from '@surety/contracts';
import { type Address, type Hex, address } from '@surety/domain';
import { type Abi, type PublicClient, encodeDeployData } from 'viem';
import { devnetError } from '../errors.js';
import { SETTLEMENT_TOKEN } from '../network/chain-facts.js';
import { devnetAccount } from './accounts.js';
import type { DevnetWallet } from './connections.js';

/** A local chain to create contracts on. */
export interface DeployTarget {
  readonly reader: PublicClient;
  readonly wallet: DevnetWallet;
}

/** The tokens of a local collateral chain: 6, 8 and 18 decimals. */
export interface DevelopmentTokens {
  readonly USDC: Address;
  readonly WBTC: Address;
  readonly WETH: Address;
}

/** A price that a development feed starts with, in its own 8 decimals. */
export interface FeedStart {
  readonly symbol: string;
  readonly answer: bigint;
}

/** Creates the tokens of a collateral chain. */
export async function deployTokens(target: DeployTarget): Promise<DevelopmentTokens> {
  const USDC = await create(target, {
    code: developmentTokenCode,
    abi: developmentTokenAbi,
    args: ['USD Coin', 'USDC', 6],
  });
  const WBTC = await create(target, {
    code: developmentTokenCode,
    abi: developmentTokenAbi,
    args: ['Wrapped Bitcoin', 'WBTC', 8],
  });
  const WETH = await create(target, { code: developmentWrappedNativeCode, abi: developmentWrappedNativeAbi, args: [] });
  return { USDC, WBTC, WETH };
}

/** Creates the token that the settlement chain's market lends: 6 decimals, minted by anybody. */
export async function deploySettlementToken(target: DeployTarget): Promise<Address> {
  return create(target, {
    code: developmentTokenCode,
    abi: developmentTokenAbi,
    args: [SETTLEMENT_TOKEN.name, SETTLEMENT_TOKEN.symbol, SETTLEMENT_TOKEN.decimals],
  });
}

/** Creates one settable feed per price on the settlement chain, in order. */
export async function deployFeeds(target: DeployTarget, starts: readonly FeedStart[]): Promise<Address[]> {
  const feeds: Address[] = [];
  for (const { symbol, answer } of starts) {
    const args = [devnetAccount('feeder').address, 8, `${symbol} / USD`, answer];
    feeds.push(await create(target, { code: developmentFeedCode, abi: developmentFeedAbi, args }));
  }
  return feeds;
}

async function create(
  { reader, wallet }: DeployTarget,
  { code, abi, args }: { code: ContractCode; abi: Abi; args: readonly unknown[] },
): Promise<Address> {
  const hash = await wallet.sendTransaction({
    data: encodeDeployData({ abi, bytecode: code.creation as Hex, args: [...args] }),
  });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success' || receipt.contractAddress == null) {
    throw devnetError(
      'NODE_NOT_READY',
      `${code.name} was not created: transaction ${hash} has status ${receipt.status}`,
    );
  }
  return address(receipt.contractAddress);
}
