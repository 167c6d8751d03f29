import type { Hex } from '@surety/domain';
import { type PublicClient, parseAbi } from 'viem';
import type { WitnessSpec, WormholeEndSpec } from '../witness-spec.js';
import { answerOf } from './answer-of.js';
import { type Difference, differ } from './differ.js';

type WormholeSpec = Extract<WitnessSpec, { readonly kind: 'wormhole' }>;

const coreAbi = parseAbi([
  'struct GuardianSet { address[] keys; uint32 expirationTime; }',
  'function chainId() view returns (uint16)',
  'function getCurrentGuardianSetIndex() view returns (uint32)',
  'function getGuardianSet(uint32 index) view returns (GuardianSet)',
]);

/**
 * Compares Wormhole's core contract on one chain with the configuration: its own chain id, and the current guardian set, which may be
 * the next one if a person has named it.
 */
export async function diffWormholeEnd(
  reader: PublicClient,
  at: {
    readonly path: string;
    readonly end: WormholeEndSpec;
    readonly ownChain: number;
    readonly witness: Pick<WormholeSpec, 'guardianSet' | 'nextGuardianSet'>;
  },
): Promise<Difference[]> {
  const { path, end, ownChain, witness } = at;
  const core = { address: end.core as Hex, abi: coreAbi } as const;
  const chain = await answerOf(reader.readContract({ ...core, functionName: 'chainId' }));
  const index = await answerOf(reader.readContract({ ...core, functionName: 'getCurrentGuardianSetIndex' }));
  // A new set is submitted to one chain after the other, so that for a while no single one is right at both ends.
  const isNext = index !== undefined && index === witness.nextGuardianSet?.index;
  const guardianSet = (isNext ? witness.nextGuardianSet : undefined) ?? witness.guardianSet;
  const set = await answerOf(
    reader.readContract({ ...core, functionName: 'getGuardianSet', args: [index ?? guardianSet.index] }),
  );
  return [
    ...differ(`${path}.core.chainId`, chain, ownChain),
    ...differ(`${path}.core.guardianSet.index`, index, guardianSet.index),
    ...differ(`${path}.core.guardianSet.size`, set?.keys.length, guardianSet.size),
  ];
}
