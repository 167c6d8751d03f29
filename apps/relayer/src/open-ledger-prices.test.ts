import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import type { ChainReads } from '@surety/transactions';
import type { Ledger, ObservedEvent, PriceReading, ShadowFeeds } from '@surety/workflows';
import { encodeFunctionResult } from 'viem';
import { describe, expect, it } from 'vitest';
import { openLedgerPrices } from './open-ledger-prices.js';

const OLD = address(`0x${'01'.repeat(20)}`);
const NEXT = address(`0x${'02'.repeat(20)}`);
const LEDGER = address(`0x${'0a'.repeat(20)}`);

/** A relayer's adapters over providers that say that the ledger names these risk managers. */
function opened(named: Address[]) {
  const asked: string[] = [];
  const shadowed: Address[] = [];
  const events: ObservedEvent[] = [];
  const readsOfEach = named.map((_, at) => ({
    readHead: async () => ({ height: 7n, timestamp: 0n }),
    call: async ({ to }: { readonly to: Address }) => {
      const result = named[at] ?? OLD;
      const bytes = encodeFunctionResult({ abi: collateralLedgerAbi, functionName: 'riskManager', result });
      return to === LEDGER ? { kind: 'answer', bytes } : { kind: 'answer', bytes: '0x' };
    },
  })) as unknown as readonly ChainReads[];
  const noFeeds: ShadowFeeds = { readings: [], unseen: [] };
  const desk = openLedgerPrices({
    configured: OLD,
    ledger: LEDGER,
    readsOfEach,
    openLedger: (riskManager) =>
      ({
        poke: async () => (asked.push(`poke ${riskManager}`), { kind: 'overtaken', detail: '' }),
        distrustProvider: () => undefined,
      }) as unknown as Ledger,
    openBoard: (riskManager) => ({
      readPrices: async (): Promise<readonly PriceReading[]> => (asked.push(`read ${riskManager}`), []),
    }),
    openShadows: (riskManager) => {
      shadowed.push(riskManager);
      return { readShadows: async () => (asked.push(`shadows ${riskManager}`), noFeeds) };
    },
    observer: { observe: (event) => void events.push(event) },
  });
  const use = async (): Promise<string[]> => {
    await desk.board.readPrices([1]);
    await desk.ledger.poke([1]);
    await desk.shadows.readShadows();
    return asked.splice(0);
  };
  return { desk, use, named, events, shadowed };
}

const all = (riskManager: Address): string[] => [
  `read ${riskManager}`,
  `poke ${riskManager}`,
  `shadows ${riskManager}`,
];

describe('a relayer', () => {
  it('pokes the risk manager that most providers say that the ledger names, whatever is configured', async () => {
    const { desk, use, named, events } = opened([OLD, OLD, OLD]);
    await desk.prices.look();
    expect([await use(), events]).toEqual([all(OLD), []]);
    named[0] = NEXT;
    await desk.prices.look();
    expect(await use()).toEqual(all(OLD));
    named[1] = NEXT;
    await desk.prices.look();
    expect(await use()).toEqual(all(NEXT));
    expect(events).toMatchObject([{ name: 'risk-manager-followed', fields: { risk_manager: NEXT, configured: OLD } }]);
  });

  it('opens the feeds that wait once for each risk manager: their reader prefers a provider that answered', async () => {
    const { desk, use, named, shadowed } = opened([OLD]);
    await use();
    await use();
    expect(shadowed).toEqual([OLD]);
    named[0] = NEXT;
    await desk.prices.look();
    await use();
    await use();
    expect(shadowed).toEqual([OLD, NEXT]);
  });
});
