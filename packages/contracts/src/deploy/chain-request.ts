import {
  type Address,
  type ChainId,
  type JsonObject,
  LOCAL_SOURCE,
  type Unparsed,
  chainId,
  parseUint,
  requireObject,
} from '@surety/domain';
import { deployError } from './errors.js';
import { plannedAddress } from './planned-address.js';
import { problemsOfChainAssets } from './problems-of-assets.js';
import { requestedList, requestedName, requestedNumber, withOptional } from './requested-fields.js';
import {
  type RequestedBridgeIds,
  type WitnessRequest,
  parseWitnesses,
  problemsOfWitnesses,
} from './witness-request.js';

/** Holders of the roles of one chain. */
export interface RoleRequest {
  readonly governor: Address;
  readonly guardian: Address;
  readonly pauser: Address;
}

/**
 * Contracts in front of the role holders: a timelock to which the governor proposes, and for each other role a fixed
 * address whose holder can change.
 */
export interface TimelockRequest {
  /** Seconds that every act of the governor waits at least, 48 hours to 30 days; slow kinds wait 7 days. */
  readonly delayS: number;
}

/** One token to list at a vault and at the ledger. */
export interface AssetRequest {
  readonly symbol: string;
  readonly token: Address;
  readonly decimals: number;
  /** Price slot that values it. */
  readonly underlying: number;
  readonly minMillionths: bigint;
  readonly capThousandths: bigint;
  readonly limitThousandths: bigint;
  readonly initialBp: number;
  readonly maintenanceBp: number;
  /** Smallest fee of a lock in basis points of the smallest lock; 0 if left out. */
  readonly lockFeeBp?: number;
}

/** One collateral chain: its vault and the terms on which the ledger lists it as a source. */
export interface ChainRequest extends RequestedBridgeIds {
  readonly chainId: ChainId;
  readonly name: string;
  readonly source: number;
  readonly roles: RoleRequest;
  /** Left out only in development, where those who hold roles act themselves. */
  readonly timelock?: TimelockRequest;
  /** 0 if no token wraps the native coin. */
  readonly wrappedNative: Address;
  readonly initialBp: number;
  readonly maintenanceBp: number;
  readonly staleAfterMin: number;
  readonly darkAfterMin: number;
  readonly floorAfterMin: number;
  readonly m: number;
  /** Share of each asset's cap that may be in use before m witnesses confirm it, in basis points up to 2,500; none unless given. */
  readonly fastBp?: number;
  readonly witnesses?: readonly WitnessRequest[];
  readonly assets: readonly AssetRequest[];
}

/** Roles of every chain, as fields of a request. */
export const REQUESTED_ROLES = ['governor', 'guardian', 'pauser'] as const;
/** Ids of a chain at the bridges, as fields of a request. */
export const BRIDGE_IDS = ['layerZeroEid', 'wormholeChainId'] as const;
/** @source LedgerTerms: a quarter of the cap. */
const FAST_BP_MAX = 2500;

/** Limits of the timelock's delay. @source SuretyTimelock.DELAY_FLOOR, DELAY_MAX */
const TIMELOCK_DELAY_S = { least: 48 * 3600, most: 30 * 86_400 } as const;

/**
 * Reads the request of one chain that joins a deployment, and refuses what could not work.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX for a malformed value; BAD_PLAN for one that contradicts another.
 */
export function parseChainRequest(
  value: Unparsed,
  { slots, ...around }: ChainSurroundings & { readonly slots: ReadonlySet<number> },
): ChainRequest {
  const chain = parseChain(value, 'chain');
  const zero = Object.entries(chain.roles).filter(([, holder]) => BigInt(holder as Address) === 0n);
  const problems = [
    ...zero.map(([role]) => `chain.roles.${role} is the zero address; expected who holds the role`),
    ...problemsOfTimelock(chain, around.profile),
    ...problemsOfChains(around, [chain]),
    ...problemsOfChainAssets(chain, slots),
  ];
  if (problems.length === 0) return chain;
  throw deployError(
    'BAD_PLAN',
    `the chain's request has ${problems.length} problems; correct each:\n  ${problems.join('\n  ')}`,
  );
}

/** Reads one chain of a request. */
export function parseChain(value: Unparsed, path: string): ChainRequest {
  const object = requireObject(value, path, withOptional(value, [
    'chainId', 'name', 'source', 'roles', 'wrappedNative', 'initialBp', 'maintenanceBp',
    'staleAfterMin', 'darkAfterMin', 'floorAfterMin', 'm', 'assets',
  ], ['timelock', 'witnesses', 'fastBp', ...BRIDGE_IDS])); // prettier-ignore
  return {
    chainId: chainId(parseUint(object['chainId'], 53, `${path}.chainId`)),
    name: requestedName(object, 'name', path),
    source: requestedNumber(object, 'source', 16, path),
    roles: parseRoles(requireObject(object['roles'], `${path}.roles`, REQUESTED_ROLES), `${path}.roles`),
    ...parseTimelock(object, path),
    wrappedNative: plannedAddress(object['wrappedNative'], `${path}.wrappedNative`),
    initialBp: requestedNumber(object, 'initialBp', 16, path),
    maintenanceBp: requestedNumber(object, 'maintenanceBp', 16, path),
    staleAfterMin: requestedNumber(object, 'staleAfterMin', 16, path),
    darkAfterMin: requestedNumber(object, 'darkAfterMin', 16, path),
    floorAfterMin: requestedNumber(object, 'floorAfterMin', 16, path),
    m: requestedNumber(object, 'm', 8, path),
    ...parseBridgeIds(object, path),
    ...(object['fastBp'] === undefined ? {} : { fastBp: requestedNumber(object, 'fastBp', 16, path) }),
    ...(object['witnesses'] === undefined
      ? {}
      : { witnesses: parseWitnesses(object['witnesses'], `${path}.witnesses`) }),
    assets: parseAssets(object['assets'], `${path}.assets`),
  };
}

/** Reads the tokens of a chain. */
export function parseAssets(value: Unparsed, path: string): readonly AssetRequest[] {
  return requestedList(value, path).map((asset, at) => parseAsset(asset, `${path}[${at}]`));
}

function parseAsset(value: Unparsed, path: string): AssetRequest {
  const object = requireObject(value, path, withOptional(value, [
    'symbol', 'token', 'decimals', 'underlying', 'minMillionths', 'capThousandths', 'limitThousandths', 'initialBp', 'maintenanceBp',
  ], ['lockFeeBp'])); // prettier-ignore
  return {
    symbol: requestedName(object, 'symbol', path),
    token: plannedAddress(object['token'], `${path}.token`),
    decimals: requestedNumber(object, 'decimals', 8, path),
    underlying: requestedNumber(object, 'underlying', 16, path),
    minMillionths: parseUint(object['minMillionths'], 64, `${path}.minMillionths`),
    capThousandths: parseUint(object['capThousandths'], 64, `${path}.capThousandths`),
    limitThousandths: parseUint(object['limitThousandths'], 64, `${path}.limitThousandths`),
    initialBp: requestedNumber(object, 'initialBp', 16, path),
    maintenanceBp: requestedNumber(object, 'maintenanceBp', 16, path),
    ...(object['lockFeeBp'] === undefined ? {} : { lockFeeBp: requestedNumber(object, 'lockFeeBp', 16, path) }),
  };
}

/** Reads the holders of a chain’s roles. */
export function parseRoles(object: JsonObject, path: string): RoleRequest {
  return {
    governor: plannedAddress(object['governor'], `${path}.governor`),
    guardian: plannedAddress(object['guardian'], `${path}.guardian`),
    pauser: plannedAddress(object['pauser'], `${path}.pauser`),
  };
}

/** Reads the ids of a chain at the bridges, where it names any. */
export function parseBridgeIds(object: JsonObject, path: string): RequestedBridgeIds {
  return Object.fromEntries(
    BRIDGE_IDS.filter((field) => object[field] !== undefined).map((field) => [
      field,
      requestedNumber(object, field, 32, path),
    ]),
  );
}

/** Reads the timelock of a chain, where it names one. */
export function parseTimelock(object: JsonObject, path: string): { readonly timelock?: TimelockRequest } {
  if (object['timelock'] === undefined) return {};
  const timelock = requireObject(object['timelock'], `${path}.timelock`, ['delayS']);
  return { timelock: { delayS: requestedNumber(timelock, 'delayS', 40, `${path}.timelock`) } };
}

/** Outside development a timelock is required, and one address may hold one role of a chain at most. */
export function problemsOfTimelock(
  { name, roles, timelock }: Pick<ChainRequest, 'name' | 'roles' | 'timelock'>,
  profile: ChainSurroundings['profile'],
): string[] {
  if (timelock === undefined) {
    return profile === 'production' ? [`${name}: timelock is missing; expected {"delayS": 172800} or longer`] : [];
  }
  const { least, most } = TIMELOCK_DELAY_S;
  const problems: string[] = [];
  if (timelock.delayS < least || timelock.delayS > most)
    problems.push(`${name}.timelock.delayS is ${timelock.delayS}; expected ${least} to ${most}`);
  const held = Object.entries(roles) as [string, Address][];
  held.forEach(([role, holder], at) => {
    const other = held.slice(0, at).find(([, before]) => before === holder);
    if (other !== undefined)
      problems.push(`${name}.roles.${role} is ${holder}, who is ${other[0]} too; expected one hand for each role`);
  });
  return problems;
}

/** The facts of a deployment that each of its chains must agree with. */
export interface ChainSurroundings {
  readonly profile: 'development' | 'production';
  readonly settlement: RequestedBridgeIds & { readonly chainId: ChainId };
}

/** Lists contradictions of chains, each with itself, with the others and with the settlement chain. */
export function problemsOfChains(
  { profile, settlement }: ChainSurroundings,
  chains: readonly ChainRequest[],
): string[] {
  const problems: string[] = [];
  const seen = { chain: new Set<number>(), source: new Set<number>() };
  if (chains.length === 0) problems.push('plan.chains is empty; expected at least one collateral chain');
  for (const chain of chains) {
    const { chainId: id, name, source, m, witnesses = [], fastBp = 0 } = chain;
    if (id === settlement.chainId)
      problems.push(
        `${name}: chain id ${id} is the settlement chain's; expected its vault in plan.settlement.vault, which makes it source 0`,
      );
    else if (seen.chain.has(id)) problems.push(`${name}: chain id ${id} is used twice`);
    if (source === LOCAL_SOURCE || seen.source.has(source))
      problems.push(`${name}: source ${source} is 0 or used twice; expected a number of its own from 1`);
    if (m === 0 && profile === 'production')
      problems.push(`${name}: m is 0; expected at least 1 witness outside development`);
    if (fastBp > FAST_BP_MAX) problems.push(`${name}.fastBp is ${fastBp}; expected at most ${FAST_BP_MAX}`);
    problems.push(...problemsOfWitnesses({ name, m, witnesses, ids: [chain, settlement] }));
    seen.chain.add(id);
    seen.source.add(source);
  }
  return problems;
}
