import type { LocalNetwork } from '@surety/devnet';
import { type Hex, type PublicClient, encodeFunctionData, numberToHex, parseAbi } from 'viem';

const endpointAbi = parseAbi([
  'function blockedLibrary() view returns (address)',
  'function setReceiveLibrary(address receiver, uint32 eid, address library, uint256 gracePeriod)',
]);

/** One end of a LayerZero witness. */
export interface LibraryPlace {
  readonly chainId: number;
  readonly witness: Hex;
  readonly endpoint: Hex;
  readonly remoteEid: number;
}

/** Gives another library that the endpoint knows: the one that takes nothing. */
export function readOtherLibrary(reader: PublicClient, { endpoint }: LibraryPlace): Promise<Hex> {
  return reader.readContract({ address: endpoint, abi: endpointAbi, functionName: 'blockedLibrary' });
}

/** Sets the library from which a witness takes packets, as nobody can outside a development node: in the witness's own name. */
export async function swapReceiveLibrary(network: LocalNetwork, place: LibraryPlace, library: Hex): Promise<void> {
  const { chainId, witness, endpoint, remoteEid } = place;
  const [node, reader] = [network.nodes.get(chainId), network.readers.get(chainId)];
  if (node === undefined || reader === undefined) throw new TypeError(`the network has no chain ${chainId}`);
  await node.call('anvil_impersonateAccount', [witness]);
  await node.call('anvil_setBalance', [witness, numberToHex(10n ** 18n)]);
  const data = encodeFunctionData({
    abi: endpointAbi,
    functionName: 'setReceiveLibrary',
    args: [witness, remoteEid, library, 0n],
  });
  const hash = await node.call('eth_sendTransaction', [
    { from: witness, to: endpoint, data, gas: numberToHex(500_000) },
  ]);
  const { status } = await reader.waitForTransactionReceipt({ hash: hash as Hex });
  if (status !== 'success') throw new TypeError(`the endpoint refuses to set ${library}`);
}
