import {
  type Chain,
  type PublicClient,
  type Transport,
  type WalletClient,
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
} from 'viem';
import type { HDAccount } from 'viem/accounts';
import { type AccountName, devnetAccount } from './accounts.js';

/** Interval between polls for a receipt. */
const POLL_MS = 100;

/** A wallet of a local chain. */
export type DevnetWallet = WalletClient<Transport, Chain, HDAccount>;

/** Connects a reader to a local node. */
export function connectReader(url: string, chainId: number): PublicClient {
  return createPublicClient({ chain: localChain(chainId, url), transport: http(url), pollingInterval: POLL_MS });
}

/** Connects a funded account to a local node. */
export function connectWallet(url: string, chainId: number, name: AccountName): DevnetWallet {
  return createWalletClient({
    account: devnetAccount(name).account,
    chain: localChain(chainId, url),
    transport: http(url),
    pollingInterval: POLL_MS,
  });
}

function localChain(id: number, url: string): Chain {
  return defineChain({
    id,
    name: `devnet-${id}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  });
}
