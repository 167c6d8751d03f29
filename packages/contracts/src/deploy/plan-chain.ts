import type { Bytes32 } from '@surety/domain';
import type { ChainRequest } from './chain-request.js';
import { ContractPlan } from './contract-plan.js';
import type { PlannedAct, PlannedContract } from './plan-deployment.js';
import { type PlannedVault, type VaultHome, planVault, planVaultActs } from './plan-vault.js';

/** Everything that brings one chain to a running deployment. */
export interface ChainPlan {
  /** In the order in which they must be created; witnesses have an end on the settlement chain too. */
  readonly contracts: readonly PlannedContract[];
  /** In the order in which they must be done; none is scheduled yet. */
  readonly acts: readonly PlannedAct[];
  readonly vault: PlannedVault;
}

/**
 * Plans a chain that joins a running deployment: its contracts, and the acts that make its vault a source of the ledger. Pure: each
 * address follows from the request. `assetIds` are the numbers that the ledger gives its tokens, in their order.
 */
export function planChain(
  home: VaultHome,
  {
    chain,
    salt,
    assetIds,
  }: { readonly chain: ChainRequest; readonly salt: Bytes32; readonly assetIds: readonly number[] },
): ChainPlan {
  const plan = new ContractPlan(salt);
  const vault = planVault(home, plan, { chain, assetIds });
  // Another chain's token may take a foretold number before these are listed; it is read then.
  return { contracts: plan.contracts, acts: planVaultActs(home, vault, { areForetold: true }), vault };
}
