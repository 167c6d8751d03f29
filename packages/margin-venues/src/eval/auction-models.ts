import { type BidTerms, insolventPayoutOf, solventBidOf } from '../auction/account-bid.js';
import { type DiscountSchedule, bidPercentAt } from '../auction/discount-schedule.js';
import { type Fraction, marginError } from '@surety/margin';
import { decimalField, integerField, objectField, optional } from '@surety/margin/request-fields';
import { type ModelTable, modelOf } from './model.js';
import { owed, owned } from './print-outputs.js';

const scheduleFields = {
  elapsedSeconds: integerField('notNegative'),
  startPercent: decimalField(),
  cutoffPercent: decimalField(),
  fastSeconds: integerField('notNegative'),
  slowSeconds: integerField('notNegative'),
} as const;

interface Schedule extends DiscountSchedule {
  readonly elapsedSeconds: bigint;
}

const discount = modelOf(objectField(scheduleFields), (schedule) => ({
  bidPercent: owned(bidPercentAt(schedule, schedule.elapsedSeconds)),
}));

const solventBid = modelOf(
  objectField({
    maintenanceMargin: decimalField(),
    markToMarket: decimalField(),
    bufferPercent: decimalField(),
    bidPercent: optional(decimalField()),
    schedule: optional(objectField(scheduleFields)),
    reservedCash: decimalField(),
    fractionWanted: decimalField('share'),
  }),
  ({ bufferPercent, bidPercent, schedule, fractionWanted, ...account }) => {
    const terms: BidTerms = { bufferPercent, bidPercent: bidPercentOf(bidPercent, schedule) };
    const bid = solventBidOf(account, terms, fractionWanted);
    return {
      bufferMargin: owned(bid.bufferMargin),
      maxFraction: owned(bid.maxFraction),
      fractionTaken: owned(bid.fractionTaken),
      wholeAccountPrice: owned(bid.wholeAccountPrice),
      cashFromBidder: owed(bid.cashFromBidder),
      markToMarketAfter: owned(bid.after.markToMarket),
      maintenanceMarginAfter: owned(bid.after.maintenanceMargin),
      bufferMarginAfter: owned(bid.bufferMarginAfter),
      maxFractionAfter: owned(bid.maxFractionAfter),
    };
  },
);

function bidPercentOf(percent: Fraction | undefined, schedule: Schedule | undefined): Fraction {
  if (percent !== undefined && schedule === undefined) return percent;
  if (percent === undefined && schedule !== undefined) return bidPercentAt(schedule, schedule.elapsedSeconds);
  throw marginError('INCONSISTENT_INPUT', 'inputs has both or neither of bidPercent and schedule; expected one');
}

const insolventBid = modelOf(
  objectField({
    maintenanceMargin: decimalField(),
    markToMarket: decimalField(),
    elapsedSeconds: integerField('notNegative'),
    lengthSeconds: integerField('notNegative'),
    fraction: decimalField('share'),
  }),
  ({ maintenanceMargin, markToMarket, elapsedSeconds, lengthSeconds, fraction }) => ({
    cashToBidder: owned(
      insolventPayoutOf({ maintenanceMargin, markToMarket }, { elapsedSeconds, lengthSeconds }, fraction),
    ),
  }),
);

/** Auctions of whole accounts. */
export const AUCTION_MODELS: ModelTable = {
  'auction.discount': discount,
  'auction.solvent-bid': solventBid,
  'auction.insolvent-bid': insolventBid,
};
