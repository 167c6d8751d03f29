import type { Network, ProviderEndpoint } from '@surety/config';
import { attesterSetAbi, collateralLedgerAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import type { PublicClient } from 'viem';
import { operatorError } from '../errors.js';
import { type Reach, placeOf, requireSettlement } from '../chains/open-config.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { parseAddressArgument } from '../terminal/parse-account.js';
import type { Place } from './act-spec.js';

/** The contract that a person named for an act. */
export interface TargetOptions {
  /** Chain id or name, for contracts that exist on several chains. */
  readonly chain?: string;
  /** Another contract than the configuration's, such as a vault that is not listed yet. */
  readonly at?: string;
  /** The role whose address is meant, for acts on a role. */
  readonly role?: string;
}

/** A contract to act at, and how to read its chain. */
export interface ActTarget {
  readonly chain: Network['chains'][number];
  readonly endpoints: readonly ProviderEndpoint[];
  readonly clock: Clock;
  /** Gives what two thirds of the providers answer: what is read here is signed. */
  readonly reader: PublicClient;
  readonly contract: Address;
  /** Time of the newest block that two thirds of the providers have reached, in seconds. */
  readonly nowS: bigint;
}

/** True for contracts that stand on the settlement chain alone. */
export function isAtHome(place: Place): boolean {
  return place === 'ledger' || place === 'prices' || place === 'auction';
}

type Found = Omit<ActTarget, 'contract' | 'nowS'> & { readonly settlement: NonNullable<Network['settlement']> };

const HELD_ROLES = ['guardian', 'pauser', 'riskAdmin'] as const;

/** Finds the contract that an act is about. @throws BAD_USE with the names that are known; NO_PROVIDER, NO_QUORUM. */
export async function findTarget(config: Reach, place: Place, options: TargetOptions): Promise<ActTarget> {
  const found = findChain(config, place, options.chain);
  const contract =
    options.at === undefined ? await findContract(found, place, options) : parseAddressArgument(options.at, '--at');
  const block = await found.reader.getBlock();
  const { chain, endpoints, clock, reader } = found;
  return { chain, endpoints, clock, reader, contract, nowS: block.timestamp };
}

function findChain(config: Reach, place: Place, name: string | undefined): Found {
  const { settlement } = requireSettlement(config.network);
  const isHome = isAtHome(place);
  const possible = config.network.chains.filter(({ chainId, vault }) =>
    isHome
      ? chainId === settlement.chainId
      : vault !== undefined || (place !== 'vault' && chainId === settlement.chainId),
  );
  const chain = isHome ? possible[0] : possible.find((one) => one.name === name || String(one.chainId) === name);
  if (chain === undefined) {
    const known = possible.map((one) => `${one.name} (${one.chainId})`).join(', ') || 'none';
    throw operatorError('BAD_USE', `--chain is "${name ?? ''}"; expected one of ${known}`);
  }
  const reach = placeOf(config, chain);
  return { ...reach, settlement, reader: openAgreedReader(reach) };
}

async function findContract(
  { chain, settlement, reader }: Found,
  place: Place,
  options: TargetOptions,
): Promise<Address> {
  const isSettlement = chain.chainId === settlement.chainId;
  const attesterSet = address(isSettlement ? settlement.attesterSet : (chain.vault?.attesterSet ?? ''));
  switch (place) {
    case 'ledger':
      return address(settlement.ledger);
    case 'prices':
      return findRiskManager(settlement, reader);
    case 'auction':
      return findAuction(settlement, reader);
    case 'vault':
      return address(chain.vault?.address ?? '');
    case 'attesters':
      return attesterSet;
    case 'timelock':
      return address(
        await reader.readContract({ address: attesterSet, abi: attesterSetAbi, functionName: 'governor' }),
      );
    case 'role': {
      // Both contracts answer a role's name alike; the risk admin is known to the ledger alone.
      const names = isSettlement ? settlement.ledger : (chain.vault?.address ?? '');
      const functionName = requireHeldRole(options.role, isSettlement);
      return address(await reader.readContract({ address: address(names), abi: collateralLedgerAbi, functionName }));
    }
  }
}

/** Reads the risk manager by which the ledger weighs: an act at a former one would change nothing that counts. */
async function findRiskManager({ ledger, riskManager }: Found['settlement'], reader: PublicClient): Promise<Address> {
  const asked = { address: address(ledger), abi: collateralLedgerAbi, functionName: 'riskManager' } as const;
  const weighing = address((await reader.readContract(asked)).toLowerCase());
  const named = riskManager.toLowerCase();
  if (named === weighing) return weighing;
  throw operatorError(
    'BAD_USE',
    `settlement.riskManager of chains.config.json is ${named}, and the ledger weighs by ${weighing}; expected one: put ${weighing} into the file, or add --at with the one that is meant`,
  );
}

/** Reads the auction that may seize now from the ledger, which knows better than a file. */
async function findAuction({ ledger }: Found['settlement'], reader: PublicClient): Promise<Address> {
  const named = { address: address(ledger), abi: collateralLedgerAbi, functionName: 'auction' } as const;
  const found = address(await reader.readContract(named));
  if (BigInt(found) !== 0n) return found;
  throw operatorError('BAD_USE', `the ledger ${ledger} names no auction; expected one, or --at with its address`);
}

function requireHeldRole(role: string | undefined, isSettlement: boolean): (typeof HELD_ROLES)[number] {
  const known = HELD_ROLES.filter((one) => isSettlement || one !== 'riskAdmin');
  const found = known.find((one) => one === role);
  if (found !== undefined) return found;
  throw operatorError('BAD_USE', `--role is "${role ?? ''}"; expected one of ${known.join(', ')}`);
}
