import type { AssetView, DeployedContract, MarketView, TakenBid } from '@surety/client';
import { useState } from 'preact/hooks';
import { formatFixed, formatValue, shortenHex, showAmount } from '../format.js';
import { Section } from '../parts.jsx';
import type { PageWorld } from '../page-world.js';
import { useReading, wordsOf } from '../use-reading.js';
import { type OpenOffer, carryOutBid, checkBid, openOffers } from '../wallet/bids.js';
import { type ActWorld, type CheckedSteps, assetNameOf } from '../wallet/owner-acts.js';

/** Decimals of a share of 1e18 as per cent, and of parts per million. */
const [SHARE_DECIMALS, PPM_DECIMALS] = [16, 4];

type Progress =
  | { readonly at: 'choosing'; readonly problem?: string }
  | { readonly at: 'checking' }
  | { readonly at: 'checked'; readonly act: CheckedSteps; readonly line: string }
  | { readonly at: 'signing'; readonly line: string }
  | { readonly at: 'done'; readonly taken: TakenBid };

/** Shows what running auctions offer, and lets the wallet's account take burdens with the lines that go with them. */
export function Bids(props: {
  readonly world: PageWorld;
  readonly acting: ActWorld;
  readonly assets: readonly AssetView[];
  readonly contracts: readonly DeployedContract[];
  readonly nowMs: number;
}) {
  const { world, acting, assets, contracts, nowMs } = props;
  const reading = useReading(world, 3_000, async (signal) => {
    const [{ auctions }, markets] = await Promise.all([
      world.client.readAuctions(undefined, signal),
      world.client.readMarkets(signal),
    ]);
    return { offers: openOffers(auctions, acting.account), markets };
  });
  const { progress, choose, sign } = useBid(acting, contracts);
  const isBusy = progress.at === 'checking' || progress.at === 'signing';
  return (
    <Section
      title="Bids"
      note="A bid takes over what an account in liquidation owes, and lines of it for that. Nothing is paid now: your account owes it from then on, so it must have let the protocol in and have the margin."
      reading={reading}
      nowMs={nowMs}
      show={({ offers, markets }) => (
        <section aria-label="Offers of auctions">
          {offers.length === 0 ? <p class="note">No auction offers anything now.</p> : null}
          <ul>
            {offers.map((one) => {
              const words = describeOffer(one, assets, markets);
              return (
                <li key={`${one.account} ${one.offer.protocol}`}>
                  <a href={`#/account/${one.account}`}>{shortenHex(one.account)}</a> {words}{' '}
                  <button type="button" disabled={isBusy} onClick={() => void choose(one, words)}>
                    Bid for {shortenHex(one.account)}
                  </button>
                </li>
              );
            })}
          </ul>
          <BidNews progress={progress} sign={sign} />
        </section>
      )}
    />
  );
}

/** Takes one bid through its check and its signature. */
function useBid(acting: ActWorld, contracts: readonly DeployedContract[]) {
  const [progress, go] = useState<Progress>({ at: 'choosing' });
  return {
    progress,
    choose: async (one: OpenOffer, line: string): Promise<void> => {
      go({ at: 'checking' });
      try {
        go({ at: 'checked', act: await checkBid(acting, one, contracts), line });
      } catch (cause) {
        go({ at: 'choosing', problem: wordsOf(cause) });
      }
    },
    sign: async (act: CheckedSteps): Promise<void> => {
      go({ at: 'signing', line: 'Asking the wallet' });
      try {
        const taken = await carryOutBid(acting.wallet, act, (line) => go({ at: 'signing', line }));
        go({ at: 'done', taken });
      } catch (cause) {
        go({ at: 'choosing', problem: wordsOf(cause) });
      }
    },
  };
}

function BidNews({
  progress,
  sign,
}: {
  readonly progress: Progress;
  readonly sign: (act: CheckedSteps) => Promise<void>;
}) {
  return (
    <div aria-live="polite">
      {progress.at === 'checking' ? <p class="note">Asking the wallet and the auction…</p> : null}
      {progress.at === 'choosing' && progress.problem !== undefined ? <p role="alert">{progress.problem}</p> : null}
      {progress.at === 'signing' ? <p>{progress.line}.</p> : null}
      {progress.at === 'done' ? <p>{saying(progress.taken)}</p> : null}
      {progress.at === 'checked'
        ? progress.act.steps.map(({ title, call }) => (
            <p key={title}>
              {title}, who {progress.line} By a call of <code>{call.to}</code> on {progress.act.chain.name}; at a
              smaller discount it is refused.{' '}
              <button type="button" onClick={() => void sign(progress.act)}>
                Sign it
              </button>
            </p>
          ))
        : null}
    </div>
  );
}

function describeOffer({ offer }: OpenOffer, assets: readonly AssetView[], markets: readonly MarketView[]): string {
  const market = markets.find(({ address }) => address === offer.protocol);
  const whom = market === undefined ? `protocol ${shortenHex(offer.protocol)}` : `market ${market.market}`;
  const lines = offer.lines.map(({ assetId, amount }) => {
    const asset = assets.find((one) => one.assetId === assetId);
    return asset === undefined
      ? `${amount} units of asset ${assetId}`
      : `${showAmount(amount, asset.decimals)} ${assetNameOf(asset)}`;
  });
  const price =
    offer.discountPpm < 0n
      ? `${formatFixed(-offer.discountPpm, PPM_DECIMALS, 2)} % above`
      : `${formatFixed(offer.discountPpm, PPM_DECIMALS, 2)} % below`;
  return `owes ${whom}: a bid takes over ${formatFixed(offer.shareWad, SHARE_DECIMALS, 2)} % of it, ${formatValue(offer.assumedWad)}, and gets ${lines.join(' and ')} at ${price} their price.`;
}

function saying({ shareWad, assumedWad, grossWad }: TakenBid): string {
  return `Taken: ${formatFixed(shareWad, SHARE_DECIMALS, 2)} % of the burden, ${formatValue(assumedWad)} owed from now on, for lines worth ${formatValue(grossWad)}.`;
}
