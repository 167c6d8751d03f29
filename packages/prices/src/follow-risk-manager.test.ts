import { type Address, address } from '@surety/domain';
import type { ObservedEvent, PriceReading } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { followRiskManager } from './follow-risk-manager.js';

const OLD = address(`0x${'01'.repeat(20)}`);
const NEXT = address(`0x${'02'.repeat(20)}`);
const LIE = address(`0x${'03'.repeat(20)}`);

/** Prices over providers that name these risk managers; undefined: that one is silent. */
function followed(named: (Address | undefined)[]) {
  const events: ObservedEvent[] = [];
  const asked: string[] = [];
  const readers = named.map((_, at) => async () => {
    const one = named[at];
    if (one === undefined) throw new Error('silent');
    return one;
  });
  const prices = followRiskManager({
    configured: OLD,
    readers,
    open: (riskManager) => ({
      board: {
        readPrices: async (): Promise<readonly PriceReading[]> => (asked.push(`read ${riskManager}`), []),
      },
      ledger: {
        poke: async () => (asked.push(`poke ${riskManager}`), { kind: 'overtaken', detail: '' }),
        distrustProvider: () => undefined,
      },
    }),
    observer: { observe: (event) => void events.push(event) },
  });
  const use = async (): Promise<string[]> => {
    await prices.board.readPrices([1]);
    await prices.ledger.poke([1]);
    return asked.splice(0);
  };
  return { prices, use, named, events };
}

const both = (riskManager: Address): string[] => [`read ${riskManager}`, `poke ${riskManager}`];

describe('the prices that keepers and relayers poke', () => {
  it('are those of the risk manager that the ledger names after a new one took over, told once', async () => {
    const { prices, use, named, events } = followed([OLD, OLD, OLD]);
    await prices.look();
    expect([await use(), events]).toEqual([both(OLD), []]);
    named.fill(NEXT);
    await prices.look();
    await prices.look();
    expect(await use()).toEqual(both(NEXT));
    expect(events).toMatchObject([
      {
        name: 'risk-manager-followed',
        level: 'warn',
        fields: { risk_manager: NEXT, before: OLD, configured: OLD, detail: expect.stringContaining('chains.config') },
      },
    ]);
    named.fill(OLD);
    await prices.look();
    expect([await use(), events.map(({ level }) => level)]).toEqual([both(OLD), ['warn', 'info']]);
  });

  it.each([
    ['one of three lies', [NEXT, LIE, NEXT], NEXT],
    ['one of three is silent', [NEXT, undefined, NEXT], NEXT],
    ['there is one alone', [NEXT], NEXT],
    ['half of them name it', [NEXT, OLD], OLD],
    ['one of two is silent', [NEXT, undefined], OLD],
    ['two of three are silent', [undefined, NEXT, undefined], OLD],
    ['all are silent', [undefined, undefined], OLD],
    ['there is none', [], OLD],
  ])('change by what more than half of the providers say: %s', async (_, answers, expected) => {
    const { prices, use } = followed(answers);
    await prices.look();
    expect(await use()).toEqual(both(expected));
  });
});
