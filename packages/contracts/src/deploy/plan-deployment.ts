import type { Address, Bytes32, ChainId, Hex } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import type { ContractCode } from '../contract-code.js';
import type { NumberedAsset } from './asset-place.js';
import {
  attesterSetAbi,
  attesterSetCode,
  collateralLedgerAbi,
  collateralLedgerCode,
  ledgerLensAbi,
  ledgerLensCode,
  ledgerModules,
  marginReportsAbi,
  marginReportsCode,
  priceDeskAbi,
  priceDeskCode,
  riskManagerAbi,
  riskManagerCode,
} from '../generated/index.js';
import { ContractPlan } from './contract-plan.js';
import type { DeploymentRequest } from './deployment-request.js';
import { vaultChainsOf } from './local-vault.js';
import { type PlacedRoles, placeRoles } from './place-roles.js';
import { type PlannedOperation, scheduleActs } from './schedule-acts.js';
import { type PlacedAuction, placeAuction, planAuctionAct } from './plan-auction.js';
import { type PlacedMarket, placeMarkets, planMarketActs } from './plan-markets.js';
import { type PlacedPrice, placePrice } from './plan-prices.js';
import { actedLedger, planAct } from './plan-act.js';
import { type PlannedVault, attesterArgs, planVault, planVaultActs } from './plan-vault.js';

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
  /** Further views that tell the same of the act's other parts: it is done once all of them do. */
  readonly otherProbes?: readonly Hex[];
  /** The act is not done either while that word is above this. */
  readonly probeMax?: bigint;
  /** No later operation of its timelock waits for it: its value may be corrected. */
  readonly aside?: true;
  /** Anyone may do it; `by` is who would. */
  readonly open?: boolean;
  /** Done after the contracts that are created after the acts of their chain: it names one of them. */
  readonly afterContracts?: true;
  /** A call by the builder, with no timelock in front of it. */
  readonly direct?: true;
  /** Constructor arguments of the contract that the call builds, by name: the call data holds them as code. */
  readonly builds?: Readonly<Record<string, unknown>>;
  /** The token that it concerns: to be sent only while vault and ledger name it as the plan does. */
  readonly place?: NumberedAsset;
  /** The timelock operation of the call, if a timelock is the governor. */
  readonly operation?: PlannedOperation;
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
  const place = plan.placeOn(at);
  const { create } = place;

  const placed = placeRoles(settlement, place);
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

  const home = { ...request, settlement: { ...settlement, ledger, governor } };
  let assetId = 0;
  const vaults = vaultChainsOf(request).map((chain): PlannedVault => {
    const assetIds = chain.assets.map(() => ++assetId);
    return planVault(home, plan, { chain, local: chain.chainId === at ? roles : undefined, assetIds });
  });
  const contracts = { ledger, modules, lens, marginReports, priceDesk, riskManager, attesterSet };
  const addresses = { roles, prices, markets, ...contracts, ...auctionPlace };
  return {
    request,
    contracts: plan.contracts,
    acts: scheduleActs(
      [
        ...planPrices(request, addresses),
        planAuctionAct(actedLedger(home.settlement), auctionPlace.auction),
        ...vaults.flatMap((vault) => planVaultActs(home, vault)),
        ...planMarketActs(actedLedger(home.settlement), markets),
      ],
      new Map([...vaults.map((vault) => [vault.request.chainId, vault.roles] as const), [at, roles] as const]),
      salt,
    ),
    settlement: addresses,
    vaults,
  };
}

function planPrices({ settlement }: DeploymentRequest, addresses: DeploymentPlan['settlement']): PlannedAct[] {
  const { chainId, underlyings } = settlement;
  const by = addresses.roles.governor;
  const risk = { name: 'riskManager', abi: riskManagerAbi, chainId, by, to: addresses.riskManager } as const;
  const listings = underlyings.map(({ id, symbol, maxAgeS }, at) => {
    const { feed } = addresses.prices[at] as PlacedPrice;
    return planAct(risk, { call: ['listUnderlying', [id, feed, maxAgeS]], purpose: symbol, seenBy: ['feedOf', [id]] });
  });
  const slots = underlyings.map(({ id }) => id);
  const [first, ...others] = slots;
  if (first === undefined) return [];
  // A corrected plan may bring a slot at any place among slots that have a price.
  const otherProbes = others.map((id) =>
    encodeFunctionData({ abi: riskManagerAbi, functionName: 'priceOf', args: [id] }),
  );
  const poke = planAct(risk, { call: ['poke', [slots]], seenBy: ['priceOf', [first]], otherProbes, open: true });
  return [...listings, poke];
}
