import {
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

const TOKEN = { ...developmentTokenCode, abi: developmentTokenAbi };

/** Creates the tokens of a collateral chain. */
export async function deployTokens(target: DeployTarget): Promise<DevelopmentTokens> {
  const USDC = await createContract(target, TOKEN, ['USD Coin', 'USDC', 6]);
  const WBTC = await createContract(target, TOKEN, ['Wrapped Bitcoin', 'WBTC', 8]);
  const WETH = await createContract(target, { ...developmentWrappedNativeCode, abi: developmentWrappedNativeAbi });
  return { USDC, WBTC, WETH };
}

/** Creates the token that the settlement chain's market lends: 6 decimals, minted by anybody. */
export async function deploySettlementToken(target: DeployTarget): Promise<Address> {
  const { name, symbol, decimals } = SETTLEMENT_TOKEN;
  return createContract(target, TOKEN, [name, symbol, decimals]);
}

/** Creates one settable feed per price on the settlement chain, in order. */
export async function deployFeeds(target: DeployTarget, starts: readonly FeedStart[]): Promise<Address[]> {
  const feeds: Address[] = [];
  for (const { symbol, answer } of starts) {
    const args = [devnetAccount('feeder').address, 8, `${symbol} / USD`, answer];
    feeds.push(await createContract(target, { ...developmentFeedCode, abi: developmentFeedAbi }, args));
  }
  return feeds;
}

/** Creates a contract. @throws NODE_NOT_READY if its transaction fails. */
export async function createContract(
  { reader, wallet }: DeployTarget,
  { name, abi, creation }: { readonly name: string; readonly abi: Abi; readonly creation: string },
  args: readonly unknown[] = [],
): Promise<Address> {
  const data = encodeDeployData({ abi, bytecode: creation as Hex, args: [...args] });
  const hash = await wallet.sendTransaction({ data });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success' || receipt.contractAddress == null)
    throw devnetError('NODE_NOT_READY', `${name} was not created: transaction ${hash} has status ${receipt.status}`);
  return address(receipt.contractAddress);
}
