import {
  type Address,
  type Bytes32,
  type ChainId,
  type Unparsed,
  chainId,
  parseUint,
  parseWord,
  quorumOf,
  requireObject,
} from '@surety/domain';
import {
  BRIDGE_IDS,
  type ChainRequest,
  REQUESTED_ROLES,
  type RoleRequest,
  type TimelockRequest,
  parseAssets,
  parseBridgeIds,
  parseChain,
  parseRoles,
  parseTimelock,
  problemsOfChains,
  problemsOfTimelock,
} from './chain-request.js';
import { deployError } from './errors.js';
import { type LocalVaultRequest, problemsOfLocalVault } from './local-vault.js';
import { type MarketRequest, parseMarket } from './market-request.js';
import { type UnderlyingRequest, parseUnderlying } from './price-request.js';
import { problemsOfAssets } from './problems-of-assets.js';
import { plannedAddress } from './planned-address.js';
import { requestedList, requestedName, requestedNumber, withOptional } from './requested-fields.js';
import type { RequestedBridgeIds } from './witness-request.js';

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
    chains: requestedList(object['chains'], 'plan.chains').map((chain, at) => parseChain(chain, `plan.chains[${at}]`)),
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
  const members = requestedList(object['members'], 'plan.attesters.members')
    .map((member, at) => plannedAddress(member, `plan.attesters.members[${at}]`))
    .toSorted();
  quorumOf(members.length);
  return {
    members,
    activeFrom: requestedNumber(object, 'activeFrom', 40, 'plan.attesters'),
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
  const roles = requireObject(object['roles'], `${path}.roles`, [...REQUESTED_ROLES, 'riskAdmin']);
  return {
    chainId: chainId(parseUint(object['chainId'], 53, `${path}.chainId`)),
    name: requestedName(object, 'name', path),
    roles: {
      ...parseRoles(roles, `${path}.roles`),
      riskAdmin: plannedAddress(roles['riskAdmin'], `${path}.roles.riskAdmin`),
    },
    ...parseTimelock(object, path),
    ...parseBridgeIds(object, path),
    ...(uptimeFeed === undefined ? {} : { uptimeFeed: plannedAddress(uptimeFeed, `${path}.uptimeFeed`) }),
    underlyings: requestedList(object['underlyings'], `${path}.underlyings`).map((underlying, at) =>
      parseUnderlying(underlying, `${path}.underlyings[${at}]`),
    ),
    ...(markets === undefined
      ? {}
      : {
          markets: requestedList(markets, `${path}.markets`).map((market, at) =>
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
    initialBp: requestedNumber(object, 'initialBp', 16, path),
    maintenanceBp: requestedNumber(object, 'maintenanceBp', 16, path),
    assets: parseAssets(object['assets'], `${path}.assets`),
  };
}

/** Collects everything that contradicts itself, so that one reading of the message repairs the plan. */
function requireConsistent(request: DeploymentRequest): void {
  const problems = [
    ...problemsOfRoles(request),
    ...problemsOfChains(request, request.chains),
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
