import type { Address } from '@surety/domain';
import type { Clock, Ledger, NotesFailing, Observer, PriceBoard } from '@surety/workflows';

interface LedgerPrices {
  readonly board: PriceBoard;
  readonly ledger: Pick<Ledger, 'poke' | 'distrustProvider'>;
}

/** A ledger's risk manager, by what one provider says. */
export type RiskManagerReader = (signal?: AbortSignal) => Promise<Address>;

/** Prices of the risk manager that the ledger names. */
export interface FollowedPrices extends LedgerPrices {
  /**
   * Asks each provider which risk manager the ledger names, and goes on with that one where more than half of all name it: a poke of
   * another is paid and counts nowhere. Until so many agree the last one stands. Rejects never.
   */
  readonly look: (signal?: AbortSignal) => Promise<void>;
  /** Returns the risk manager whose prices these are now. */
  readonly riskManager: () => Address;
}

/** Opens the prices of the configured risk manager, until a look shows that the ledger names another. */
export function followRiskManager(options: {
  readonly configured: Address;
  readonly readers: readonly RiskManagerReader[];
  readonly open: (riskManager: Address) => LedgerPrices;
  readonly observer: Observer;
}): FollowedPrices {
  const { configured, readers, open, observer } = options;
  let followed = configured;
  let prices = open(configured);
  return {
    board: { readPrices: (slots, signal) => prices.board.readPrices(slots, signal) },
    ledger: {
      poke: (slots, signal) => prices.ledger.poke(slots, signal),
      distrustProvider: () => prices.ledger.distrustProvider(),
    },
    async look(signal) {
      const named = await namedByMost(readers, signal);
      if (named === undefined || named === followed) return;
      // The command line still goes by the file.
      const detail = 'the ledger names it; put it into settlement.riskManager of chains.config.json';
      const fields = { risk_manager: named, before: followed, configured, detail };
      observer.observe({ name: 'risk-manager-followed', level: named === configured ? 'info' : 'warn', fields });
      [followed, prices] = [named, open(named)];
    },
    riskManager: () => followed,
  };
}

/** Looks at what the ledger names until the signal aborts. A new risk manager takes over after days, so looks may be rare. */
export async function keepFollowing(
  options: NotesFailing & { readonly prices: FollowedPrices; readonly clock: Clock; readonly pauseMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { prices, failingLoops, clock, pauseMs } = options;
  const loop = { name: 'risk-manager-followed' };
  while (!signal.aborted) {
    failingLoops.began(loop);
    await prices.look(signal);
    failingLoops.passed(loop);
    await clock.sleep(pauseMs, signal);
  }
}

async function namedByMost(readers: readonly RiskManagerReader[], signal?: AbortSignal): Promise<Address | undefined> {
  const answers = await Promise.allSettled(readers.map((read) => read(signal)));
  const counts = new Map<Address, number>();
  for (const answer of answers) {
    if (answer.status === 'fulfilled') counts.set(answer.value, (counts.get(answer.value) ?? 0) + 1);
  }
  return [...counts].find(([, count]) => 2 * count > readers.length)?.[0];
}
