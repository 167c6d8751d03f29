import type { PublicClient } from 'viem';
import { type ConfiguredDeployment, configureVault } from './check-against-record.js';
import { checkRoles } from './check-roles.js';
import { type CheckedHome, checkVault } from './check-vault.js';
import { connectionTo } from './connection-to.js';
import { DeploymentCheck } from './deployment-check.js';
import { recordChain } from './deployment-record.js';
import type { ChainPlan } from './plan-chain.js';
import { checkPlannedCode, readContracts, recordedAt } from './read-contracts.js';

type Readers = ReadonlyMap<number, PublicClient>;

/** Lists how the contracts of a chain's plan differ from it: code, and the roles in front of them. */
export async function findContractProblems(
  { contracts, vault }: ChainPlan,
  readers: Readers,
): Promise<readonly string[]> {
  const check = new DeploymentCheck();
  await checkPlannedCode(contracts, readers, check);
  const { request, roles: placed } = vault;
  await checkRoles(
    connectionTo(readers, request.chainId),
    { name: request.name, placed, wanted: request.roles },
    check,
  );
  return check.problems;
}

/** Lists how a chain differs from its plan, on its own side and at the ledger: edges, signers, tokens, limits, witnesses. */
export async function findChainProblems(
  home: CheckedHome,
  { vault }: ChainPlan,
  readers: Readers,
): Promise<readonly string[]> {
  const check = new DeploymentCheck();
  await checkVault(home, vault, readers, check);
  return check.problems;
}

/** Returns the vault of a chain whose plan is carried out, as chains.config.json states it. */
export async function describeChain(
  { contracts, vault }: ChainPlan,
  readers: Readers,
): Promise<NonNullable<ConfiguredDeployment['chains'][number]['vault']>> {
  const found = await readContracts(contracts, readers, { outcomes: [], check: new DeploymentCheck() });
  return configureVault(recordChain(vault, recordedAt(found)));
}
