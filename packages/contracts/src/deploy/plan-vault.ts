import { type Address, type Bytes32, type ChainId, type Edge, edgeId } from '@surety/domain';
import {
  attesterSetAbi,
  attesterSetCode,
  collateralVaultAbi,
  lockGatewayAbi,
  lockGatewayCode,
} from '../generated/index.js';
import { keccak256 } from '../hash.js';
import type { ContractPlan } from './contract-plan.js';
import type { ChainRequest } from './chain-request.js';
import type { DeploymentRequest } from './deployment-request.js';
import { placeLocalDesk, placeLocalVerifier } from './local-vault.js';
import { type PlacedRoles, placeRoles } from './place-roles.js';
import { actedLedger, planAct } from './plan-act.js';
import type { PlannedAct } from './plan-deployment.js';
import { type PlannedWitness, type WitnessPlace, planFast, planWitness, planWitnessActs } from './plan-witnesses.js';
import { placeVault, vaultEdgePair } from './vault-parts.js';
import type { RequestedBridgeIds } from './witness-request.js';

/** The ledger of a vault, and the facts of its deployment that the vault's contracts share. */
export interface VaultHome {
  readonly profile: DeploymentRequest['profile'];
  readonly attesters: DeploymentRequest['attesters'];
  readonly settlement: RequestedBridgeIds & {
    readonly chainId: ChainId;
    readonly ledger: Address;
    /** The governor as the ledger names it. */
    readonly governor: Address;
    /** Its person, who builds the ledger's ends of witnesses. */
    readonly roles: { readonly governor: Address };
  };
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

/** Plans a vault: its contracts on its chain, and its witnesses on both. `assetIds` are the ledger's numbers of its tokens. */
export function planVault(
  home: VaultHome,
  plan: ContractPlan,
  {
    chain,
    local,
    assetIds,
  }: {
    readonly chain: ChainRequest;
    /** The ledger's roles if the vault stands beside it. */
    readonly local?: PlacedRoles | undefined;
    readonly assetIds: readonly number[];
  },
): PlannedVault {
  const contracts = planVaultContracts(home, plan, { chain, local });
  return { ...contracts, assetIds, witnesses: planWitnessPairs(home, plan, { chain, vault: contracts.vault }) };
}

/** Returns the constructor's arguments of an attester set. */
export function attesterArgs(
  { attesters }: Pick<VaultHome, 'attesters'>,
  roles: { readonly governor: Address; readonly guardian: Address },
): unknown[] {
  return [attesters.members, attesters.activeFrom, roles.governor, roles.guardian];
}

/** Plans the contracts of one vault, and names its two edges. `local` are the ledger's roles if the vault stands beside it. */
function planVaultContracts(
  home: VaultHome,
  plan: ContractPlan,
  { chain, local }: { readonly chain: ChainRequest; readonly local: PlacedRoles | undefined },
): Omit<PlannedVault, 'assetIds' | 'witnesses'> {
  const { chainId } = chain;
  const { chainId: at, ledger } = home.settlement;
  const place = plan.placeOn(chainId);
  const { create } = place;
  const roles = local ?? placeRoles(chain, place);
  const attesterSet =
    local === undefined
      ? create('attester-set', attesterSetCode, attesterSetAbi, attesterArgs(home, roles))
      : placeLocalVerifier(create);
  const init = {
    settlementChainId: BigInt(at),
    ledger,
    source: chain.source,
    attesterSet,
    governor: roles.governor,
    guardian: roles.guardian,
    pauser: roles.pauser,
    development: home.profile === 'development',
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
  { settlement }: VaultHome,
  plan: ContractPlan,
  { chain, vault }: { readonly chain: ChainRequest; readonly vault: Address },
): readonly PlannedWitness[] {
  const end = (place: ChainRequest | VaultHome['settlement'], journal: Address): WitnessPlace['vault'] => ({
    chainId: place.chainId,
    builder: place.roles.governor,
    journal,
    ids: place,
  });
  return (chain.witnesses ?? []).map((witness) =>
    planWitness(witness, {
      source: chain.source,
      vault: end(chain, vault),
      ledger: end(settlement, settlement.ledger),
      create: (chainId, part, code, abi, args) => plan.add({ chainId, part, code, abi, args }),
    }),
  );
}

/** Plans the acts by which governors list a vault and its tokens. */
export function planVaultActs(
  { settlement, profile }: VaultHome,
  planned: PlannedVault,
  { areForetold = false } = {},
): PlannedAct[] {
  const { request: chain, vault, roles } = planned;
  const { chainId, source, initialBp, maintenanceBp, staleAfterMin, darkAfterMin, floorAfterMin, m } = chain;
  const atLedger = actedLedger(settlement);
  const atVault = { name: 'vault', abi: collateralVaultAbi, chainId, by: roles.governor, to: vault } as const;
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
  const sourceAct = planAct(atLedger, { call: ['listSource', [terms]], seenBy: ['replicaOf', [source]] });
  const assetActs = chain.assets.flatMap((asset, at): PlannedAct[] => {
    const { token, decimals, minMillionths, capThousandths, limitThousandths, underlying, lockFeeBp = 0 } = asset;
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
    const place = {
      vault: { chainId, at: vault },
      ledger: { chainId: settlement.chainId, at: settlement.ledger },
      source,
      index: at + 1,
      assetId: areForetold ? undefined : planned.assetIds[at],
      asset,
    };
    const purpose = asset.symbol;
    const acts = [
      planAct(atVault, {
        call: ['listAsset', [token, decimals, minMillionths, capThousandths, limitThousandths]],
        purpose,
        seenBy: ['indexOf', [token]],
      }),
      ...(lockFeeBp === 0
        ? []
        : [planAct(atVault, { call: ['setLockFee', [at + 1, lockFeeBp]], purpose, seenBy: ['lockFeeOf', [at + 1]] })]),
      planAct(atLedger, { call: ['listAsset', [listing]], purpose, seenBy: ['assetIdOf', [source, at + 1]] }),
      ...planFast(chain, asset, { ledger: atLedger, assetId: planned.assetIds[at] as number }),
    ];
    return acts.map((act) => ({ ...act, place }));
  });
  return [sourceAct, ...planWitnessActs(chain, planned.witnesses, { vault: atVault, ledger: atLedger }), ...assetActs];
}
