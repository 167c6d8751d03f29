import { type Address, type ChainId, address } from '@surety/domain';
import { type Abi, getContractAddress, stringToHex } from 'viem';
import type { ContractCode } from '../contract-code.js';
import { roleHolderAbi, roleHolderCode, suretyTimelockAbi, suretyTimelockCode } from '../generated/index.js';
import type { RoleRequest, TimelockRequest } from './chain-request.js';
import { SLOW_KINDS } from './slow-kinds.js';

/** Anyone may execute a ready operation: the zero address stands for everybody. */
const ANYONE = '0x0000000000000000000000000000000000000000';

/** One chain's roles, as its contracts will name them. */
export interface PlacedRoles {
  readonly governor: Address;
  readonly guardian: Address;
  readonly pauser: Address;
  /** On the settlement chain only. */
  readonly riskAdmin?: Address;
  /** The timelock's proposer and its least delay; missing where the governor acts directly. */
  readonly timelock?: { readonly at: Address; readonly proposer: Address; readonly delayS: number };
}

/** Place of a planned contract. `builtBy` names the contract whose constructor creates it. */
export interface RolePlace {
  readonly create: (part: string, code: ContractCode, abi: Abi, args: readonly unknown[]) => Address;
  readonly built: (
    ...[part, code, abi, args, at, builtBy]: [...Parameters<RolePlace['create']>, at: Address, builtBy: string]
  ) => void;
}

/**
 * Plans the contracts in front of a chain's roles: a timelock as governor, which builds the guardian's contract itself,
 * and one contract each for pauser and risk admin. Without a timelock the roles are those that the request names.
 */
export function placeRoles(
  request: {
    readonly chainId: ChainId;
    readonly roles: RoleRequest & { readonly riskAdmin?: Address };
    readonly timelock?: TimelockRequest;
  },
  place: RolePlace,
): PlacedRoles {
  const { roles, timelock } = request;
  if (timelock === undefined) return roles;
  const at = place.create('timelock', suretyTimelockCode, suretyTimelockAbi, [
    BigInt(timelock.delayS),
    [roles.governor],
    roles.guardian,
    [ANYONE],
    SLOW_KINDS,
  ]);
  const argsOf = (role: string, holder: Address): unknown[] => [stringToHex(role, { size: 32 }), holder, at];
  const hold = (role: string, holder: Address): Address =>
    place.create(`${role}-holder`, roleHolderCode, roleHolderAbi, argsOf(role, holder));
  // The first contract that a contract creates has nonce 1.
  const guardian = address(getContractAddress({ from: at, nonce: 1n }));
  place.built(
    'guardian-holder',
    roleHolderCode,
    roleHolderAbi,
    argsOf('guardian', roles.guardian),
    guardian,
    'timelock',
  );
  return {
    governor: at,
    guardian,
    pauser: hold('pauser', roles.pauser),
    ...(roles.riskAdmin === undefined ? {} : { riskAdmin: hold('riskAdmin', roles.riskAdmin) }),
    timelock: { at, proposer: roles.governor, delayS: timelock.delayS },
  };
}
