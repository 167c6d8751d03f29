import type { LockQuoteView, ReleaseQuoteView } from '@surety/client';
import { Free, Money, Tile } from '../figures.jsx';
import { formatMoment, formatSpan, showAmount } from '../format.js';
import { BlockTile, OldFigures } from './block-age.jsx';

const MEANING = 'Prices have moved since, and the chains decide by newer figures: check again.';

/** A quote, the amount that arrives as the chains write it, and the page's time. */
interface Summary<Quote> {
  readonly quote: Quote;
  readonly arrives: string;
  readonly nowMs: number;
}

/** Shows what a checked lock gives and costs, and what would hold it up. */
export function LockSummary({ quote, arrives, nowMs }: Summary<LockQuoteView>) {
  const { block, gainedWad, etaS, etaBasis, holdUps, outcome } = quote;
  return (
    <>
      <OldFigures block={block} nowMs={nowMs} meaning={MEANING} />
      <dl class="tiles">
        <Tile title="Initial margin gained">
          <Money wad={gainedWad.initial} signed />
        </Tile>
        <Tile title="Maintenance margin gained">
          <Money wad={gainedWad.maintenance} signed />
        </Tile>
        <Tile title="Credited">{arrives}</Tile>
        <Tile title="Takes about">{timeOf(etaS, etaBasis.samples)}</Tile>
        <BlockTile block={block} nowMs={nowMs} />
      </dl>
      {outcome === 'counted' ? null : (
        <p class="banner warn">
          <strong>It would not count at once.</strong>
        </p>
      )}
      {holdUps.length === 0 ? null : (
        <ul>
          {holdUps.map((one) => (
            <li>
              {one.detail} Next: {one.next}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Shows what a checked release leaves, and when it is paid. */
export function ReleaseSummary({ quote, arrives, nowMs }: Summary<ReleaseQuoteView>) {
  const { block, decimals, symbol, fee, marginAfter, etaS, etaBasis, payment, feeSuggested } = quote;
  const { initial } = marginAfter;
  return (
    <>
      <OldFigures block={block} nowMs={nowMs} meaning={MEANING} />
      <dl class="tiles">
        <Tile title="Free initial margin after">
          <Free grade={{ assets: initial.assetsWad, requirement: initial.requirementWad }} />
        </Tile>
        <Tile title="Paid out">{arrives}</Tile>
        <Tile title="Recorded within about">{timeOf(etaS, etaBasis.samples)}</Tile>
        <Tile title="Then the vault waits">{waitTextOf(quote)}</Tile>
        <BlockTile block={block} nowMs={nowMs} />
      </dl>
      {payment?.waits === true ? (
        <p class="banner warn">
          <strong>It is above the vault’s fast limit.</strong> It stays until witnesses confirm its entry
          {payment.opensAt === null ? '' : `; without them it opens at ${formatMoment(payment.opensAt)}`}.
        </p>
      ) : null}
      {feeSuggested > fee ? (
        <p class="note">{`Others left ${showAmount(feeSuggested, decimals)} ${symbol} to the relayer. Anybody may deliver it for less.`}</p>
      ) : null}
    </>
  );
}

function waitTextOf({ payment, waitS }: ReleaseQuoteView): string {
  if (payment === null) return 'unknown: it does not answer';
  if (payment.waits) return 'for witnesses';
  return waitS === null ? 'it would stop the payment' : formatSpan(waitS);
}

function timeOf(seconds: number | null, samples: number): string {
  return seconds === null ? 'nobody has watched one yet' : `${formatSpan(seconds)} (of ${samples})`;
}
