import { type Address, type Bytes32, bytesToHex, hexToBytes, quorumOf } from '@surety/domain';
import type { PublicClient } from 'viem';
import {
  attesterSetAbi,
  collateralLedgerAbi,
  collateralVaultAbi,
  lockGatewayAbi,
  riskManagerAbi,
} from '../generated/index.js';
import { keccak256 } from '../hash.js';
import {
  type DeploymentRecord,
  type RecordedContract,
  type RecordedWitness,
  recordAsset,
  recordMarket,
  recordUnderlying,
} from './deployment-record.js';
import type { RoleRequest } from './deployment-request.js';
import { deployError } from './errors.js';
import type { DeploymentStepOutcome } from './execute-deployment.js';
import type { PlacedRoles } from './place-roles.js';
import { checkAttesterSet } from './check-attester-set.js';
import { checkBesideLedger } from './check-beside-ledger.js';
import { checkLocalDesk } from './check-local-desk.js';
import { checkMarkets } from './check-markets.js';
import { checkRoles } from './check-roles.js';
import { checkWitnesses } from './check-witnesses.js';
import { isCodeOf } from './is-code-of.js';
import { DeploymentCheck } from './deployment-check.js';
import { type DeploymentPlan, type PlannedContract, type PlannedVault } from './plan-deployment.js';
import { type PlacedPrice, checkPrice } from './plan-prices.js';
import type { PlannedWitness } from './plan-witnesses.js';
import { requestedBridgeIdsOf } from './witness-request.js';

/**
 * Reads back everything that a plan promised, and returns the record.
 * @throws ASSERTION_FAILED listing every difference: code, roles, edges on both sides, attester sets, limits, zero values.
 */
export async function verifyDeployment(
  plan: DeploymentPlan,
  readers: ReadonlyMap<number, PublicClient>,
  outcomes: readonly DeploymentStepOutcome[],
): Promise<DeploymentRecord> {
  const check = new DeploymentCheck();
  const found = await readContracts(plan, readers, outcomes, check);
  await Promise.all([
    checkSettlement(plan, readerOf(readers, plan.request.settlement.chainId), check),
    ...[{ request: plan.request.settlement, roles: plan.settlement.roles }, ...ownPlaces(plan)].map(
      ({ request, roles }) =>
        checkRoles(
          readerOf(readers, request.chainId),
          { name: request.name, placed: roles, wanted: request.roles },
          check,
        ),
    ),
    ...plan.vaults.map((vault) => checkVault(plan, vault, readers, check)),
  ]);
  if (check.problems.length > 0) {
    const list = check.problems.join('\n  ');
    throw deployError(
      'ASSERTION_FAILED',
      `the deployment differs from its plan in ${check.problems.length} points:\n  ${list}`,
    );
  }
  return buildRecord(plan, found);
}

/** The vaults on chains of their own; the one beside the ledger has the roles of the ledger's chain. */
function ownPlaces({ vaults }: DeploymentPlan): readonly PlannedVault[] {
  return vaults.filter(({ desk }) => desk === undefined);
}

function readerOf(readers: ReadonlyMap<number, PublicClient>, chainId: number): PublicClient {
  const reader = readers.get(chainId);
  if (reader === undefined)
    throw deployError('WRONG_CHAIN', `the plan names chain ${chainId}, for which no connection was given`);
  return reader;
}

async function readContracts(
  plan: DeploymentPlan,
  readers: ReadonlyMap<number, PublicClient>,
  outcomes: readonly DeploymentStepOutcome[],
  check: DeploymentCheck,
): Promise<ReadonlyMap<PlannedContract, RecordedContract>> {
  const found = await Promise.all(
    plan.contracts.map(async (contract): Promise<[PlannedContract, RecordedContract]> => {
      const { chainId, address, code, part } = contract;
      const reader = readerOf(readers, chainId);
      const deployed = (await reader.getCode({ address })) ?? '0x';
      if (!isCodeOf(deployed, code))
        check.problems.push(`${part} on ${chainId} at ${address} holds other code than ${code.name}`);
      const sent = outcomes.find((outcome) => outcome.chainId === chainId && outcome.text.endsWith(` at ${address}`));
      const createdAt = sent?.blockNumber ?? (await findCreation(reader, address));
      const codeHash = bytesToHex(keccak256(hexToBytes(deployed))) as Bytes32;
      return [contract, { address, codeHash, createdAt: createdAt.toString() }];
    }),
  );
  return new Map(found);
}

/** Finds the block that created a contract by halving: needs a node that keeps old states. */
async function findCreation(reader: PublicClient, address: Address): Promise<bigint> {
  let [low, high] = [0n, await reader.getBlockNumber()];
  while (low < high) {
    const middle = (low + high) >> 1n;
    const code = await reader.getCode({ address, blockNumber: middle });
    if (code === undefined || code === '0x') low = middle + 1n;
    else high = middle;
  }
  return low;
}

async function checkSettlement(plan: DeploymentPlan, reader: PublicClient, check: DeploymentCheck): Promise<void> {
  const { settlement: at, request } = plan;
  const { settlement, profile } = request;
  const ledger = { address: at.ledger, abi: collateralLedgerAbi } as const;
  const risk = { address: at.riskManager, abi: riskManagerAbi } as const;
  const modules = await reader.readContract({ ...ledger, functionName: 'modules' });
  check.equal('ledger.modules', modules.join(', '), at.modules.join(', '));
  for (const role of ['governor', 'guardian', 'pauser', 'riskAdmin'] as const)
    check.equal(`ledger.${role}`, await reader.readContract({ ...ledger, functionName: role }), at.roles[role]);
  check.equal(
    'ledger.attesterSet',
    await reader.readContract({ ...ledger, functionName: 'attesterSet' }),
    at.attesterSet,
  );
  check.equal(
    'ledger.riskManager',
    await reader.readContract({ ...ledger, functionName: 'riskManager' }),
    at.riskManager,
  );
  check.equal(
    'ledger.development',
    await reader.readContract({ ...ledger, functionName: 'development' }),
    profile === 'development',
  );
  await checkBesideLedger(plan, reader, check);
  await checkMarkets(plan, reader, check);
  check.equal(
    'riskManager.governor',
    await reader.readContract({ ...risk, functionName: 'governor' }),
    at.roles.governor,
  );
  await checkAttesterSet(plan, reader, { address: at.attesterSet, roles: at.roles, where: settlement.name }, check);
  for (const [index, underlying] of settlement.underlyings.entries()) {
    const placed = at.prices[index] as PlacedPrice;
    const name = `underlying ${underlying.symbol}`;
    check.equal(
      `${name}: feed`,
      await reader.readContract({ ...risk, functionName: 'feedOf', args: [underlying.id] }),
      placed.feed,
    );
    await checkPrice(underlying, placed, reader, check);
    const cached = await reader.readContract({ ...risk, functionName: 'priceOf', args: [underlying.id] });
    check.nonZero(`${name}: cached price`, cached.price);
    check.equal(`${name}: maxAgeS`, cached.maxAgeS, underlying.maxAgeS);
  }
}

async function checkVault(
  plan: DeploymentPlan,
  planned: PlannedVault,
  readers: ReadonlyMap<number, PublicClient>,
  check: DeploymentCheck,
): Promise<void> {
  const { request: chain, vault } = planned;
  const reader = readerOf(readers, chain.chainId);
  const settled = readerOf(readers, plan.request.settlement.chainId);
  const contract = { address: vault, abi: collateralVaultAbi } as const;
  const read = (
    functionName:
      | 'outboundEdge'
      | 'inboundEdge'
      | 'ledger'
      | 'settlementChainId'
      | 'source'
      | 'attesterSet'
      | 'governor'
      | 'guardian'
      | 'pauser'
      | 'development'
      | 'assetCount',
  ): Promise<unknown> => reader.readContract({ ...contract, functionName });
  const name = `vault of ${chain.name}`;
  check.equal(`${name}: outboundEdge`, await read('outboundEdge'), planned.edgeId);
  check.equal(`${name}: inboundEdge`, await read('inboundEdge'), planned.returnEdgeId);
  const modules = await reader.readContract({ ...contract, functionName: 'modules' });
  check.equal(`${name}: modules`, modules.join(', '), planned.modules.join(', '));
  check.equal(`${name}: development`, await read('development'), plan.request.profile === 'development');
  check.equal(`${name}: ledger`, await read('ledger'), plan.settlement.ledger);
  check.equal(`${name}: settlementChainId`, await read('settlementChainId'), plan.request.settlement.chainId);
  check.equal(`${name}: source`, await read('source'), chain.source);
  check.equal(`${name}: attesterSet`, await read('attesterSet'), planned.attesterSet);
  const gateway = { address: planned.gateway, abi: lockGatewayAbi, functionName: 'wrappedNative' } as const;
  check.equal(`gateway of ${chain.name}: wrappedNative`, await reader.readContract(gateway), chain.wrappedNative);
  check.equal(`${name}: assetCount`, await read('assetCount'), chain.assets.length);
  for (const role of ['governor', 'guardian', 'pauser'] as const)
    check.equal(`${name}: ${role}`, await read(role), planned.roles[role]);
  const set = { address: planned.attesterSet, roles: planned.roles, where: chain.name };
  if (planned.desk === undefined) await checkAttesterSet(plan, reader, set, check);
  else await checkLocalDesk(planned.desk, { ledger: plan.settlement.ledger, vault, reader }, check);
  const ledger = { address: plan.settlement.ledger, abi: collateralLedgerAbi } as const;
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
  await checkWayBack(plan, planned, { reader, settled }, check);
  await checkWitnesses(planned, { ledger: plan.settlement.ledger, reader, settled }, check);
  await checkAssets(plan, planned, { reader, settled }, check);
}

/** Checks what a release needs: one name of the edge on both sides, a replica that takes statements, one set of signers. */
async function checkWayBack(
  plan: DeploymentPlan,
  planned: PlannedVault,
  { reader, settled }: { reader: PublicClient; settled: PublicClient },
  check: DeploymentCheck,
): Promise<void> {
  const { request: chain, vault, returnEdgeId } = planned;
  const name = `way back to ${chain.name}`;
  const [journalEdge] = await settled.readContract({
    address: plan.settlement.ledger,
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
  const membersOf = (client: PublicClient, address: Address): Promise<unknown> =>
    client.readContract({ address, abi: attesterSetAbi, functionName: 'members', args: [1] });
  check.equal(
    `${name}: signers at the vault and at the ledger`,
    await membersOf(reader, planned.attesterSet),
    await membersOf(settled, plan.settlement.attesterSet),
  );
}

async function checkAssets(
  plan: DeploymentPlan,
  planned: PlannedVault,
  { reader, settled }: { reader: PublicClient; settled: PublicClient },
  check: DeploymentCheck,
): Promise<void> {
  const ledger = { address: plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  for (const [at, asset] of planned.request.assets.entries()) {
    const name = `${planned.request.name} ${asset.symbol}`;
    const kept = await reader.readContract({
      address: planned.vault,
      abi: collateralVaultAbi,
      functionName: 'assetOf',
      args: [at + 1],
    });
    check.equal(`${name}: token`, kept.token, asset.token);
    check.equal(`${name}: decimals`, kept.decimals, asset.decimals);
    check.equal(`${name}: minimum`, kept.min, asset.minMillionths);
    check.equal(`${name}: cap`, kept.cap, asset.capThousandths);
    check.equal(`${name}: limit`, kept.limit, asset.limitThousandths);
    check.equal(`${name}: lockFeeBp`, kept.feeBp, asset.lockFeeBp ?? 0);
    const assetId = await settled.readContract({
      ...ledger,
      functionName: 'assetIdOf',
      args: [planned.request.source, at + 1],
    });
    check.equal(`${name}: assetId`, assetId, planned.assetIds[at]);
    const status = await settled.readContract({ ...ledger, functionName: 'assetOf', args: [assetId] });
    check.equal(`${name}: underlying at the ledger`, status.terms.underlying, asset.underlying);
    check.equal(`${name}: decimals at the ledger`, status.terms.decimals, asset.decimals);
    check.equal(`${name}: cap at the ledger`, status.terms.capThousandths, asset.capThousandths);
    check.equal(`${name}: initialBp`, status.terms.initialBp, asset.initialBp);
    check.equal(`${name}: maintenanceBp`, status.terms.maintenanceBp, asset.maintenanceBp);
    check.nonZero(`${name}: cap`, kept.cap);
    check.nonZero(`${name}: limit`, kept.limit);
    check.nonZero(`${name}: minimum`, kept.min);
  }
}

/** The roles as a chain's contracts name them. */
function namedRoles({ governor, guardian, pauser }: PlacedRoles): RoleRequest {
  return { governor, guardian, pauser };
}

function recordWitness({ request: witness, atVault, atLedger }: PlannedWitness): RecordedWitness {
  return { ...witness, contracts: { atVault: atVault.contract, atLedger: atLedger.contract } };
}

function buildRecord(plan: DeploymentPlan, found: ReadonlyMap<PlannedContract, RecordedContract>): DeploymentRecord {
  const { request, vaults, settlement: at } = plan;
  const recorded = (address: Address, chainId: number): RecordedContract => {
    for (const [contract, entry] of found)
      if (contract.address === address && contract.chainId === chainId) return entry;
    throw deployError('ASSERTION_FAILED', `${address} on chain ${chainId} is not part of the plan`);
  };
  const { chainId, name, underlyings, layerZeroEid, wormholeChainId } = request.settlement;
  const { members } = request.attesters;
  return {
    version: 1,
    profile: request.profile,
    attesters: { epoch: 1, members, k: quorumOf(members.length) },
    settlement: {
      chainId,
      name,
      ...requestedBridgeIdsOf({ layerZeroEid, wormholeChainId }),
      ledger: recorded(at.ledger, chainId),
      modules: at.modules.map((module) => recorded(module, chainId)),
      lens: recorded(at.lens, chainId),
      marginReports: recorded(at.marginReports, chainId),
      priceDesk: recorded(at.priceDesk, chainId),
      auction: recorded(at.auction, chainId),
      ...(BigInt(at.outageClock) === 0n ? {} : { outageClock: recorded(at.outageClock, chainId) }),
      riskManager: recorded(at.riskManager, chainId),
      attesterSet: recorded(at.attesterSet, chainId),
      roles: { ...namedRoles(at.roles), riskAdmin: at.roles.riskAdmin },
      ...(at.markets.length === 0
        ? {}
        : {
            markets: at.markets.map((placed) => recordMarket(placed, (contract) => recorded(contract, chainId))),
          }),
      underlyings: underlyings.map((underlying, index) =>
        recordUnderlying(underlying, at.prices[index] as PlacedPrice),
      ),
    },
    chains: vaults.map(({ request: chain, ...planned }) => ({
      chainId: chain.chainId,
      name: chain.name,
      ...requestedBridgeIdsOf(chain),
      source: chain.source,
      vault: recorded(planned.vault, chain.chainId),
      vaultModules: planned.modules.map((module) => recorded(module, chain.chainId)),
      attesterSet: recorded(planned.attesterSet, chain.chainId),
      ...(planned.desk === undefined ? {} : { desk: recorded(planned.desk, chain.chainId) }),
      gateway: recorded(planned.gateway, chain.chainId),
      edge: planned.edgeId,
      returnEdge: planned.returnEdgeId,
      roles: namedRoles(planned.roles),
      assets: chain.assets.map((asset, index) =>
        recordAsset(asset, { index: index + 1, assetId: planned.assetIds[index] as number }),
      ),
      ...(planned.witnesses.length === 0 ? {} : { witnesses: planned.witnesses.map(recordWitness) }),
    })),
  };
}
