import type { Address } from '@surety/domain';
import { type FollowedPrices, followRiskManager } from '@surety/prices';
import { type ChainReads, readRiskManager } from '@surety/transactions';
import type { Ledger, Observer, PriceBoard, ShadowBoard } from '@surety/workflows';

/** Adapters whose answers depend on the risk manager. */
export interface LedgerPrices {
  readonly prices: FollowedPrices;
  readonly ledger: Ledger;
  readonly board: PriceBoard;
  readonly shadows: ShadowBoard;
}

/**
 * Opens a ledger, its prices and the feeds that wait for it, at the configured risk manager until the ledger names another. Each provider
 * is asked alone: what one says has nothing paid at another contract.
 */
export function openLedgerPrices(of: {
  readonly configured: Address;
  readonly ledger: Address;
  readonly readsOfEach: readonly Pick<ChainReads, 'readHead' | 'call'>[];
  readonly openLedger: (riskManager: Address) => Ledger;
  readonly openBoard: (riskManager: Address) => PriceBoard;
  readonly openShadows: (riskManager: Address) => ShadowBoard;
  readonly observer: Observer;
}): LedgerPrices {
  const { configured, ledger: at, readsOfEach, openLedger, openBoard, openShadows, observer } = of;
  const readers = readsOfEach.map(
    (reads) => (signal?: AbortSignal) => readRiskManager({ reads: reads as ChainReads, ledger: at }, signal),
  );
  const open = (riskManager: Address) => ({ board: openBoard(riskManager), ledger: openLedger(riskManager) });
  const prices = followRiskManager({ configured, readers, open, observer });
  let shadows = { of: configured, board: openShadows(configured) };
  return {
    prices,
    ledger: { ...openLedger(configured), poke: (slots, signal) => prices.ledger.poke(slots, signal) },
    board: prices.board,
    shadows: {
      readShadows(signal) {
        const riskManager = prices.riskManager();
        // One is kept: its reader prefers the provider that answered last.
        if (shadows.of !== riskManager) shadows = { of: riskManager, board: openShadows(riskManager) };
        return shadows.board.readShadows(signal);
      },
    },
  };
}
