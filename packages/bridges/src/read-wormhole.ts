import type { Hex } from '@surety/domain';
import { type PublicClient, parseAbi } from 'viem';
import { differ } from './differ.js';
import type { Drift, WormholeEndSpec } from './witness-spec.js';

const coreAbi = parseAbi([
  'struct GuardianSet { address[] keys; uint32 expirationTime; }',
  'function chainId() view returns (uint16)',
  'function getCurrentGuardianSetIndex() view returns (uint32)',
  'function getGuardianSet(uint32 index) view returns (GuardianSet)',
]);

/** Compares Wormhole's core contract of one chain with the configuration: its own number of the chain, and the guardians who sign now. */
export async function diffWormholeEnd(
  reader: PublicClient,
  at: {
    readonly path: string;
    readonly end: WormholeEndSpec;
    readonly ownChain: number;
    readonly guardianSet: { readonly index: number; readonly size: number };
  },
): Promise<Drift[]> {
  const { path, end, ownChain, guardianSet } = at;
  const core = { address: end.core as Hex, abi: coreAbi } as const;
  const index = await reader.readContract({ ...core, functionName: 'getCurrentGuardianSetIndex' });
  const { keys } = await reader.readContract({ ...core, functionName: 'getGuardianSet', args: [index] });
  return [
    ...differ(`${path}.core.chainId`, await reader.readContract({ ...core, functionName: 'chainId' }), ownChain),
    ...differ(`${path}.core.guardianSet.index`, index, guardianSet.index),
    ...differ(`${path}.core.guardianSet.size`, keys.length, guardianSet.size),
  ];
}
