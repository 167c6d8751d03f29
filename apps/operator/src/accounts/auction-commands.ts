import { mostShareOf } from '@surety/client';
import type { AuctionAccount, AuctionPlan } from '@surety/workflows';
import { formatUnits } from '../terminal/format.js';

/** An account, what may be done for it, and by whom. */
export interface ShownAuction {
  readonly account: AuctionAccount;
  readonly next: AuctionPlan;
}

/** Writes the commands of what anyone may do now. A bid takes little more than was shown, at no smaller discount: prices may fall before it lands. */
export function auctionCommandsOf({ account: { account, claims }, next }: ShownAuction): string[] {
  const run = (act: string): string[] => [`  surety auction ${act} --account ${account}`];
  const bids = claims.flatMap(({ protocol, offer }) => {
    if (offer.kind !== 'open') return [];
    const most = formatUnits(mostShareOf(offer.shareWad), 18);
    return run('bid').map(
      (text) => `${text} --protocol ${protocol} --to <your account> --share-max ${most} --discount-min ${offer.ppm}`,
    );
  });
  switch (next.kind) {
    case 'write-off':
      return run('write-off').map((text) => `${text} --protocol ${next.protocol}`);
    case 'start':
    case 'close':
    case 'touch':
      return [...run(next.kind), ...bids];
    case 'bid':
    case 'wait':
      return bids;
  }
}
