import type { PublicClient } from 'viem';
import {
  collateralLedgerAbi,
  ledgerLensAbi,
  liquidationAuctionAbi,
  marginReportsAbi,
  priceDeskAbi,
  sequencerClockAbi,
} from '../generated/index.js';
import type { DeploymentCheck } from './deployment-check.js';
import type { DeploymentPlan } from './plan-deployment.js';

/** Compares what stands beside the ledger with the plan: the lens, the margin reports, the price desk, the auction and its clock. */
export async function checkBesideLedger(
  { request, settlement: at }: DeploymentPlan,
  reader: PublicClient,
  check: DeploymentCheck,
): Promise<void> {
  const { ledger, attesterSet, auction, outageClock } = at;
  await check.views('lens.', { reader, address: at.lens, abi: ledgerLensAbi }, { ledger });
  await check.views('marginReports.', { reader, address: at.marginReports, abi: marginReportsAbi }, { attesterSet });
  await check.views('priceDesk.', { reader, address: at.priceDesk, abi: priceDeskAbi }, { ledger });
  await check.views('ledger.', { reader, address: ledger, abi: collateralLedgerAbi }, { auction });
  await check.views(
    'auction.',
    { reader, address: auction, abi: liquidationAuctionAbi },
    { ledger, clock: outageClock },
  );
  const { uptimeFeed } = request.settlement;
  if (uptimeFeed === undefined) return;
  await check.views('outageClock.', { reader, address: outageClock, abi: sequencerClockAbi }, { feed: uptimeFeed });
}
