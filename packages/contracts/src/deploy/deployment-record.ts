import { type Address, type Bytes32, mulDivDown, mulDivUp } from '@surety/domain';
import type { AssetRequest, RoleRequest } from './chain-request.js';
import type { DeploymentRequest } from './deployment-request.js';
import { type MarketRequest, type StatedMarketTerms, statedTerms } from './market-request.js';
import type { PlacedRoles } from './place-roles.js';
import type { PlacedMarket } from './plan-markets.js';
import { type PlacedPrice, type RecordedPriceSource, recordPriceSources } from './plan-prices.js';
import type { PlannedVault } from './plan-vault.js';
import type { PlannedWitness } from './plan-witnesses.js';
import type { UnderlyingRequest } from './price-request.js';
import { type RequestedBridgeIds, type WitnessRequest, requestedBridgeIdsOf } from './witness-request.js';

/** A contract as it was found on its chain after the deployment. */
export interface RecordedContract {
  readonly address: Address;
  /** keccak256 of its runtime code. */
  readonly codeHash: Bytes32;
  /** Height of the block that holds its creation, as decimal text. */
  readonly createdAt: string;
}

/** An asset as it is listed at a vault and at the ledger; amounts are decimal text in token units. */
export interface RecordedAsset {
  readonly index: number;
  readonly assetId: number;
  readonly symbol: string;
  readonly token: Address;
  readonly decimals: number;
  readonly underlying: number;
  readonly cap: string;
  readonly minimum: string;
  readonly limit: string;
  readonly lockFeeBp?: number;
  readonly baseI: number;
  readonly baseM: number;
}

/** A price slot as it is listed. */
export interface RecordedUnderlying {
  readonly id: number;
  readonly symbol: string;
  readonly feed: Address;
  readonly priceMaxAgeS: number;
  /** Left out where the request named one aggregator. */
  readonly sources?: readonly RecordedPriceSource[];
}

/** A witness of a source as it was built: its request, and its two contracts. */
export type RecordedWitness = WitnessRequest & {
  readonly contracts: { readonly atVault: Address; readonly atLedger: Address };
};

/** A market and its junior tranche as they were found, with the terms that both keep. */
export interface RecordedMarket extends Omit<MarketRequest, 'terms'> {
  readonly market: RecordedContract;
  readonly tranche: RecordedContract;
  readonly terms: StatedMarketTerms;
}

/** One vault of the record, with its chain; source 0 stands on the settlement chain. */
export interface RecordedChain extends RequestedBridgeIds {
  readonly chainId: number;
  readonly name: string;
  readonly source: number;
  readonly vault: RecordedContract;
  /** The vault's modules; their addresses are part of the vault's code, so the vault's code hash pins them. */
  readonly vaultModules: readonly RecordedContract[];
  /** Verifies the vault's statements; of source 0 it is the local verifier. */
  readonly attesterSet: RecordedContract;
  /** Locks and credits, releases and pays in one transaction; of source 0 only. */
  readonly desk?: RecordedContract;
  /** Locks native coin, and tokens by Permit2. */
  readonly gateway: RecordedContract;
  /** Edge vault → ledger, and back. */
  readonly edge: Bytes32;
  readonly returnEdge: Bytes32;
  readonly roles: RoleRequest;
  readonly assets: readonly RecordedAsset[];
  /** Left out where the deployment built none. */
  readonly witnesses?: readonly RecordedWitness[];
}

/** The result of a deployment: facts read from the chains, against which chains.config.json is checked. */
export interface DeploymentRecord {
  readonly version: 1;
  readonly profile: DeploymentRequest['profile'];
  readonly attesters: { readonly epoch: 1; readonly members: readonly Address[]; readonly k: number };
  readonly settlement: RequestedBridgeIds & {
    readonly chainId: number;
    readonly name: string;
    readonly ledger: RecordedContract;
    /** The ledger's modules; their addresses are part of the ledger's code, so the ledger's code hash pins them. */
    readonly modules: readonly RecordedContract[];
    readonly lens: RecordedContract;
    readonly marginReports: RecordedContract;
    readonly priceDesk: RecordedContract;
    readonly auction: RecordedContract;
    /** Left out where the chain has no uptime feed. */
    readonly outageClock?: RecordedContract;
    /** Left out where the deployment built none. */
    readonly markets?: readonly RecordedMarket[];
    readonly riskManager: RecordedContract;
    readonly attesterSet: RecordedContract;
    readonly roles: DeploymentRequest['settlement']['roles'];
    readonly underlyings: readonly RecordedUnderlying[];
  };
  readonly chains: readonly RecordedChain[];
}

/** Returns a market as the record states it. */
export function recordMarket(
  { request, market, tranche }: PlacedMarket,
  recorded: (contract: Address) => RecordedContract,
): RecordedMarket {
  return { ...request, market: recorded(market), tranche: recorded(tranche), terms: statedTerms(request.terms) };
}

/** Returns a price slot as the record states it. */
export function recordUnderlying(underlying: UnderlyingRequest, placed: PlacedPrice): RecordedUnderlying {
  const { id, symbol, maxAgeS } = underlying;
  const sources = recordPriceSources(underlying, placed);
  return { id, symbol, feed: placed.feed, priceMaxAgeS: maxAgeS, ...(sources === undefined ? {} : { sources }) };
}

/** Returns an asset as the record and chains.config.json state it. */
export function recordAsset(
  asset: AssetRequest,
  place: { readonly index: number; readonly assetId: number },
): RecordedAsset {
  const whole = 10n ** BigInt(asset.decimals);
  return {
    ...place,
    symbol: asset.symbol,
    token: asset.token,
    decimals: asset.decimals,
    underlying: asset.underlying,
    cap: mulDivDown(asset.capThousandths, whole, 1000n).toString(),
    minimum: mulDivUp(asset.minMillionths, whole, 1_000_000n).toString(),
    limit: mulDivDown(asset.limitThousandths, whole, 1000n).toString(),
    ...(asset.lockFeeBp === undefined ? {} : { lockFeeBp: asset.lockFeeBp }),
    baseI: asset.initialBp,
    baseM: asset.maintenanceBp,
  };
}

/** Returns the roles as a chain's contracts name them. */
export function namedRoles({ governor, guardian, pauser }: PlacedRoles): RoleRequest {
  return { governor, guardian, pauser };
}

/** Returns a vault with its chain as the record states them. */
export function recordChain(
  { request: chain, ...planned }: PlannedVault,
  recorded: (contract: Address, chainId: number) => RecordedContract,
): RecordedChain {
  const found = (contract: Address): RecordedContract => recorded(contract, chain.chainId);
  return {
    chainId: chain.chainId,
    name: chain.name,
    ...requestedBridgeIdsOf(chain),
    source: chain.source,
    vault: found(planned.vault),
    vaultModules: planned.modules.map(found),
    attesterSet: found(planned.attesterSet),
    ...(planned.desk === undefined ? {} : { desk: found(planned.desk) }),
    gateway: found(planned.gateway),
    edge: planned.edgeId,
    returnEdge: planned.returnEdgeId,
    roles: namedRoles(planned.roles),
    assets: chain.assets.map((asset, index) =>
      recordAsset(asset, { index: index + 1, assetId: planned.assetIds[index] as number }),
    ),
    ...(planned.witnesses.length === 0 ? {} : { witnesses: planned.witnesses.map(recordWitness) }),
  };
}

function recordWitness({ request: witness, atVault, atLedger }: PlannedWitness): RecordedWitness {
  return { ...witness, contracts: { atVault: atVault.contract, atLedger: atLedger.contract } };
}
