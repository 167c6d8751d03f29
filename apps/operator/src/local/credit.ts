import { loadSpendingKey } from '@surety/config';
import { accountId } from '@surety/domain';
import { operatorError } from '../errors.js';
import { carryPending } from './carry-pending.js';
import { openLocalPlace } from './local-place.js';
import { openLocalDesk } from './open-local-desk.js';
import { readPending } from './read-pending.js';
import { openConfig } from '../chains/open-config.js';
import { openKey } from '../chains/open-sender.js';
import { untilTried } from '../relay/trial-sender.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety credit` and `surety deliver`. */
export interface CarryOptions extends OutputOptions {
  /** Simulates the first transaction and ends. */
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Credits every lock at source 0 that nobody credited yet: anyone may, and no signature is needed. */
export async function credit(terminal: Terminal, options: CarryOptions): Promise<void> {
  const place = openLocalPlace(openConfig(terminal));
  const pending = await readPending(place, 'to-ledger');
  const count = pending.tip.count - pending.after.count;
  const account = openKey(loadSpendingKey(terminal.environment));
  const desk = openLocalDesk(place, { account, waiting: terminal });
  const trial = options.dryRun === true ? desk.openTrial() : undefined;
  const sender = trial?.sender ?? desk.sender;
  const question = `Credit ${count} entries of ${place.chain.name} (${place.chain.chainId}) with ${account.address}, which pays the gas?`;
  if (count > 0n && trial === undefined && options.yes !== true && !(await terminal.confirm(question))) {
    throw operatorError('DECLINED', 'nothing was sent; add --yes to credit without a question');
  }
  const feeTo = accountId({ owner: sender.address, home: 0, sub: 0n });
  const tell = (line: string): void => terminal.tell(line);
  const use = { direction: 'to-ledger', sender, feeTo, tell } as const;
  const transactions = (await untilTried(() => carryPending(place, pending, use))) ?? [];
  const tried = trial?.tried ?? [];
  const credited = tried.length > 0 ? 0n : count;
  writeResult(terminal, options, { credited, count: pending.tip.count, transactions, tried }, () => [
    tried.length > 0
      ? `${count} entries would be credited (${tried.join(', ')}); nothing was sent`
      : count === 0n
        ? `every lock of ${place.chain.name} is credited: ${pending.tip.count} entries`
        : `${count} entries credited, now ${pending.tip.count}`,
  ]);
}
