import { type ReportDifference, type OwnMarkets, type ReportChain, parseMarkets } from '@surety/chain';
import { operatorError } from '../errors.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { type Reach, placeOf, requireSettlement, type SettlementPlace } from '../chains/open-config.js';
import { openReader } from '../chains/open-sender.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';

/** The settlement chain as one provider or several together show it, with its configuration. */
export type ComparedChain = ReportChain & SettlementPlace;

/** The settlement chain at each provider that has a URL. @throws BAD_USE without a deployment; NO_PROVIDER. */
export function comparedChains({ network, endpoints, clock }: Reach): [ComparedChain, ...ComparedChain[]] {
  const { settlement, chain } = requireSettlement(network);
  const reached = endpoints.get(chain.chainId) ?? [];
  const open = (some: typeof reached): ComparedChain => ({
    chain,
    settlement,
    reader: openReader({ chain, endpoints: some, clock }),
  });
  // Each alone: what one does not answer is asked of no other here.
  return [open(reached.slice(0, 1)), ...reached.slice(1).map((one) => open([one]))];
}

/** The settlement chain as two thirds of its providers show it: for what a person signs. @throws BAD_USE without a deployment; NO_PROVIDER. */
export function agreedChain(reach: Reach): ComparedChain {
  const { settlement, chain } = requireSettlement(reach.network);
  return { chain, settlement, reader: openAgreedReader(placeOf(reach, chain)) };
}

/** Fails at the first difference. @throws REPORT_WRONG. */
export function requireNone(differences: readonly ReportDifference[], so: string): void {
  const [first] = differences;
  if (first === undefined) return;
  const more = differences.length === 1 ? '' : ` (and ${differences.length - 1} more)`;
  throw operatorError('REPORT_WRONG', `${first.field} is ${first.seen}; expected ${first.expected}${more}; ${so}`);
}

/** Reads the file of a signer's own markets. @throws NOT_JSON. */
export function readMarkets(path: string): OwnMarkets {
  return parseJson(path, readTextFile(path), parseMarkets);
}
