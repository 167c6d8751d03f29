import type { Address, Bytes32, ChainId, Hex } from '@surety/domain';
import { bytes32, bytesToHex, hexToBytes } from '@surety/domain';
import { encodeAbiParameters, encodeFunctionData } from 'viem';
import { suretyTimelockAbi } from '../generated/index.js';
import { keccak256 } from '../hash.js';
import type { PlacedRoles } from './place-roles.js';
import type { PlannedAct } from './plan-deployment.js';
import { SLOW_KINDS } from './slow-kinds.js';

/** A call through a timelock: scheduled by the proposer, executed by anyone once it is ready. */
export interface PlannedOperation {
  readonly timelock: Address;
  readonly proposer: Address;
  /** Seconds between scheduling and execution. */
  readonly delayS: number;
  /** The timelock's own name of the operation. */
  readonly id: Hex;
  /** Call data of `schedule` and of `execute` at the timelock. */
  readonly schedule: Hex;
  readonly execute: Hex;
}

const SLOW_DELAY_S = 7 * 86_400;
const NOTHING: Hex = `0x${'00'.repeat(32)}`;

/**
 * Sends the acts of chains whose governor is a timelock through it, each operation after the previous one, since asset
 * numbers follow that order; none waits for one that stands aside. Acts of other chains, and acts that anyone may do, are left unchanged.
 */
export function scheduleActs(
  acts: readonly PlannedAct[],
  roles: ReadonlyMap<ChainId, PlacedRoles>,
  salt: Bytes32,
): PlannedAct[] {
  const before = new Map<ChainId, Hex>();
  return acts.map((act) => {
    const timelock = roles.get(act.chainId)?.timelock;
    if (timelock === undefined || act.open === true || act.direct === true) return act;
    const slow = SLOW_KINDS.some(({ selector }) => act.data.startsWith(selector));
    const delayS = slow ? Math.max(SLOW_DELAY_S, timelock.delayS) : timelock.delayS;
    const predecessor = before.get(act.chainId) ?? NOTHING;
    const call = [act.to, 0n, act.data, predecessor, salt] as const;
    const id = operationId(call);
    if (act.aside !== true) before.set(act.chainId, id);
    return {
      ...act,
      operation: {
        timelock: timelock.at,
        proposer: timelock.proposer,
        delayS,
        id,
        schedule: encodeFunctionData({
          abi: suretyTimelockAbi,
          functionName: 'schedule',
          args: [...call, BigInt(delayS)],
        }),
        execute: encodeFunctionData({ abi: suretyTimelockAbi, functionName: 'execute', args: call }),
      },
    };
  });
}

/** Target, value in wei, data, predecessor and salt of an operation. */
export type OperationWords = readonly [Address, bigint, Hex, Hex, Hex];

/** Returns the name of an operation of one call. @source TimelockController.hashOperation */
export function operationId(call: OperationWords): Bytes32 {
  const encoded = encodeAbiParameters(
    [{ type: 'address' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes32' }, { type: 'bytes32' }],
    [...call],
  );
  return bytes32(bytesToHex(keccak256(hexToBytes(encoded))));
}

/** Targets, values in wei, data, predecessor and salt of an operation of several calls. */
export type BatchWords = readonly [readonly Address[], readonly bigint[], readonly Hex[], Hex, Hex];

/** Returns the name of an operation of several calls. @source TimelockController.hashOperationBatch */
export function batchOperationId(calls: BatchWords): Bytes32 {
  const encoded = encodeAbiParameters(
    [{ type: 'address[]' }, { type: 'uint256[]' }, { type: 'bytes[]' }, { type: 'bytes32' }, { type: 'bytes32' }],
    [...calls],
  );
  return bytes32(bytesToHex(keccak256(hexToBytes(encoded))));
}
