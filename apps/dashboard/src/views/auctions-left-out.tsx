import type { AuctionsPage } from '@surety/client';
import { shortenHex } from '../format.js';

/** Says which accounts a list of auctions leaves out; nothing where it has all. */
export function AuctionsLeftOut({ next }: Pick<AuctionsPage, 'next'>) {
  if (next === null) return null;
  return (
    <p class="banner warn">
      <strong>{`Not every account was looked at: those past ${shortenHex(next)} are left out.`}</strong>{' '}
      <code>surety auctions</code> lists the least healthy ones.
    </p>
  );
}
