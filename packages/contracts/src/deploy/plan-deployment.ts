import { type Address, type Bytes32, type ChainId, type Edge, type Hex, edgeId } from '@surety/domain';
import { type Abi, encodeFunctionData } from 'viem';
import type { ContractCode } from '../contract-code.js';
import {
  attesterSetAbi,
  attesterSetCode,
  collateralLedgerAbi,
  collateralLedgerCode,
  collateralVaultAbi,
  ledgerLensAbi,
  ledgerLensCode,
  ledgerModules,
  lockGatewayAbi,
  lockGatewayCode,
  marginReportsAbi,
  marginReportsCode,
  priceDeskAbi,
  priceDeskCode,
  riskManagerAbi,
  riskManagerCode,
} from '../generated/index.js';
import { keccak256 } from '../hash.js';
import { ContractPlan } from './contract-plan.js';
import type { AssetRequest, ChainRequest, DeploymentRequest } from './deployment-request.js';
import { placeLocalDesk, placeLocalVerifier, vaultChainsOf } from './local-vault.js';
import { type PlacedRoles, placeRoles } from './place-roles.js';
import { type PlannedOperation, scheduleActs } from './schedule-acts.js';
import { type PlacedAuction, placeAuction, planAuctionAct } from './plan-auction.js';
import { type PlacedMarket, placeMarkets, planMarketActs } from './plan-markets.js';
import { type PlacedPrice, placePrice } from './plan-prices.js';
import { type PlannedWitness, type WitnessPlace, planFast, planWitness, planWitnessActs } from './plan-witnesses.js';
import { placeVault, vaultEdgePair } from './vault-parts.js';

/** One contract to create, at an address known before anything is sent. */
export interface PlannedContract {
  /** Its part: `ledger`, `vault`, `attester-set`, `feed-ETH` and so on; unique on its chain. */
  readonly part: string;
  readonly chainId: ChainId;
  readonly code: ContractCode;
  readonly address: Address;
  /** Constructor arguments by name, as they will be encoded. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly salt: Bytes32;
  readonly initCode: Hex;
  /** The part whose constructor creates this one, if any. */
  readonly builtBy?: string;
  /** Created after the acts of its chain: its constructor reads what they set. */
  readonly afterActs?: true;
}

/** One call that a role makes after the contracts exist. */
export interface PlannedAct {
  readonly chainId: ChainId;
  readonly by: Address;
  readonly to: Address;
  /** The call in words, for people. */
  readonly text: string;
  readonly data: Hex;
  /** A view of the same contract whose word `probeWord` is zero, or which reverts, exactly while the act is not done yet. */
  readonly probe: Hex;
  readonly probeWord: number;
  /** Anyone may do it; `by` is who would. */
  readonly open?: boolean;
  /** Done after the contracts that are created after the acts of their chain: it names one of them. */
  readonly afterContracts?: true;
  /** A call by the builder, with no timelock in front of it. */
  readonly direct?: true;
  /** The timelock operation of the call, if a timelock is the governor. */
  readonly operation?: PlannedOperation;
}

/** The contracts of one vault: on a collateral chain, or as source 0 on the settlement chain. */
export interface PlannedVault {
  readonly request: ChainRequest;
  /** The roles as the vault names them. */
  readonly roles: PlacedRoles;
  readonly vault: Address;
  /** Work on the vault's storage; built before it, with the same values. */
  readonly modules: readonly Address[];
  /** Verifies the vault's statements; of source 0 it is the local verifier. */
  readonly attesterSet: Address;
  /** The desk between ledger and vault; of source 0 only. */
  readonly desk?: Address;
  /** Locks native coin, and tokens by Permit2, in any vault of the chain. */
  readonly gateway: Address;
  /** The edge vault → ledger. */
  readonly edge: Edge;
  readonly edgeId: Bytes32;
  /** The edge ledger → vault. */
  readonly returnEdgeId: Bytes32;
  /** Ledger-wide asset numbers in the order of the request's assets. */
  readonly assetIds: readonly number[];
  readonly witnesses: readonly PlannedWitness[];
}

/** Everything a deployment will do, with every address, before anything is sent. */
export interface DeploymentPlan {
  readonly request: DeploymentRequest;
  readonly contracts: readonly PlannedContract[];
  readonly acts: readonly PlannedAct[];
  readonly settlement: PlacedAuction & {
    /** The roles as the ledger names them. */
    readonly roles: PlacedRoles & { readonly riskAdmin: Address };
    readonly ledger: Address;
    /** Work on the ledger's storage; built before it, with the same values. */
    readonly modules: readonly Address[];
    readonly lens: Address;
    /** Takes signed margin reports for protocols that want them; no part of the ledger. */
    readonly marginReports: Address;
    readonly riskManager: Address;
    readonly attesterSet: Address;
    /** Brings prices in front of a call; has no rights. */
    readonly priceDesk: Address;
    /** In the order of the request's underlyings. */
    readonly prices: readonly PlacedPrice[];
    readonly markets: readonly PlacedMarket[];
  };
  readonly vaults: readonly PlannedVault[];
}

/**
 * Plans a deployment. Pure, so a dry run shows exactly what will be sent. A contract comes before those that name it,
 * and each address follows from the contract's code and arguments through the deterministic deployment proxy.
 */
export function planDeployment(request: DeploymentRequest): DeploymentPlan {
  const { settlement, salt } = request;
  const plan = new ContractPlan(salt);
  const at = settlement.chainId;
  const create = (part: string, code: ContractCode, abi: Abi, args: readonly unknown[]): Address =>
    plan.add({ chainId: at, part, code, abi, args });

  const placed = placeRoles(settlement, plan.placeOn(at));
  const roles = { ...placed, riskAdmin: placed.riskAdmin ?? settlement.roles.riskAdmin };
  const { governor, guardian, pauser, riskAdmin } = roles;
  const attesterSet = create('attester-set', attesterSetCode, attesterSetAbi, attesterArgs(request, roles));
  const riskManager = create('risk-manager', riskManagerCode, riskManagerAbi, [governor]);
  const prices = settlement.underlyings.map((underlying) => placePrice(underlying, create));
  const development = request.profile === 'development';
  const init = { attesterSet, riskManager, governor, guardian, pauser, riskAdmin, development };
  const modules = ledgerModules.map(({ part, code, abi }) => create(part, code, abi, [init]));
  const ledger = create('ledger', collateralLedgerCode, collateralLedgerAbi, [init, modules]);
  const lens = create('lens', ledgerLensCode, ledgerLensAbi, [ledger]);
  const marginReports = create('margin-reports', marginReportsCode, marginReportsAbi, [attesterSet]);
  const priceDesk = create('price-desk', priceDeskCode, priceDeskAbi, [ledger]);
  const auctionPlace = placeAuction({ ledger, uptimeFeed: settlement.uptimeFeed }, create);
  // A market reads the price of its asset at once.
  const markets = placeMarkets(ledger, settlement.markets ?? [], plan.placeOn(at, { afterActs: true }));

  let assetId = 0;
  const vaults = vaultChainsOf(request).map((chain): PlannedVault => {
    const local = chain.chainId === at ? roles : undefined;
    const contracts = planVaultContracts(request, plan, { chain, ledger, local });
    return {
      ...contracts,
      assetIds: chain.assets.map(() => ++assetId),
      witnesses: planWitnessPairs(request, plan, { chain, vault: contracts.vault, ledger }),
    };
  });
  const contracts = { ledger, modules, lens, marginReports, priceDesk, riskManager, attesterSet };
  const addresses = { roles, prices, markets, ...contracts, ...auctionPlace };
  return {
    request,
    contracts: plan.contracts,
    acts: scheduleActs(
      [
        ...planPrices(request, addresses),
        planAuctionAct(at, addresses),
        ...vaults.flatMap((vault) => planVault(request, addresses, vault)),
        ...planMarketActs(at, addresses),
      ],
      new Map([...vaults.map((vault) => [vault.request.chainId, vault.roles] as const), [at, roles] as const]),
      salt,
    ),
    settlement: addresses,
    vaults,
  };
}

function attesterArgs(
  { attesters }: DeploymentRequest,
  roles: { readonly governor: Address; readonly guardian: Address },
): unknown[] {
  return [attesters.members, attesters.activeFrom, roles.governor, roles.guardian];
}

/** Plans the contracts of one vault, and names its two edges. `local` are the ledger's roles if the vault stands beside it. */
function planVaultContracts(
  request: DeploymentRequest,
  plan: ContractPlan,
  {
    chain,
    ledger,
    local,
  }: {
    readonly chain: ChainRequest;
    readonly ledger: Address;
    readonly local: PlacedRoles | undefined;
  },
): Omit<PlannedVault, 'assetIds' | 'witnesses'> {
  const { chainId } = chain;
  const at = request.settlement.chainId;
  const create = (part: string, code: ContractCode, abi: Abi, args: readonly unknown[]): Address =>
    plan.add({ chainId, part, code, abi, args });
  const roles = local ?? placeRoles(chain, plan.placeOn(chainId));
  const attesterSet =
    local === undefined
      ? create('attester-set', attesterSetCode, attesterSetAbi, attesterArgs(request, roles))
      : placeLocalVerifier(create);
  const init = {
    settlementChainId: BigInt(at),
    ledger,
    source: chain.source,
    attesterSet,
    governor: roles.governor,
    guardian: roles.guardian,
    pauser: roles.pauser,
    development: request.profile === 'development',
  };
  const { vault, modules } = placeVault(init, create);
  const gateway = create('lock-gateway', lockGatewayCode, lockGatewayAbi, [chain.wrappedNative]);
  const { edge, back } = vaultEdgePair(chainId, vault, { chainId: at, ledger });
  return {
    request: chain,
    roles,
    vault,
    modules,
    attesterSet,
    ...(local === undefined
      ? {}
      : { desk: placeLocalDesk({ ledger, vault }, plan.placeOn(chainId, { afterActs: true })) }),
    gateway,
    edge,
    edgeId: edgeId(edge, keccak256),
    returnEdgeId: edgeId(back, keccak256),
  };
}

/** Plans the seats of a source's witnesses and what is built on them. */
function planWitnessPairs(
  { settlement }: DeploymentRequest,
  plan: ContractPlan,
  { chain, vault, ledger }: { readonly chain: ChainRequest; readonly vault: Address; readonly ledger: Address },
): readonly PlannedWitness[] {
  const end = (place: ChainRequest | DeploymentRequest['settlement'], journal: Address): WitnessPlace['vault'] => ({
    chainId: place.chainId,
    builder: place.roles.governor,
    journal,
    ids: place,
  });
  return (chain.witnesses ?? []).map((witness) =>
    planWitness(witness, {
      source: chain.source,
      vault: end(chain, vault),
      ledger: end(settlement, ledger),
      create: (chainId, part, code, abi, args) => plan.add({ chainId, part, code, abi, args }),
    }),
  );
}

function planPrices({ settlement }: DeploymentRequest, addresses: DeploymentPlan['settlement']): PlannedAct[] {
  const base = { chainId: settlement.chainId, by: addresses.roles.governor, to: addresses.riskManager, probeWord: 0 };
  const call = (functionName: 'feedOf' | 'priceOf', slot: number): Hex =>
    encodeFunctionData({ abi: riskManagerAbi, functionName, args: [slot] });
  const listings = settlement.underlyings.map(({ id, symbol, maxAgeS }, at): PlannedAct => {
    const { feed } = addresses.prices[at] as PlacedPrice;
    return {
      ...base,
      text: `riskManager.listUnderlying(${id}, ${feed}, ${maxAgeS}) for ${symbol}`,
      data: encodeFunctionData({ abi: riskManagerAbi, functionName: 'listUnderlying', args: [id, feed, maxAgeS] }),
      probe: call('feedOf', id),
    };
  });
  const slots = settlement.underlyings.map(({ id }) => id);
  const poke: PlannedAct = {
    ...base,
    open: true,
    text: `riskManager.poke([${slots.join(', ')}])`,
    data: encodeFunctionData({ abi: riskManagerAbi, functionName: 'poke', args: [slots] }),
    probe: call('priceOf', slots.at(-1) ?? 0),
  };
  return slots.length === 0 ? [] : [...listings, poke];
}

function planVault(
  { settlement, profile }: DeploymentRequest,
  addresses: DeploymentPlan['settlement'],
  planned: PlannedVault,
): PlannedAct[] {
  const { request: chain, vault, roles } = planned;
  const { chainId, source, initialBp, maintenanceBp, staleAfterMin, darkAfterMin, floorAfterMin, m } = chain;
  const atLedger = { chainId: settlement.chainId, by: addresses.roles.governor, to: addresses.ledger, probeWord: 0 };
  const terms = {
    source,
    originChainId: BigInt(chainId),
    vault,
    initialBp,
    maintenanceBp,
    staleAfterMin,
    darkAfterMin,
    floorAfterMin,
    m,
    development: profile === 'development',
  };
  const sourceAct: PlannedAct = {
    ...atLedger,
    text: `ledger.listSource(${formatArgs(terms)})`,
    data: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'listSource', args: [terms] }),
    probe: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'replicaOf', args: [source] }),
  };
  const assetActs = chain.assets.flatMap((asset, at): PlannedAct[] => {
    const { token, decimals, minMillionths, capThousandths, limitThousandths, underlying } = asset;
    const listing = {
      source,
      vaultAsset: at + 1,
      underlying,
      ownPrice: 0,
      decimals,
      initialBp: asset.initialBp,
      maintenanceBp: asset.maintenanceBp,
      minMillionths,
      capThousandths,
    };
    return [
      {
        chainId,
        by: roles.governor,
        to: vault,
        text: `vault.listAsset(${token}, ${decimals}, ${minMillionths}, ${capThousandths}, ${limitThousandths}) for ${asset.symbol}`,
        data: encodeFunctionData({
          abi: collateralVaultAbi,
          functionName: 'listAsset',
          args: [token, decimals, minMillionths, capThousandths, limitThousandths],
        }),
        probe: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'indexOf', args: [token] }),
        probeWord: 0,
      },
      ...planLockFee(asset, at + 1, { chainId, by: roles.governor, to: vault }),
      {
        ...atLedger,
        text: `ledger.listAsset(${formatArgs(listing)}) for ${asset.symbol}`,
        data: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'listAsset', args: [listing] }),
        probe: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'assetIdOf', args: [source, at + 1] }),
      },
      ...planFast(chain, { symbol: asset.symbol, assetId: planned.assetIds[at] as number }, atLedger),
    ];
  });
  const governors = { vault, ledger: addresses.ledger, atVault: roles.governor, atLedger: atLedger.by };
  return [sourceAct, ...planWitnessActs(chain, planned.witnesses, governors), ...assetActs];
}

/** Writes values for people and records: `name: value`, bigints as decimals. */
export function formatArgs(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatArgs).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, inner]) => `${name}: ${formatArgs(inner)}`)
      .join(', ')}}`;
  }
  return String(value);
}

function planLockFee(
  { symbol, lockFeeBp = 0 }: AssetRequest,
  index: number,
  governor: Pick<PlannedAct, 'chainId' | 'by' | 'to'>,
): PlannedAct[] {
  if (lockFeeBp === 0) return [];
  const vault = { abi: collateralVaultAbi } as const;
  return [
    {
      ...governor,
      text: `vault.setLockFee(${index}, ${lockFeeBp}) for ${symbol}`,
      data: encodeFunctionData({ ...vault, functionName: 'setLockFee', args: [index, lockFeeBp] }),
      probe: encodeFunctionData({ ...vault, functionName: 'lockFeeOf', args: [index] }),
      probeWord: 0,
    },
  ];
}
