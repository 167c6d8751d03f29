import { type PublicClient, createPublicClient, createWalletClient, defineChain, http } from 'viem';
import { type AccountName, devnetAccount } from './accounts.js';

/** How often a local node is asked for a receipt. */
const POLL_MS = 100;

/** Connects a reader to a local node. */
export function connectReader(url: string, chainId: number): PublicClient {
  return createPublicClient({ chain: localChain(chainId, url), transport: http(url), pollingInterval: POLL_MS });
}

/** Connects a funded account to a local node. */
export function connectWallet(url: string, chainId: number, name: AccountName) {
  return createWalletClient({ account: devnetAccount(name).account, chain: localChain(chainId, url), transport: http(url), pollingInterval: POLL_MS });
}

/** A wallet of a local chain. */
export type DevnetWallet = ReturnType<typeof connectWallet>;

function localChain(id: number, url: string) {
  return defineChain({
    id,
    name: `devnet-${id}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  });
}
