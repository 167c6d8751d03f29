import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  bytes32,
  bytesToHex,
  concatBytes,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';
import { type PublicClient, encodeFunctionData, encodePacked, pad, parseAbi, parseEventLogs } from 'viem';
import { type DevnetKey, bridgeKeys } from '../chains/accounts.js';
import { type DeployTarget, createContract } from '../chains/deploy-development.js';
import { devnetError } from '../errors.js';
import { wormholeCode } from './bridge-code.js';

const coreAbi = parseAbi([
  'constructor(address setup, bytes initData)',
  'event LogMessagePublished(address indexed sender, uint64 sequence, uint32 nonce, bytes payload, uint8 consistencyLevel)',
]);
const setupAbi = parseAbi([
  'function setup(address implementation, address[] initialGuardians, uint16 chainId, uint16 governanceChainId, bytes32 governanceContract, uint256 evmChainId)',
]);

/** The emitter of Wormhole's own governance. @source Wormhole's mainnet deployment */
export const WORMHOLE_GOVERNANCE = { chain: 1, contract: `0x${'00'.repeat(31)}04` } as const;
const VERSION = 1;

/** Wormhole's core contract on one local chain. */
export interface WormholeChain {
  /** Wormhole's number of the chain. */
  readonly chain: number;
  readonly core: Address;
}

/** A set of guardians and its keys; they stand for Wormhole's own network, which cannot run here. */
export interface GuardianKeys {
  readonly index: number;
  readonly guardians: readonly DevnetKey[];
}

/** A message as its emitter published it: what guardians sign. */
export interface WormholeMessage {
  readonly timestamp: number;
  readonly nonce: number;
  readonly emitterChain: number;
  readonly emitter: Bytes32;
  readonly sequence: bigint;
  readonly consistencyLevel: number;
  readonly payload: Hex;
}

/** Most guardians of a set on the local network: no key is in two sets. */
const GUARDIANS_MAX = 32;

/** Returns the guardians of one of the local network's sets, the first unless named. @throws STORY_BROKE outside 1 … 32 guardians. */
export function guardianKeys(size: number, index = 0): GuardianKeys {
  if (!Number.isInteger(size) || size < 1 || size > GUARDIANS_MAX)
    throw devnetError('STORY_BROKE', `${size} guardians; expected 1 to ${GUARDIANS_MAX}`);
  return { index, guardians: bridgeKeys('guardians', size, index * GUARDIANS_MAX) };
}

/** Deploys Wormhole's own core contract on a local chain, with its first set of guardians. */
export async function deployWormhole(
  target: DeployTarget,
  { chain, guardians }: { readonly chain: number; readonly guardians: GuardianKeys },
): Promise<WormholeChain> {
  const setup = await createContract(target, wormholeCode('Setup', []));
  const implementation = await createContract(target, wormholeCode('Implementation', []));
  const data = encodeFunctionData({
    abi: setupAbi,
    functionName: 'setup',
    args: [
      implementation,
      guardians.guardians.map((guardian) => guardian.address),
      chain,
      WORMHOLE_GOVERNANCE.chain,
      WORMHOLE_GOVERNANCE.contract,
      BigInt(await target.reader.getChainId()),
    ],
  });
  return { chain, core: await createContract(target, wormholeCode('Wormhole', coreAbi), [setup, data]) };
}

/** Returns the messages that one transaction published on a chain. */
export async function readMessages(reader: PublicClient, chain: number, txHash: Hex): Promise<WormholeMessage[]> {
  const { logs, blockNumber } = await reader.getTransactionReceipt({ hash: txHash });
  const { timestamp } = await reader.getBlock({ blockNumber });
  return parseEventLogs({ abi: coreAbi, logs, eventName: 'LogMessagePublished' }).map(({ args }) => ({
    timestamp: Number(timestamp),
    nonce: args.nonce,
    emitterChain: chain,
    emitter: bytes32(pad(args.sender)),
    sequence: args.sequence,
    consistencyLevel: args.consistencyLevel,
    payload: args.payload,
  }));
}

/**
 * Signs a message with the fewest guardians that suffice, the first ones, or with the given ones.
 * @source Wormhole VAA, version 1
 */
export async function signMessage(
  message: WormholeMessage,
  set: GuardianKeys,
  signers: readonly number[] = set.guardians.map((_, at) => at).slice(0, quorumOfGuardians(set.guardians.length)),
): Promise<Hex> {
  const body = hexToBytes(
    encodePacked(
      ['uint32', 'uint32', 'uint16', 'bytes32', 'uint64', 'uint8', 'bytes'],
      [
        message.timestamp,
        message.nonce,
        message.emitterChain,
        message.emitter,
        message.sequence,
        message.consistencyLevel,
        message.payload,
      ],
    ),
  );
  const hash = bytesToHex(keccak256(keccak256(body)));
  const signatures = await Promise.all(
    signers.map(async (at) => {
      const signature = hexToBytes(await (set.guardians[at] as DevnetKey).account.sign({ hash }), 65);
      // Wormhole writes the recovery id as 0 or 1.
      return concatBytes(
        uintToBytes(BigInt(at), 1),
        signature.subarray(0, 64),
        Uint8Array.of((signature[64] ?? 0) - 27),
      );
    }),
  );
  return bytesToHex(
    concatBytes(
      Uint8Array.of(VERSION),
      uintToBytes(BigInt(set.index), 4),
      Uint8Array.of(signers.length),
      ...signatures,
      body,
    ),
  );
}

/** Number of guardians that must sign: more than two thirds. */
export function quorumOfGuardians(size: number): number {
  return Math.floor((size * 2) / 3) + 1;
}
