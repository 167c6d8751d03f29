import { openConfig } from '../chains/open-config.js';
import type { ActOptions } from '../chains/act-by-hand.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';
import { requireAllTaken, tellRefused } from '../terminal/each-unless-ended.js';
import { carryByHand } from './carry-by-hand.js';
import { openLocalPlace } from './local-place.js';

/**
 * Credits every lock at source 0 that nobody credited yet: anyone may, and no signature is needed.
 * @throws CARRY_REFUSED with the contract's own reason, once what was credited is told; DECLINED.
 */
export async function credit(terminal: Terminal, options: ActOptions): Promise<void> {
  const place = openLocalPlace(openConfig(terminal));
  const { chain } = place;
  const carry = await carryByHand({ terminal, options }, place, {
    direction: 'to-ledger',
    command: 'credit',
    question: (waiting, payer) =>
      waiting === 0n ? undefined : `Credit ${waiting} entries of ${chain.name} (${chain.chainId}) with ${payer}`,
  });
  const { count, carried, reached, transactions, tried, refused, ended } = carry;
  if (ended !== undefined && transactions.length === 0) throw ended.by;
  writeResult(terminal, options, { credited: carried, count: reached, transactions, tried, refused }, () => [
    tried.length > 0
      ? `${count} entries would be credited (${tried.join(', ')}); nothing was sent`
      : count === 0n
        ? `every lock of ${chain.name} is credited: ${reached} entries`
        : `${carried} entries credited, now ${reached}`,
    ...refused.map(tellRefused),
  ]);
  requireAllTaken(carry, 'CARRY_REFUSED');
}
