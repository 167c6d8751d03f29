import {
  type Address,
  AppError,
  type Bytes32,
  type ChainId,
  type JsonObject,
  LOCAL_SOURCE,
  type Unparsed,
  chainId,
  parseUint,
  parseWord,
  quorumOf,
  requireObject,
} from '@surety/domain';
import { deployError } from './errors.js';
import { type LocalVaultRequest, problemsOfLocalVault } from './local-vault.js';
import { type MarketRequest, parseMarket } from './market-request.js';
import { type UnderlyingRequest, parseUnderlying } from './price-request.js';
import { problemsOfAssets } from './problems-of-assets.js';
import {
  type RequestedBridgeIds,
  type WitnessRequest,
  parseWitnesses,
  problemsOfWitnesses,
} from './witness-request.js';
import { plannedAddress } from './planned-address.js';

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

/** Everything a person decides about a deployment; the rest follows from it. */
export interface DeploymentRequest {
  readonly profile: 'development' | 'production';
  /** Keeps two deployments of equal content apart. */
  readonly salt: Bytes32;
  readonly attesters: { readonly members: readonly Address[]; readonly activeFrom: number };
  readonly settlement: RequestedBridgeIds & {
    readonly chainId: ChainId;
    readonly name: string;
    readonly roles: RoleRequest & { readonly riskAdmin: Address };
    /** Left out only in development, where those who hold roles act themselves. */
    readonly timelock?: TimelockRequest;
    /** Uptime feed of a rollup's sequencer, so that no auction runs during an outage. */
    readonly uptimeFeed?: Address;
    readonly underlyings: readonly UnderlyingRequest[];
    /** Markets that lend against the unified margin; none if left out. */
    readonly markets?: readonly MarketRequest[];
    /** The vault of this chain, which is source 0; none if left out. */
    readonly vault?: LocalVaultRequest;
  };
  readonly chains: readonly ChainRequest[];
}

const ROLES = ['governor', 'guardian', 'pauser'] as const;
const BRIDGE_IDS = ['layerZeroEid', 'wormholeChainId'] as const;
/** @source LedgerTerms: a quarter of the cap. */
const FAST_BP_MAX = 2500;

/** Limits of the timelock's delay. @source SuretyTimelock.DELAY_FLOOR, DELAY_MAX */
const TIMELOCK_DELAY_S = { least: 48 * 3600, most: 30 * 86_400 } as const;

/**
 * Reads a deployment request from JSON and refuses what could not work.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX for a malformed value; BAD_PLAN for one that contradicts another.
 */
export function parseDeploymentRequest(value: Unparsed): DeploymentRequest {
  const object = requireObject(value, 'plan', ['version', 'profile', 'salt', 'attesters', 'settlement', 'chains']);
  if (object['version'] !== 1)
    throw deployError('BAD_PLAN', `plan.version is ${String(object['version'])}; expected 1`);
  const profile = object['profile'];
  if (profile !== 'development' && profile !== 'production') {
    throw deployError('BAD_PLAN', `plan.profile is ${String(profile)}; expected development or production`);
  }
  const request: DeploymentRequest = {
    profile,
    salt: parseWord(object['salt'], 'plan.salt'),
    attesters: parseAttesters(object['attesters']),
    settlement: parseSettlement(object['settlement']),
    chains: listOf(object['chains'], 'plan.chains').map((chain, at) => parseChain(chain, `plan.chains[${at}]`)),
  };
  requireConsistent(request);
  return request;
}

/** Returns a request as the JSON that {@link parseDeploymentRequest} reads. */
export function formatDeploymentRequest(request: DeploymentRequest): object {
  const json = JSON.stringify({ version: 1, ...request }, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return JSON.parse(json) as object;
}

function parseAttesters(value: Unparsed): DeploymentRequest['attesters'] {
  const object = requireObject(value, 'plan.attesters', ['members', 'activeFrom']);
  const members = listOf(object['members'], 'plan.attesters.members')
    .map((member, at) => plannedAddress(member, `plan.attesters.members[${at}]`))
    .toSorted();
  quorumOf(members.length);
  return {
    members,
    activeFrom: number(object, 'activeFrom', 40, 'plan.attesters'),
  };
}

function parseSettlement(value: Unparsed): DeploymentRequest['settlement'] {
  const path = 'plan.settlement';
  const object = requireObject(
    value,
    path,
    withOptional(
      value,
      ['chainId', 'name', 'roles', 'underlyings'],
      ['timelock', 'uptimeFeed', 'markets', 'vault', ...BRIDGE_IDS],
    ),
  );
  const { uptimeFeed, markets } = object;
  const roles = requireObject(object['roles'], `${path}.roles`, [...ROLES, 'riskAdmin']);
  return {
    chainId: chainId(parseUint(object['chainId'], 53, `${path}.chainId`)),
    name: text(object, 'name', path),
    roles: {
      ...parseRoles(roles, `${path}.roles`),
      riskAdmin: plannedAddress(roles['riskAdmin'], `${path}.roles.riskAdmin`),
    },
    ...parseTimelock(object, path),
    ...parseBridgeIds(object, path),
    ...(uptimeFeed === undefined ? {} : { uptimeFeed: plannedAddress(uptimeFeed, `${path}.uptimeFeed`) }),
    underlyings: listOf(object['underlyings'], `${path}.underlyings`).map((underlying, at) =>
      parseUnderlying(underlying, `${path}.underlyings[${at}]`),
    ),
    ...(markets === undefined
      ? {}
      : {
          markets: listOf(markets, `${path}.markets`).map((market, at) =>
            parseMarket(market, `${path}.markets[${at}]`),
          ),
        }),
    ...(object['vault'] === undefined ? {} : { vault: parseLocalVault(object['vault'], `${path}.vault`) }),
  };
}

function parseLocalVault(value: Unparsed, path: string): LocalVaultRequest {
  const object = requireObject(value, path, ['wrappedNative', 'initialBp', 'maintenanceBp', 'assets']);
  return {
    wrappedNative: plannedAddress(object['wrappedNative'], `${path}.wrappedNative`),
    initialBp: number(object, 'initialBp', 16, path),
    maintenanceBp: number(object, 'maintenanceBp', 16, path),
    assets: parseAssets(object['assets'], `${path}.assets`),
  };
}

function parseChain(value: Unparsed, path: string): ChainRequest {
  const object = requireObject(value, path, withOptional(value, [
    'chainId', 'name', 'source', 'roles', 'wrappedNative', 'initialBp', 'maintenanceBp',
    'staleAfterMin', 'darkAfterMin', 'floorAfterMin', 'm', 'assets',
  ], ['timelock', 'witnesses', 'fastBp', ...BRIDGE_IDS])); // prettier-ignore
  return {
    chainId: chainId(parseUint(object['chainId'], 53, `${path}.chainId`)),
    name: text(object, 'name', path),
    source: number(object, 'source', 16, path),
    roles: parseRoles(requireObject(object['roles'], `${path}.roles`, ROLES), `${path}.roles`),
    ...parseTimelock(object, path),
    wrappedNative: plannedAddress(object['wrappedNative'], `${path}.wrappedNative`),
    initialBp: number(object, 'initialBp', 16, path),
    maintenanceBp: number(object, 'maintenanceBp', 16, path),
    staleAfterMin: number(object, 'staleAfterMin', 16, path),
    darkAfterMin: number(object, 'darkAfterMin', 16, path),
    floorAfterMin: number(object, 'floorAfterMin', 16, path),
    m: number(object, 'm', 8, path),
    ...parseBridgeIds(object, path),
    ...(object['fastBp'] === undefined ? {} : { fastBp: number(object, 'fastBp', 16, path) }),
    ...(object['witnesses'] === undefined
      ? {}
      : { witnesses: parseWitnesses(object['witnesses'], `${path}.witnesses`) }),
    assets: parseAssets(object['assets'], `${path}.assets`),
  };
}

function parseAssets(value: Unparsed, path: string): readonly AssetRequest[] {
  return listOf(value, path).map((asset, at) => parseAsset(asset, `${path}[${at}]`));
}

function parseAsset(value: Unparsed, path: string): AssetRequest {
  const object = requireObject(value, path, withOptional(value, [
    'symbol', 'token', 'decimals', 'underlying', 'minMillionths', 'capThousandths', 'limitThousandths', 'initialBp', 'maintenanceBp',
  ], ['lockFeeBp'])); // prettier-ignore
  return {
    symbol: text(object, 'symbol', path),
    token: plannedAddress(object['token'], `${path}.token`),
    decimals: number(object, 'decimals', 8, path),
    underlying: number(object, 'underlying', 16, path),
    minMillionths: parseUint(object['minMillionths'], 64, `${path}.minMillionths`),
    capThousandths: parseUint(object['capThousandths'], 64, `${path}.capThousandths`),
    limitThousandths: parseUint(object['limitThousandths'], 64, `${path}.limitThousandths`),
    initialBp: number(object, 'initialBp', 16, path),
    maintenanceBp: number(object, 'maintenanceBp', 16, path),
    ...(object['lockFeeBp'] === undefined ? {} : { lockFeeBp: number(object, 'lockFeeBp', 16, path) }),
  };
}

function parseRoles(object: JsonObject, path: string): RoleRequest {
  return {
    governor: plannedAddress(object['governor'], `${path}.governor`),
    guardian: plannedAddress(object['guardian'], `${path}.guardian`),
    pauser: plannedAddress(object['pauser'], `${path}.pauser`),
  };
}

/** The members of a place, and those of the optional ones that it names. */
function withOptional(value: Unparsed, fields: readonly string[], optional: readonly string[]): readonly string[] {
  const named = typeof value === 'object' && value !== null ? optional.filter((field) => field in value) : [];
  return [...fields, ...named];
}

function parseBridgeIds(object: JsonObject, path: string): RequestedBridgeIds {
  return Object.fromEntries(
    BRIDGE_IDS.filter((field) => object[field] !== undefined).map((field) => [field, number(object, field, 32, path)]),
  );
}

function parseTimelock(object: JsonObject, path: string): { readonly timelock?: TimelockRequest } {
  if (object['timelock'] === undefined) return {};
  const timelock = requireObject(object['timelock'], `${path}.timelock`, ['delayS']);
  return { timelock: { delayS: number(timelock, 'delayS', 40, `${path}.timelock`) } };
}

/** Collects everything that contradicts itself, so that one reading of the message repairs the plan. */
function requireConsistent(request: DeploymentRequest): void {
  const problems = [
    ...problemsOfRoles(request),
    ...problemsOfChains(request),
    ...problemsOfAssets(request),
    ...problemsOfLocalVault(request.settlement),
  ];
  const { members } = request.attesters;
  if (new Set(members).size !== members.length) problems.push('plan.attesters.members lists an address twice');
  if (problems.length > 0) {
    throw deployError(
      'BAD_PLAN',
      `the plan has ${problems.length} problems; correct each:\n  ${problems.join('\n  ')}`,
    );
  }
}

function problemsOfRoles(request: DeploymentRequest): string[] {
  const { settlement, chains } = request;
  const holders = [settlement, ...chains].flatMap(({ name, roles }) =>
    Object.entries(roles).map(([role, holder]) => ({ path: `${name}.roles.${role}`, holder: holder as Address })),
  );
  return [
    ...holders
      .filter(({ holder }) => BigInt(holder) === 0n)
      .map(({ path }) => `${path} is the zero address; expected who holds the role`),
    ...[settlement, ...chains].flatMap((place) => problemsOfTimelock(place, request.profile)),
  ];
}

/** Outside development a timelock is required, and one address may hold one role of a chain at most. */
function problemsOfTimelock(
  { name, roles, timelock }: Pick<ChainRequest, 'name' | 'roles' | 'timelock'>,
  profile: DeploymentRequest['profile'],
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

function problemsOfChains({ profile, settlement, chains }: DeploymentRequest): string[] {
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

function number(object: JsonObject, field: string, bits: number, path: string): number {
  return Number(parseUint(object[field], bits, `${path}.${field}`));
}

function text(object: JsonObject, field: string, path: string): string {
  const value = object[field];
  if (typeof value === 'string' && /^[\w. -]{1,40}$/.test(value)) return value;
  throw new AppError({
    code: 'BAD_PLAN',
    message: `${path}.${field} is ${JSON.stringify(value)}; expected a name of 1 to 40 letters, digits, dots, dashes or spaces`,
  });
}

function listOf(value: Unparsed, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw deployError('BAD_PLAN', `${path} is not a list`);
}
