import { quorumOf } from '@surety/domain';
import type { PublicClient } from 'viem';
import { collateralLedgerAbi, riskManagerAbi } from '../generated/index.js';
import {
  type DeploymentRecord,
  type RecordedContract,
  namedRoles,
  recordChain,
  recordMarket,
  recordUnderlying,
} from './deployment-record.js';
import { deployError } from './errors.js';
import type { DeploymentStepOutcome } from './execute-deployment.js';
import { checkAttesterSet } from './check-attester-set.js';
import { checkBesideLedger } from './check-beside-ledger.js';
import { checkMarkets } from './check-markets.js';
import { checkRoles } from './check-roles.js';
import { checkVault } from './check-vault.js';
import { connectionTo } from './connection-to.js';
import { DeploymentCheck } from './deployment-check.js';
import type { DeploymentPlan, PlannedContract } from './plan-deployment.js';
import type { PlannedVault } from './plan-vault.js';
import { readContracts, recordedAt } from './read-contracts.js';
import { type PlacedPrice, checkPrice } from './plan-prices.js';
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
  const { ledger, attesterSet } = plan.settlement;
  const home = { ...plan.request, settlement: { ...plan.request.settlement, ledger, attesterSet } };
  const found = await readContracts(plan.contracts, readers, { outcomes, check });
  await Promise.all([
    checkSettlement(plan, connectionTo(readers, plan.request.settlement.chainId), check),
    ...[{ request: plan.request.settlement, roles: plan.settlement.roles }, ...ownPlaces(plan)].map(
      ({ request, roles }) =>
        checkRoles(
          connectionTo(readers, request.chainId),
          { name: request.name, placed: roles, wanted: request.roles },
          check,
        ),
    ),
    ...plan.vaults.map((vault) => checkVault(home, vault, readers, check)),
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

async function checkSettlement(plan: DeploymentPlan, reader: PublicClient, check: DeploymentCheck): Promise<void> {
  const { settlement: at, request } = plan;
  const { settlement, profile } = request;
  const ledger = { address: at.ledger, abi: collateralLedgerAbi } as const;
  const risk = { address: at.riskManager, abi: riskManagerAbi } as const;
  const { governor, guardian, pauser, riskAdmin } = at.roles;
  const modules = await reader.readContract({ ...ledger, functionName: 'modules' });
  check.equal('ledger.modules', modules.join(', '), at.modules.join(', '));
  await check.views(
    'ledger.',
    { ...ledger, reader },
    {
      governor,
      guardian,
      pauser,
      riskAdmin,
      attesterSet: at.attesterSet,
      riskManager: at.riskManager,
      development: profile === 'development',
    },
  );
  await checkBesideLedger(plan, reader, check);
  await checkMarkets(plan, reader, check);
  await check.views('riskManager.', { ...risk, reader }, { governor });
  await checkAttesterSet(
    plan.request.attesters,
    reader,
    { address: at.attesterSet, roles: at.roles, where: settlement.name },
    check,
  );
  for (const [index, underlying] of settlement.underlyings.entries()) {
    const placed = at.prices[index] as PlacedPrice;
    const name = `underlying ${underlying.symbol}`;
    const feed = await reader.readContract({ ...risk, functionName: 'feedOf', args: [underlying.id] });
    check.equal(`${name}: feed`, feed, placed.feed);
    await checkPrice(underlying, placed, reader, check);
    const cached = await reader.readContract({ ...risk, functionName: 'priceOf', args: [underlying.id] });
    check.nonZero(`${name}: cached price`, cached.price);
    check.equal(`${name}: maxAgeS`, cached.maxAgeS, underlying.maxAgeS);
  }
}

function buildRecord(plan: DeploymentPlan, found: ReadonlyMap<PlannedContract, RecordedContract>): DeploymentRecord {
  const { request, vaults, settlement: at } = plan;
  const recorded = recordedAt(found);
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
    chains: vaults.map((vault) => recordChain(vault, recorded)),
  };
}
