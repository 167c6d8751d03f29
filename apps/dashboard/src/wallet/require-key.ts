import { getCode } from 'viem/actions';
import { type NamedChain, type OpenWallet, WalletProblem } from './open-wallet.js';

/** First bytes of the code of a key that delegated it. @source EIP-7702 */
const DELEGATED = '0xef0100';

/**
 * Checks that a wallet signs with a key, on the chain that it is on: a key's address is its own on every chain, a contract's on one.
 * @throws WalletProblem for a contract
 */
export async function requireKey({ chain: reads, address }: OpenWallet, { chainId, name }: NamedChain): Promise<void> {
  const code = await getCode(reads, { address }).catch(() => {
    throw new WalletProblem(`the wallet does not say whether ${address} has code on ${name}; nothing was sent`);
  });
  if (code === undefined || code.startsWith(DELEGATED)) return;
  throw new WalletProblem(
    `${address} is a contract on ${name} (${chainId}): on another chain its address may be nobody’s, or somebody else’s; expected the address of a key; connect a wallet with a key; nothing was sent`,
  );
}
