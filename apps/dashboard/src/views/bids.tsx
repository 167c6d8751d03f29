import type { AssetView, DeployedContract, MarketView, TakenBid } from '@surety/client';
import { formatFixed, formatValue, shortenHex, showAmount } from '../format.js';
import { Section } from '../parts.jsx';
import type { PageWorld } from '../page-world.js';
import { readEachAuction } from '../read-auctions.js';
import { useReading } from '../use-reading.js';
import { type OpenOffer, carryOutBid, checkBid, openOffers, priceText } from '../wallet/bids.js';
import { assetNameOf } from '../wallet/check-asset.js';
import type { ActWorld } from '../wallet/owner-acts.js';
import { AuctionsLeftOut } from './auctions-left-out.jsx';
import { ActNews, useCheckedAct } from './checked-act.jsx';

/** Decimals of a share of 1e18 as per cent. */
const SHARE_DECIMALS = 16;

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
    const [{ auctions, next }, markets] = await Promise.all([
      readEachAuction(world.client, signal),
      world.client.readMarkets(signal),
    ]);
    return { offers: openOffers(auctions, acting.account), next, markets };
  });
  const bidding = useCheckedAct<TakenBid>((act, tell) => carryOutBid(acting.wallet, act, tell));
  return (
    <Section
      title="Bids"
      note="A bid takes over what an account in liquidation owes, and lines of it for that. Nothing is paid now: your account owes it from then on, so it must have let the protocol in and have the margin."
      reading={reading}
      nowMs={nowMs}
      show={({ offers, next, markets }) => (
        <section aria-label="Offers of auctions">
          <AuctionsLeftOut next={next} />
          {offers.length === 0 && next === null ? <p class="note">No auction offers anything now.</p> : null}
          <ul>
            {offers.map((one) => (
              <li key={`${one.account} ${one.offer.protocol}`}>
                <a href={`#/account/${one.account}`}>{shortenHex(one.account)}</a> {describeOffer(one, assets, markets)}
                .{' '}
                <button
                  type="button"
                  aria-disabled={bidding.isBusy}
                  onClick={() => void bidding.choose(one.account, () => checkBid(acting, one, { assets, contracts }))}
                >
                  Bid for {shortenHex(one.account)}
                </button>
              </li>
            ))}
          </ul>
          <ActNews
            act={bidding}
            asked="the auction"
            terms="; at a smaller discount it is refused"
            saying={(_, taken) => saying(taken)}
          />
        </section>
      )}
    />
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
  return `owes ${whom}: a bid takes over ${formatFixed(offer.shareWad, SHARE_DECIMALS, 2)} % of it, ${formatValue(offer.assumedWad)}, and gets ${lines.join(' and ')} at ${priceText(offer.discountPpm)}`;
}

function saying({ shareWad, assumedWad, grossWad }: TakenBid): string {
  return `Taken: ${formatFixed(shareWad, SHARE_DECIMALS, 2)} % of the burden, ${formatValue(assumedWad)} owed from now on, for lines worth ${formatValue(grossWad)}.`;
}
