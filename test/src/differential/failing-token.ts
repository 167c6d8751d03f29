import type { Address, Hex } from '@surety/domain';
import type { ActedChain } from './acted-chain.js';

/** Where the token's own code waits while its transfers fail. */
const ASIDE = '0x00000000000000000000000000000000000f0f0f';

/** Code that reverts on transfer(address,uint256) and hands every other call to the code at {@link ASIDE}. */
const REFUSING: Hex = `0x5f3560e01c63a9059cbb14603b57365f5f375f5f365f73${ASIDE.slice(2)}5af43d5f5f3e6037573d5ffd5b3d5ff35b5f5ffd`;

/** Lets every transfer of a token fail, or no longer; gives the code to put back. */
export async function breakToken(chain: ActedChain, token: Address): Promise<() => Promise<void>> {
  const own = (await chain.node.call('eth_getCode', [token, 'latest'])) as Hex;
  await chain.node.call('anvil_setCode', [ASIDE, own]);
  await chain.node.call('anvil_setCode', [token, REFUSING]);
  return async () => {
    await chain.node.call('anvil_setCode', [token, own]);
  };
}
