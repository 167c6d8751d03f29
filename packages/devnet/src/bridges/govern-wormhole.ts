import { type Address, type Hex, bytes32, bytesToHex, uintToBytes } from '@surety/domain';
import { concatHex, encodeFunctionData, encodePacked, parseAbi } from 'viem';
import type { DeployTarget } from '../chains/deploy-development.js';
import { callPart } from './bridge-code.js';
import {
  type GuardianKeys,
  WORMHOLE_GOVERNANCE,
  type WormholeChain,
  guardianKeys,
  signMessage,
} from './wormhole-guardians.js';

const governanceAbi = parseAbi(['function submitNewGuardianSet(bytes vaa)', 'function submitSetMessageFee(bytes vaa)']);

/** "Core", left-padded, and the acts of that module. @source Wormhole's governance packets */
const CORE_MODULE = bytes32(`0x${'00'.repeat(28)}436f7265`);
const ACTS = { submitNewGuardianSet: 2, submitSetMessageFee: 3 } as const;

/** A core contract, and the guardians that sign for it now. */
export interface GovernedCore {
  readonly wormhole: WormholeChain;
  readonly guardians: GuardianKeys;
}

/**
 * Makes the guardians of a local chain's core contract replace themselves. The core accepts the old set for another
 * day, and the network's workers keep the set with which they were started.
 * @returns the set that signs from now on.
 * @throws NODE_NOT_READY if the core refuses.
 */
export async function replaceGuardians(target: DeployTarget, at: GovernedCore, size: number): Promise<GuardianKeys> {
  const next = guardianKeys(size, at.guardians.index + 1);
  const keys = next.guardians.map(({ address }) => address);
  await govern(target, at, {
    functionName: 'submitNewGuardianSet',
    // For every chain.
    chain: 0,
    words: concatHex([encodePacked(['uint32', 'uint8'], [next.index, size]), ...keys]),
  });
  return next;
}

/**
 * Makes the guardians set the cost of a message at a local chain's core contract.
 * @throws NODE_NOT_READY if the core refuses.
 */
export async function setMessageFee(target: DeployTarget, at: GovernedCore, wei: bigint): Promise<void> {
  await govern(target, at, {
    functionName: 'submitSetMessageFee',
    chain: at.wormhole.chain,
    words: bytesToHex(uintToBytes(wei, 32)),
  });
}

async function govern(
  target: DeployTarget,
  { wormhole, guardians }: GovernedCore,
  act: { readonly functionName: keyof typeof ACTS; readonly chain: number; readonly words: Hex },
): Promise<void> {
  const { functionName, chain, words } = act;
  const packet = encodePacked(['bytes32', 'uint8', 'uint16', 'bytes'], [CORE_MODULE, ACTS[functionName], chain, words]);
  // A core takes each message once: two of the same words must differ in their number.
  const sequence = await target.reader.getBlockNumber({ cacheTime: 0 });
  const vaa = await signMessage(
    {
      timestamp: 0,
      nonce: 0,
      emitterChain: WORMHOLE_GOVERNANCE.chain,
      emitter: bytes32(WORMHOLE_GOVERNANCE.contract),
      sequence,
      consistencyLevel: 1,
      payload: packet,
    },
    guardians,
  );
  const data = encodeFunctionData({ abi: governanceAbi, functionName, args: [vaa] });
  const core: Address = wormhole.core;
  await callPart(target, core, { name: `Wormhole.${functionName}`, data });
}
