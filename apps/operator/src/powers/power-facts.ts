import type { Address } from '@surety/domain';

/** The roles that contracts name. */
export const ROLES = ['governor', 'guardian', 'pauser', 'riskAdmin'] as const;
/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** The holder at an address that a contract names. */
export type Hand =
  /** A key: an address without code. */
  | { readonly kind: 'key'; readonly at: Address }
  /** Code that this build does not know. */
  | { readonly kind: 'contract'; readonly at: Address }
  | {
      readonly kind: 'timelock';
      readonly at: Address;
      readonly delayS: number;
      readonly proposers: readonly Address[];
      readonly cancellers: readonly Address[];
      readonly executors: readonly Address[];
      readonly guardian: Address;
      /** Kinds that should wait 7 days and do not, by name. */
      readonly hasty: readonly string[];
      readonly pending: readonly { readonly id: string; readonly readyAt: number; readonly expiresAt: number }[];
    }
  | {
      readonly kind: 'role-holder';
      readonly at: Address;
      readonly role: string;
      readonly holder: Address;
      readonly governor: Address;
      /** The proposed successor, its deadline in seconds, and the proposer; missing without one. */
      readonly proposal?: { readonly to: Address; readonly until: number; readonly byGovernor: boolean };
    };

/** One contract and the addresses it names. */
export interface ContractFacts {
  /** Name in the sources, such as `CollateralVault`. */
  readonly name: string;
  readonly at: Address;
  readonly named: Readonly<Partial<Record<Role, Address>>>;
}

/** The newest epoch of one attester set. */
export interface AttesterFacts {
  readonly at: Address;
  readonly epoch: number;
  readonly members: readonly Address[];
  readonly k: number;
  readonly suspended: number;
  readonly expires: number;
}

/** One asset of a source with the limits on both sides; amounts in token units. */
export interface AssetFacts {
  readonly symbol: string;
  readonly decimals: number;
  readonly initialBp: number;
  readonly maintenanceBp: number;
  readonly cap: bigint;
  readonly credited: bigint;
  /** Most that may count before witnesses have confirmed it, a quarter of it while contested; missing where only the cap bounds it. */
  readonly fastLimit?: bigint;
  /** The vault's limit a day, and its accounted holding. */
  readonly limit: bigint;
  readonly locked: bigint;
  /** Price of a whole token, scaled 1e12; 0 without one. */
  readonly price1e12: bigint;
}

/** One source as the ledger lists it. */
export interface SourceFacts {
  readonly source: number;
  readonly m: number;
  readonly development: boolean;
  readonly assets: readonly AssetFacts[];
}

/** One chain of a deployment. */
export interface PlaceFacts {
  readonly chainId: number;
  readonly name: string;
  readonly contracts: readonly ContractFacts[];
  readonly hands: ReadonlyMap<Address, Hand>;
  readonly attesters: AttesterFacts;
  /** Time of the block that was read, in seconds. */
  readonly time: number;
}

/** A source with the chain that the file puts its vault on. */
export interface PowerSource extends SourceFacts {
  readonly chainName: string;
  /** The vault of assets that the ledger counts and no chain of the file has. */
  readonly unnamed?: Address;
}

/** A contract that the ledger asks, and that its governor may replace. */
export interface LedgerPart {
  readonly part: 'auction' | 'risk manager';
  /** The one that counts; the zero address for no auction. */
  readonly live: Address;
  /** The one of chains.config.json; missing where it names none. */
  readonly named?: Address;
  readonly isOfThisBuild: boolean;
  /** The one that the ledger waits for, and the time in seconds from which an auction counts or anyone may adopt a risk manager. */
  readonly next?: { readonly at: Address; readonly from: number };
}

/** A whole deployment as its chains show it. */
export interface DeploymentFacts {
  /** The ledger takes sources without witnesses: other people's money has no place in it. */
  readonly development: boolean;
  readonly places: readonly PlaceFacts[];
  readonly sources: readonly PowerSource[];
  readonly parts: readonly LedgerPart[];
}
