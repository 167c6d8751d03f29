import type { Address } from '@surety/domain';
import { zeroAddress } from 'viem';
import {
  type collateralLedgerAbi,
  liquidationAuctionAbi,
  liquidationAuctionCode,
  sequencerClockAbi,
  sequencerClockCode,
} from '../generated/index.js';
import { type ActedContract, planAct } from './plan-act.js';
import type { RolePlace } from './place-roles.js';
import type { PlannedAct } from './plan-deployment.js';

/** The ledger's auction, and what tells it of outages of the chain. */
export interface PlacedAuction {
  readonly auction: Address;
  /** The zero address where the chain has no uptime feed. */
  readonly outageClock: Address;
}

/** Plans the auction of a ledger, with a clock in front of the sequencer's uptime feed where there is one. */
export function placeAuction(
  { ledger, uptimeFeed }: { readonly ledger: Address; readonly uptimeFeed: Address | undefined },
  create: RolePlace['create'],
): PlacedAuction {
  const outageClock =
    uptimeFeed === undefined
      ? zeroAddress
      : create('outage-clock', sequencerClockCode, sequencerClockAbi, [uptimeFeed]);
  const auction = create('auction', liquidationAuctionCode, liquidationAuctionAbi, [ledger, outageClock]);
  return { auction, outageClock: outageClock as Address };
}

/**
 * Plans the act that names the auction to its ledger. It comes before the first asset is listed: the ledger takes an
 * auction at once then, and seven days later ever after.
 * @source ILedgerProtocols.setAuction
 */
export function planAuctionAct(ledger: ActedContract<typeof collateralLedgerAbi>, auction: Address): PlannedAct {
  return planAct(ledger, { call: ['setAuction', [auction]], seenBy: ['auction', []] });
}
