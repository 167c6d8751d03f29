import type { LocalNetwork } from '@surety/devnet';
import { type PublicClient, numberToHex, parseAbi } from 'viem';

const coreAbi = parseAbi(['function messageFee() view returns (uint256)']);
/** Where Wormhole's core keeps the fee. @source WormholeState of wormhole-foundation/wormhole, ethereum/contracts/State.sol */
const FEE_SLOT = 7;

/** Has Wormhole's core take a fee for each message on every chain, as its guardians may decide. */
export async function setMessageFee(network: LocalNetwork, feeWei: bigint): Promise<void> {
  for (const [chainId, { core }] of network.bridges?.wormhole ?? []) {
    const [node, reader] = [network.nodes.get(chainId), network.readers.get(chainId) as PublicClient];
    await node?.call('anvil_setStorageAt', [
      core,
      numberToHex(FEE_SLOT, { size: 32 }),
      numberToHex(feeWei, { size: 32 }),
    ]);
    const seen = await reader.readContract({ address: core, abi: coreAbi, functionName: 'messageFee' });
    if (seen !== feeWei) throw new TypeError(`Wormhole takes ${seen} on chain ${chainId}; expected ${feeWei}`);
  }
}
