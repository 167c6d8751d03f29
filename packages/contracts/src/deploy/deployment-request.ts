import {
  type Address,
  type Parsed,
  type Unparsed,
  countParser,
  objectParser,
  optionalParser,
  parseWord,
  quorumOf,
} from '@surety/domain';
import {
  parseChain,
  parseHomeRoles,
  parseLocalVault,
  parseTimelock,
  problemsOfChains,
  problemsOfTimelock,
} from './chain-request.js';
import { deployError } from './errors.js';
import { problemsOfLocalVault } from './local-vault.js';
import { parseMarket } from './market-request.js';
import { parseUnderlying } from './price-request.js';
import { problemsOfAssets } from './problems-of-assets.js';
import { plannedAddress } from './planned-address.js';
import { listParser, parseChainId, parseName } from './requested-fields.js';
import { BRIDGE_IDS } from './witness-request.js';

const parseSettlement = objectParser({
  chainId: parseChainId,
  name: parseName,
  roles: parseHomeRoles,
  /** Left out only in development, where those who hold roles act themselves. */
  timelock: optionalParser(parseTimelock),
  ...BRIDGE_IDS,
  /** Uptime feed of a rollup's sequencer, so that no auction runs during an outage. */
  uptimeFeed: optionalParser(plannedAddress),
  underlyings: listParser(parseUnderlying),
  /** Markets that lend against the unified margin; none if left out. */
  markets: optionalParser(listParser(parseMarket)),
  /** The vault of this chain, which is source 0; none if left out. */
  vault: optionalParser(parseLocalVault),
});

const parsePlan = objectParser({
  version: parseVersion,
  profile: parseProfile,
  /** Keeps two deployments of equal content apart. */
  salt: parseWord,
  attesters: objectParser({ members: parseMembers, activeFrom: countParser(40) }),
  settlement: parseSettlement,
  chains: listParser(parseChain),
});
/** Everything a person decides about a deployment; the rest follows from it. */
export type DeploymentRequest = Omit<Parsed<typeof parsePlan>, 'version'>;

/**
 * Reads a deployment request from JSON and refuses what could not work.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX for a malformed value; BAD_PLAN for one that contradicts another.
 */
export function parseDeploymentRequest(value: Unparsed): DeploymentRequest {
  const { version: _, ...request } = parsePlan(value, 'plan');
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

function parseVersion(value: Unparsed, path: string): 1 {
  if (value === 1) return value;
  throw deployError('BAD_PLAN', `${path} is ${String(value)}; expected 1`);
}

function parseProfile(value: Unparsed, path: string): 'development' | 'production' {
  if (value === 'development' || value === 'production') return value;
  throw deployError('BAD_PLAN', `${path} is ${String(value)}; expected development or production`);
}

function parseMembers(value: Unparsed, path: string): readonly Address[] {
  const members = listParser(plannedAddress)(value, path).toSorted();
  quorumOf(members.length);
  return members;
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
  if (members.some((member) => BigInt(member) === 0n))
    problems.push('plan.attesters.members lists the zero address; expected addresses of keys');
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
    Object.entries(roles).map(([role, holder]) => ({ path: `${name}.roles.${role}`, holder })),
  );
  return [
    ...holders
      .filter(({ holder }) => BigInt(holder) === 0n)
      .map(({ path }) => `${path} is the zero address; expected who holds the role`),
    ...[settlement, ...chains].flatMap((place) => problemsOfTimelock(place, request.profile)),
  ];
}
