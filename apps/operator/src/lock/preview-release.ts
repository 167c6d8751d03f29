import type { ReleaseQuoteView } from '@surety/client';
import { formatAge, formatReadable, formatWad } from '../terminal/format.js';
import type { ReleaseCost } from './ledger-session.js';
import type { ReleasePlan } from './plan-release.js';

/** Basis of a preview of a release; the quote is undefined where no aggregator answers. */
export interface ReleasePreviewFacts {
  readonly plan: ReleasePlan;
  readonly amount: bigint;
  readonly recipient: string;
  readonly cost: ReleaseCost;
  readonly quote: ReleaseQuoteView | undefined;
}

const COIN_DECIMALS = 18;
/** Gas that must be left when the ledger asks a protocol of the account. @source Requirements.CALLBACK_GAS, rounded up */
const PROTOCOL_GAS = 4_000_000n;

/** Writes what a person decides on before a release: amount, recipient, fee, margin left, gas, seconds, what may hold it up. */
export function previewRelease({ plan, amount, recipient, cost, quote }: ReleasePreviewFacts): string[] {
  const { asset, chain, vault, settlementChain, fee } = plan;
  const text = (units: bigint): string => `${formatReadable(units, asset.decimals)} ${asset.symbol}`;
  return [
    `amount: ${text(amount)} to ${recipient}, paid by the vault ${vault.address} on ${chain.name} (${chain.chainId})`,
    `fee: ${fee === 0n ? 'none' : `${text(fee)} of the amount, for whoever executes the payment`}`,
    ...(quote === undefined ? ['margin and time: unknown, since no aggregator answers'] : quoteLines(quote, text)),
    `gas: ${gasText(cost, settlementChain.name)}`,
  ];
}

/** The estimate is what a release needs as its limit; of what is set aside for protocols little is used. */
function gasText({ gas, feeWei }: ReleaseCost, chain: string): string {
  const fee = `${formatReadable(feeWei, COIN_DECIMALS)} of the coin of ${chain}`;
  return gas < PROTOCOL_GAS
    ? `about ${fee} (${gas} gas)`
    : `needs a gas limit of ${gas}, up to about ${fee}; most of it comes back unused, since the ledger asks no protocol with less than ${PROTOCOL_GAS} left`;
}

function quoteLines(
  { marginAfter, payment, waitS, etaS }: ReleaseQuoteView,
  text: (units: bigint) => string,
): string[] {
  const { assetsWad, requirementWad, freeWad } = marginAfter.initial;
  const seconds = (etaS ?? 0) + (waitS ?? 0);
  const delays = [
    ...(payment === null ? ['the vault does not answer now'] : []),
    ...(payment?.waits === true ? ['it is above the fast limit of the vault: it waits for witnesses'] : []),
    ...(payment !== null && payment.lane === null
      ? [
          `it is above the largest payment, ${text(payment.largest)}: the vault would stop and refund it; release less at a time`,
        ]
      : []),
  ];
  return [
    `margin: initial assets ${formatWad(assetsWad)} and requirement ${formatWad(requirementWad)} afterwards, ${formatWad(freeWad)} free`,
    etaS === null
      ? 'arrives: unknown; this aggregator has timed no release of this vault since its start'
      : `arrives: about ${formatAge(seconds)} from now`,
    ...delays.map((delay) => `may take longer: ${delay}`),
  ];
}
