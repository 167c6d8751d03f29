import { openConfig } from '../chains/open-config.js';
import type { ActOptions } from '../chains/act-by-hand.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import { carryByHand } from './carry-by-hand.js';
import { openLocalPlace } from './local-place.js';

/** Credits every lock at source 0 that nobody credited yet: anyone may, and no signature is needed. */
export async function credit(terminal: Terminal, options: ActOptions): Promise<void> {
  const place = openLocalPlace(openConfig(terminal));
  const { chain } = place;
  const { pending, count, transactions, tried } = await carryByHand({ terminal, options }, place, {
    direction: 'to-ledger',
    command: 'credit',
    question: (waiting, payer) =>
      waiting === 0n ? undefined : `Credit ${waiting} entries of ${chain.name} (${chain.chainId}) with ${payer}`,
  });
  const credited = tried.length > 0 ? 0n : count;
  writeResult(terminal, options, { credited, count: pending.tip.count, transactions, tried }, () => [
    tried.length > 0
      ? `${count} entries would be credited (${tried.join(', ')}); nothing was sent`
      : count === 0n
        ? `every lock of ${chain.name} is credited: ${pending.tip.count} entries`
        : `${count} entries credited, now ${pending.tip.count}`,
  ]);
}
