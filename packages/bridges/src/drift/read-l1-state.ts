import { isCodeOf, l1StateWitnessAbi, l1StateWitnessCode } from '@surety/contracts';
import type { Hex } from '@surety/domain';
import type { PublicClient } from 'viem';
import type { StateProofEndSpec, WitnessedSource } from '../witness-spec.js';
import { answerOf } from './answer-of.js';
import { type Difference, differ } from './differ.js';

/**
 * Compares a state-proof witness of an L1 vault with the configuration: its code, its L1 block predeploy, and the vault
 * it reads. The vault's code hash is not compared: a wrong one only makes every proof fail.
 */
export async function diffL1State(
  { vault }: WitnessedSource,
  { path, end, reader }: { readonly path: string; readonly end: StateProofEndSpec; readonly reader: PublicClient },
): Promise<Difference[]> {
  const address = end.contract as Hex;
  const deployed = (await reader.getCode({ address })) ?? '0x';
  if (!isCodeOf(deployed, l1StateWitnessCode))
    return differ(`${path}.contract`, deployed === '0x' ? 'no code' : 'other code', l1StateWitnessCode.name);
  const at = { address, abi: l1StateWitnessAbi } as const;
  const [hashSource, proven] = await Promise.all([
    answerOf(reader.readContract({ ...at, functionName: 'l1Block' })),
    answerOf(reader.readContract({ ...at, functionName: 'vault' })),
  ]);
  return [
    ...differ(`${path}.hashSource.address`, hashSource, end.hashSource.address),
    ...differ(`${path}.vault`, proven, vault),
  ];
}
