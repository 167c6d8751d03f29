import { developmentTokenAbi, keccak256 } from '@surety/contracts';
import { type Address, bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import type { Random } from '../simulation/random.js';
import type { ActedChain } from './acted-chain.js';

/** Lets a share of what a holder has of a token vanish, and gives the units. */
export async function loseTokens(chain: ActedChain, token: Address, holder: Address, random: Random): Promise<bigint> {
  const [held] = (await chain.read([
    { to: token, abi: developmentTokenAbi, functionName: 'balanceOf', args: [holder] },
  ])) as readonly bigint[];
  if (held === undefined) throw new Error(`${token} did not say what ${holder} holds`);
  const lost = (held * BigInt(random.whole(1, 300))) / 1_000n;
  // Balances are the first variable of the token: a mapping by address.
  const key = keccak256(concatBytes(new Uint8Array(12), hexToBytes(holder, 20), new Uint8Array(32)));
  const left = `0x${(held - lost).toString(16).padStart(64, '0')}`;
  await chain.node.call('anvil_setStorageAt', [token, bytesToHex(key), left]);
  return lost;
}
