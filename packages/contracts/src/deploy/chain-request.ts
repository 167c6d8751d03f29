import {
  type ChainId,
  LOCAL_SOURCE,
  type Parsed,
  type Unparsed,
  countParser,
  objectParser,
  optionalParser,
  uintParser,
} from '@surety/domain';
import { deployError } from './errors.js';
import { plannedAddress } from './planned-address.js';
import { problemsOfChainAssets } from './problems-of-assets.js';
import { listParser, parseChainId, parseName } from './requested-fields.js';
import { BRIDGE_IDS, type RequestedBridgeIds, parseWitnesses, problemsOfWitnesses } from './witness-request.js';

const ROLES = { governor: plannedAddress, guardian: plannedAddress, pauser: plannedAddress };

/** Reads the holders of the roles of one chain. */
export const parseRoles = objectParser(ROLES);
/** Holders of the roles of one chain. */
export type RoleRequest = Parsed<typeof parseRoles>;

/** Reads the holders of the roles of the settlement chain. */
export const parseHomeRoles = objectParser({ ...ROLES, riskAdmin: plannedAddress });

/** Reads a timelock. */
export const parseTimelock = objectParser({
  /** Seconds that every act of the governor waits at least, 48 hours to 30 days; slow kinds wait 7 days. */
  delayS: countParser(40),
});
/**
 * Contracts in front of the role holders: a timelock to which the governor proposes, and for each other role a fixed
 * address whose holder can change.
 */
export type TimelockRequest = Parsed<typeof parseTimelock>;

const parseAsset = objectParser({
  symbol: parseName,
  token: plannedAddress,
  decimals: countParser(8),
  /** Price slot that values it. */
  underlying: countParser(16),
  minMillionths: uintParser(64),
  capThousandths: uintParser(64),
  limitThousandths: uintParser(64),
  initialBp: countParser(16),
  maintenanceBp: countParser(16),
  /** Smallest fee of a lock in basis points of the smallest lock; 0 if left out. */
  lockFeeBp: optionalParser(countParser(16)),
});
/** One token to list at a vault and at the ledger. */
export type AssetRequest = Parsed<typeof parseAsset>;

/** Reads the tokens of a chain. */
export const parseAssets = listParser(parseAsset);

/**
 * Reads the vault of the settlement chain itself. Its roles are those of that chain. It has no attesters, witnesses or
 * fees of locks: whoever locks credits the lock in the same transaction.
 */
export const parseLocalVault = objectParser({
  /** 0 if no token wraps the native coin. */
  wrappedNative: plannedAddress,
  initialBp: countParser(16),
  maintenanceBp: countParser(16),
  assets: parseAssets,
});

/** The vault of the settlement chain itself. */
export type LocalVaultRequest = Parsed<typeof parseLocalVault>;

/** Reads one chain of a request. */
export const parseChain = objectParser({
  chainId: parseChainId,
  name: parseName,
  source: countParser(16),
  roles: parseRoles,
  /** Left out only in development, where those who hold roles act themselves. */
  timelock: optionalParser(parseTimelock),
  /** 0 if no token wraps the native coin. */
  wrappedNative: plannedAddress,
  initialBp: countParser(16),
  maintenanceBp: countParser(16),
  staleAfterMin: countParser(16),
  darkAfterMin: countParser(16),
  floorAfterMin: countParser(16),
  m: countParser(8),
  ...BRIDGE_IDS,
  /** Share of each asset's cap that may be in use before m witnesses confirm it, in basis points up to 2,500; none unless given. */
  fastBp: optionalParser(countParser(16)),
  witnesses: optionalParser(parseWitnesses),
  assets: parseAssets,
});
/** One collateral chain: its vault and the terms on which the ledger lists it as a source. */
export type ChainRequest = Parsed<typeof parseChain>;

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
  const zero = Object.entries(chain.roles).filter(([, holder]) => BigInt(holder) === 0n);
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
  const held = Object.entries(roles);
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
    const [stale, dark, floor] = [chain.staleAfterMin, chain.darkAfterMin, chain.floorAfterMin];
    // The ledger refuses them, AgesOutOfOrder.
    if (stale === 0 || dark <= stale || floor < dark)
      problems.push(
        `${name}: staleAfterMin, darkAfterMin and floorAfterMin are ${stale}, ${dark}, ${floor}; expected 0 < staleAfterMin < darkAfterMin ≤ floorAfterMin`,
      );
    if (fastBp > FAST_BP_MAX) problems.push(`${name}.fastBp is ${fastBp}; expected at most ${FAST_BP_MAX}`);
    problems.push(...problemsOfWitnesses({ name, m, witnesses, ids: [chain, settlement] }));
    seen.chain.add(id);
    seen.source.add(source);
  }
  return problems;
}
