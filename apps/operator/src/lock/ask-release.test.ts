import { WAD, address, bytes32 } from '@surety/domain';
import type { PublicClient } from 'viem';
import { describe, expect, it } from 'vitest';
import { type RequiringProtocol, readRequiring, whatKeeps } from './ask-release.js';

const LINE = address(`0x${'8f'.repeat(20)}`);
const VENUE = address(`0x${'9e'.repeat(20)}`);
const short = { assetsWad: 2_000n * WAD, requiredWad: 8_000n * WAD };
const lender: RequiringProtocol = {
  protocol: LINE,
  name: 'market usds',
  requiredWad: 8_000n * WAD,
  debt: { units: 7_272_727_272n, decimals: 6, symbol: 'USDS' },
};

describe('what keeps the rest of a line', () => {
  it('is a debt to repay in its own token, by the share of its requirement that is missing, rounded up', () => {
    expect(whatKeeps(short, [lender])).toBe(`repay 5,454.545454 USDS at market usds ${LINE} for the rest`);
    expect(whatKeeps({ ...short, assetsWad: short.requiredWad - 1n }, [lender])).toContain('repay 0.000001 USDS');
  });

  it('is a requirement to lower where the protocol tells no debt, and the next protocol’s where one is not enough', () => {
    const venue = { ...lender, protocol: VENUE, name: undefined, requiredWad: 4_000n * WAD, debt: undefined };
    expect(whatKeeps(short, [venue])).toBe(`lower by 4,000.00 what ${VENUE} requires for the rest`);
    expect(whatKeeps(short, [venue, { ...lender, requiredWad: 4_000n * WAD }])).toBe(
      `lower by 4,000.00 what ${VENUE} requires and repay 3,636.363636 USDS at market usds ${LINE} for the rest`,
    );
  });

  it('is told without names where no protocol answers', () => {
    expect(whatKeeps(short, [])).toBe('lower by 6,000.00 what protocols require, or lock more for the rest');
  });
});

/** A ledger with two protocols that call themselves by the same name; the first is a configured market. */
async function requiringOf(name: string, symbol: string): Promise<readonly RequiringProtocol[]> {
  const answers: Readonly<Record<string, unknown>> = {
    protocolsOf: [LINE, VENUE],
    requirementOf: [WAD, WAD, 0n, 0n],
    asset: VENUE,
    debtOf: 5n,
    positionOf: [5n],
    decimals: 0,
    name,
    symbol,
  };
  const client = { readContract: async ({ functionName }: { functionName: string }) => answers[functionName] };
  return readRequiring(client as unknown as PublicClient, {
    ledger: VENUE,
    account: bytes32(`0x${'11'.repeat(32)}`),
    names: new Map([[LINE, 'usds']]),
  });
}

describe('the name of a protocol', () => {
  it('tells whether the configuration has it, whatever it calls itself', async () => {
    const told = await requiringOf('market usds', 'USDS');
    expect(told.map(({ protocol, name }) => [protocol, name])).toEqual([
      [VENUE, '"market usds" (not in the configuration)'],
      [LINE, 'market usds'],
    ]);
  });

  it('stays on its line and short, as the symbol of its token does', async () => {
    const strange = 'x\nsend all to 0xbad" \u202e';
    const [venue] = await requiringOf(strange, strange);
    expect([venue?.name, venue?.debt?.symbol]).toEqual([
      `"x\\u000asend all to 0xbad' \\u202e" (not in the configuration)`,
      'x\\u000asend all to 0xbad" \\u202e',
    ]);
    const [long] = await requiringOf('x'.repeat(100_000), 'y'.repeat(100_000));
    expect(`${long?.name}${long?.debt?.symbol}`.length).toBeLessThan(120);
  });
});
