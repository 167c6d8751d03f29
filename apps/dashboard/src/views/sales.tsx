import { formatFixed, formatShare, shortenHex, showAmount } from '../format.js';
import { Section, Table } from '../parts.jsx';
import type { ViewProps } from '../page-world.js';
import { readEachAuction } from '../read-auctions.js';
import { useReading } from '../use-reading.js';
import { AuctionsLeftOut } from './auctions-left-out.jsx';

/** Shows running auctions and what each market lends. */
export function SalesPage({ world, nowMs }: ViewProps) {
  const auctions = useReading(world, 5_000, (signal) => readEachAuction(world.client, signal));
  const markets = useReading(world, 5_000, (signal) => world.client.readMarkets(signal));
  return (
    <>
      <Section
        title="Auctions"
        reading={auctions}
        nowMs={nowMs}
        show={({ auctions: running, next }) => (
          <>
            <AuctionsLeftOut next={next} />
            <Table
              label="Auctions"
              empty={next === null ? 'No auction runs.' : 'No auction runs of those that were looked at.'}
              rows={running}
              columns={[
                ['Account', 'text', (one) => <a href={`#/account/${one.account}`}>{shortenHex(one.account)}</a>],
                ['Running', 'figure', (one) => `${one.elapsedS} s`],
                ['Discount', 'figure', (one) => `${formatFixed(one.discountPpm, 4, 2)} %`],
                ['Offers', 'figure', (one) => one.offers.length],
              ]}
            />
          </>
        )}
      />
      <Section
        title="Markets"
        reading={markets}
        nowMs={nowMs}
        show={(listed) => (
          <Table
            label="Markets"
            empty="This deployment has no market."
            rows={listed}
            columns={[
              ['Market', 'text', (one) => one.market],
              ['Supplied', 'figure', (one) => `${showAmount(one.supplied, one.decimals)} ${one.symbol}`],
              ['Borrowed', 'figure', (one) => showAmount(one.borrowed, one.decimals)],
              ['Lent', 'figure', (one) => formatShare(one.utilisationWad, 10n ** 18n)],
              ['Borrowers pay', 'figure', (one) => `${formatFixed(one.borrowRateWad, 16, 2)} %`],
              ['Lenders earn', 'figure', (one) => `${formatFixed(one.supplyRateWad, 16, 2)} %`],
            ]}
          />
        )}
      />
    </>
  );
}
