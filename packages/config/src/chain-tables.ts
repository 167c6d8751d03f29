import { ChainKey, LZ_ADDRESS, getChainIdByChainKey } from '@layerzerolabs/lz-sdk';
import { chainToChainId, chains, contracts, nativeChainIds } from '@wormhole-foundation/sdk-base';
import type { ConfigIssue } from './errors.js';
import type { ChainFile } from './network-schema.js';

/** A chain's ids in the two SDK tables; undefined where a table does not list it. */
export interface BridgeIds {
  /** The Wormhole SDK's name of the chain, such as "Base". */
  readonly name: string | undefined;
  readonly layerZeroEid: number | undefined;
  readonly wormholeChainId: number | undefined;
}

type WormholeName = (typeof chains)[number];

/** LayerZero V2 endpoint ids are these plus the V1 id. @source @layerzerolabs/lz-sdk tables hold V1 ids */
const LAYERZERO_V2_OFFSET = 30_000;

/** Looks an EVM mainnet chain up in the tables of the Wormhole and LayerZero SDKs. */
export function bridgeIdsOf(chainId: number): BridgeIds {
  const name = wormholeName(chainId);
  if (name === undefined) return { name: undefined, layerZeroEid: undefined, wormholeChainId: undefined };
  const v1 = layerZeroV1Id(name.toLowerCase());
  return {
    name,
    layerZeroEid: v1 === undefined ? undefined : LAYERZERO_V2_OFFSET + v1,
    wormholeChainId: chainToChainId(name),
  };
}

/** Compares a chain's bridge ids with the SDK tables; a mismatch is an error, not a warning. */
export function checkBridgeIds(chain: ChainFile, path: string): ConfigIssue[] {
  const known = bridgeIdsOf(chain.chainId);
  const compare = (field: 'layerZeroEid' | 'wormholeChainId', table: string): ConfigIssue[] => {
    const seen = chain[field];
    if (seen === undefined || seen === known[field]) return [];
    // A local chain uses ids of its local bridges, which no SDK table lists.
    if (chain.development && known.name === undefined) return [];
    return [
      {
        path: `${path}.${field}`,
        seen: String(seen),
        expected:
          known[field] === undefined
            ? `none: the ${table} does not know chain ${chain.chainId}`
            : `${known[field]}, from the ${table}`,
      },
    ];
  };
  return [
    ...compare('layerZeroEid', `LayerZero SDK table (${LAYERZERO_V2_OFFSET} + its id)`),
    ...compare('wormholeChainId', 'Wormhole SDK table'),
  ];
}

/** Returns the Wormhole SDK's name of an EVM test network, such as "BaseSepolia"; undefined for every other chain. */
export function testnetNameOf(chainId: number): string | undefined {
  return wormholeName(chainId, 'Testnet');
}

/** Returns the address of Wormhole's core contract on an EVM mainnet chain, from the SDK's table. */
export function wormholeCoreOf(chainId: number): string | undefined {
  const name = wormholeName(chainId);
  return name === undefined ? undefined : contracts.coreBridge.get('Mainnet', name);
}

/** EndpointV2 of LayerZero's test networks. @source deployments of @layerzerolabs/lz-evm-sdk-v2, sepolia */
const LAYERZERO_TESTNET_ENDPOINTS: readonly string[] = ['0x6edce65403992e310a62460808c4b910d972f10f'];

const layerZeroV1Endpoints: ReadonlyMap<string, string> = new Map(
  Object.entries(LZ_ADDRESS).map(([key, endpoint]) => [endpoint.toLowerCase(), key]),
);

/** Returns the SDK's name of the chain whose LayerZero V1 endpoint has this address; undefined for any other address. */
export function layerZeroV1ChainOf(endpoint: string): string | undefined {
  return layerZeroV1Endpoints.get(endpoint.toLowerCase());
}

/** Returns whether an address belongs to a bridge on test networks but on no public chain. */
export function isTestnetAddress(address: string): boolean {
  const text = address.toLowerCase();
  const isCore = (network: 'Mainnet' | 'Testnet'): boolean =>
    chains.some((name) => contracts.coreBridge.get(network, name)?.toLowerCase() === text);
  return LAYERZERO_TESTNET_ENDPOINTS.includes(text) || (isCore('Testnet') && !isCore('Mainnet'));
}

function wormholeName(chainId: number, wanted: 'Mainnet' | 'Testnet' = 'Mainnet'): WormholeName | undefined {
  try {
    const [network, name] = nativeChainIds.platformNativeChainIdToNetworkChain('Evm', BigInt(chainId));
    return network === wanted ? name : undefined;
  } catch {
    // The table throws for a chain it does not list; such a chain has no bridge ids to compare.
    return undefined;
  }
}

function layerZeroV1Id(name: string): number | undefined {
  const keys: readonly (readonly [text: string, key: ChainKey])[] = Object.values(ChainKey).map((key) => [key, key]);
  const key = keys.find(([text]) => text === name)?.[1];
  try {
    return key === undefined ? undefined : getChainIdByChainKey(key);
  } catch {
    // The table throws for a name it does not list; such a chain has no LayerZero id to compare.
    return undefined;
  }
}
