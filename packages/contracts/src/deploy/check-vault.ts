import type { Address } from '@surety/domain';
import type { PublicClient } from 'viem';
import {
  attesterSetAbi,
  collateralLedgerAbi,
  collateralVaultAbi,
  localDeskAbi,
  lockGatewayAbi,
} from '../generated/index.js';
import type { AssetRequest } from './chain-request.js';
import { checkAttesterSet } from './check-attester-set.js';
import { connectionTo } from './connection-to.js';
import { checkWitnesses } from './check-witnesses.js';
import type { DeploymentCheck } from './deployment-check.js';
import type { PlannedVault, VaultHome } from './plan-vault.js';

/** The ledger of a vault, and the verifier of its statements. */
export type CheckedHome = Pick<VaultHome, 'profile' | 'attesters'> & {
  readonly settlement: Pick<VaultHome['settlement'], 'chainId' | 'ledger'> & { readonly attesterSet: Address };
};

/** Compares a vault and its source at the ledger with the plan. */
export async function checkVault(
  home: CheckedHome,
  planned: PlannedVault,
  readers: ReadonlyMap<number, PublicClient>,
  check: DeploymentCheck,
): Promise<void> {
  const { request: chain, vault } = planned;
  const reader = connectionTo(readers, chain.chainId);
  const settled = connectionTo(readers, home.settlement.chainId);
  const contract = { address: vault, abi: collateralVaultAbi } as const;
  const prefix = `vault of ${chain.name}: `;
  await check.views(
    prefix,
    { ...contract, reader },
    { outboundEdge: planned.edgeId, inboundEdge: planned.returnEdgeId },
  );
  const modules = await reader.readContract({ ...contract, functionName: 'modules' });
  check.equal(`${prefix}modules`, modules.join(', '), planned.modules.join(', '));
  const { ledger: homeLedger, chainId: settlementChainId } = home.settlement;
  const { governor, guardian, pauser } = planned.roles;
  await check.views(
    prefix,
    { ...contract, reader },
    {
      development: home.profile === 'development',
      ledger: homeLedger,
      settlementChainId,
      source: chain.source,
      attesterSet: planned.attesterSet,
      assetCount: chain.assets.length,
      governor,
      guardian,
      pauser,
    },
  );
  const gateway = { reader, address: planned.gateway, abi: lockGatewayAbi } as const;
  await check.views(`gateway of ${chain.name}: `, gateway, { wrappedNative: chain.wrappedNative });
  const set = { address: planned.attesterSet, roles: planned.roles, where: chain.name };
  if (planned.desk === undefined) await checkAttesterSet(home.attesters, reader, set, check);
  else
    await check.views(
      'localDesk.',
      { reader, address: planned.desk, abi: localDeskAbi },
      { ledger: homeLedger, vault },
    );
  const ledger = { address: home.settlement.ledger, abi: collateralLedgerAbi } as const;
  const [terms, edge, outboundEdge] = await settled.readContract({
    ...ledger,
    functionName: 'sourceOf',
    args: [chain.source],
  });
  check.equal(`source ${chain.source}: edge`, edge, planned.edgeId);
  check.equal(`source ${chain.source}: outboundEdge`, outboundEdge, planned.returnEdgeId);
  check.equal(`source ${chain.source}: vault`, terms.vault, vault);
  check.equal(`source ${chain.source}: originChainId`, terms.originChainId, chain.chainId);
  for (const field of ['initialBp', 'maintenanceBp', 'staleAfterMin', 'darkAfterMin', 'floorAfterMin', 'm'] as const) {
    check.equal(`source ${chain.source}: ${field}`, terms[field], chain[field]);
  }
  await checkWayBack(home, planned, { reader, settled }, check);
  await checkWitnesses(planned, { ledger: home.settlement.ledger, reader, settled }, check);
  await checkAssets(home, planned, { reader, settled }, check);
}

/** Checks what a release needs: one name of the edge on both sides, a replica that takes statements, one set of signers. */
async function checkWayBack(
  home: CheckedHome,
  planned: PlannedVault,
  { reader, settled }: { reader: PublicClient; settled: PublicClient },
  check: DeploymentCheck,
): Promise<void> {
  const { request: chain, vault, returnEdgeId } = planned;
  const name = `way back to ${chain.name}`;
  const [journalEdge] = await settled.readContract({
    address: home.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'journalHead',
    args: [chain.source],
  });
  check.equal(`${name}: edge of the ledger's journal`, journalEdge, returnEdgeId);
  const contract = { address: vault, abi: collateralVaultAbi } as const;
  const [replicaEdge, , , , , state] = await reader.readContract({ ...contract, functionName: 'replicaState' });
  check.equal(`${name}: edge of the vault's replica`, replicaEdge, returnEdgeId);
  check.equal(`${name}: state of the vault's replica (1 = live)`, state, 1);
  // Nobody signs the way back to the vault beside the ledger.
  if (planned.desk !== undefined) return;
  const membersOf = async (client: PublicClient, address: Address): Promise<unknown> => {
    const set = { address, abi: attesterSetAbi } as const;
    const epoch = await client.readContract({ ...set, functionName: 'newestEpoch' });
    return client.readContract({ ...set, functionName: 'members', args: [epoch] });
  };
  check.equal(
    `${name}: signers at the vault and at the ledger`,
    await membersOf(reader, planned.attesterSet),
    await membersOf(settled, home.settlement.attesterSet),
  );
}

async function checkAssets(
  home: CheckedHome,
  planned: PlannedVault,
  { reader, settled }: { reader: PublicClient; settled: PublicClient },
  check: DeploymentCheck,
): Promise<void> {
  for (const [at, asset] of planned.request.assets.entries()) {
    const name = `${planned.request.name} ${asset.symbol}`;
    await checkAssetAtVault(reader, { vault: planned.vault, index: at + 1, asset, name }, check);
    const { ledger } = home.settlement;
    const number = [planned.request.source, at + 1] as const;
    await checkAssetAtLedger(settled, { ledger, number, assetId: planned.assetIds[at], asset, name }, check);
  }
}

async function checkAssetAtVault(
  reader: PublicClient,
  at: { readonly vault: Address; readonly index: number; readonly asset: AssetRequest; readonly name: string },
  check: DeploymentCheck,
): Promise<void> {
  const { index, asset, name } = at;
  const contract = { address: at.vault, abi: collateralVaultAbi } as const;
  if (index > (await reader.readContract({ ...contract, functionName: 'assetCount' }))) {
    check.problems.push(`${name}: the vault has no asset ${index}; expected ${asset.token} there`);
    return;
  }
  const kept = await reader.readContract({ ...contract, functionName: 'assetOf', args: [index] });
  check.equal(`${name}: token`, kept.token, asset.token);
  check.equal(`${name}: decimals`, kept.decimals, asset.decimals);
  check.equal(`${name}: minimum`, kept.min, asset.minMillionths);
  check.equal(`${name}: cap`, kept.cap, asset.capThousandths);
  check.equal(`${name}: limit`, kept.limit, asset.limitThousandths);
  check.equal(`${name}: lockFeeBp`, kept.feeBp, asset.lockFeeBp ?? 0);
  check.nonZero(`${name}: cap`, kept.cap);
  check.nonZero(`${name}: limit`, kept.limit);
  check.nonZero(`${name}: minimum`, kept.min);
}

async function checkAssetAtLedger(
  settled: PublicClient,
  at: {
    readonly ledger: Address;
    /** Source and index. */
    readonly number: readonly [number, number];
    readonly assetId: number | undefined;
    readonly asset: AssetRequest;
    readonly name: string;
  },
  check: DeploymentCheck,
): Promise<void> {
  const { asset, name } = at;
  const contract = { address: at.ledger, abi: collateralLedgerAbi } as const;
  const assetId = await settled.readContract({ ...contract, functionName: 'assetIdOf', args: at.number });
  check.equal(`${name}: assetId`, assetId, at.assetId);
  // The line above says that it is not listed.
  if (assetId === 0) return;
  const { terms } = await settled.readContract({ ...contract, functionName: 'assetOf', args: [assetId] });
  check.equal(`${name}: underlying at the ledger`, terms.underlying, asset.underlying);
  check.equal(`${name}: decimals at the ledger`, terms.decimals, asset.decimals);
  check.equal(`${name}: cap at the ledger`, terms.capThousandths, asset.capThousandths);
  check.equal(`${name}: initialBp`, terms.initialBp, asset.initialBp);
  check.equal(`${name}: maintenanceBp`, terms.maintenanceBp, asset.maintenanceBp);
}
