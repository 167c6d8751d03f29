import { type Address, address } from '@surety/domain';
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
  const auction = { address: at.auction, abi: liquidationAuctionAbi } as const;
  const ledger = { address: at.ledger, abi: collateralLedgerAbi } as const;
  const lens = { address: at.lens, abi: ledgerLensAbi } as const;
  const desk = { address: at.priceDesk, abi: priceDeskAbi } as const;
  const reports = { address: at.marginReports, abi: marginReportsAbi } as const;
  const same = async (what: string, reading: Promise<string>, expected: Address): Promise<void> => {
    check.equal(what, address(await reading), expected);
  };
  await same('lens.ledger', reader.readContract({ ...lens, functionName: 'ledger' }), at.ledger);
  const attesterSet = reader.readContract({ ...reports, functionName: 'attesterSet' });
  await same('marginReports.attesterSet', attesterSet, at.attesterSet);
  await same('priceDesk.ledger', reader.readContract({ ...desk, functionName: 'ledger' }), at.ledger);
  await same('ledger.auction', reader.readContract({ ...ledger, functionName: 'auction' }), at.auction);
  await same('auction.ledger', reader.readContract({ ...auction, functionName: 'ledger' }), at.ledger);
  await same('auction.clock', reader.readContract({ ...auction, functionName: 'clock' }), at.outageClock);
  const { uptimeFeed } = request.settlement;
  if (uptimeFeed === undefined) return;
  const clock = { address: at.outageClock, abi: sequencerClockAbi } as const;
  await same('outageClock.feed', reader.readContract({ ...clock, functionName: 'feed' }), uptimeFeed);
}
