import { marketAbi, marketTrancheAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { decodeFunctionData } from 'viem';
import { expect, it } from 'vitest';
import type { MarketPlace } from './find-market.js';
import { MARKET_ACTS } from './market-acts.js';

const holder = address(`0x${'b2'.repeat(20)}`);

/** A market of a token with 6 decimals whose provider says so many decimals of its shares, of which a million is held. */
function placeOf(decimals: number, held: bigint): MarketPlace {
  const answers: Record<string, unknown> = { balanceOf: held, decimals };
  const reader = {
    readContract: ({ functionName }: { functionName: string }) => Promise.resolve(answers[functionName]),
  };
  const market = { address: address(`0x${'a1'.repeat(20)}`), abi: marketAbi };
  const tranche = { address: address(`0x${'d4'.repeat(20)}`), abi: marketTrancheAbi };
  const configured = { name: 'usds', symbol: 'USDS', decimals: 6 };
  return { reader, market, tranche, configured } as unknown as MarketPlace;
}

async function plan(name: string, place: MarketPlace) {
  const act = MARKET_ACTS.find((one) => one.name === name);
  const planned = await act?.plan(place, holder, { shares: '10' });
  if (planned === undefined) throw new Error(`there is no act ${name}`);
  return { text: planned.text, units: decodeFunctionData({ abi: marketTrancheAbi, data: planned.data }).args?.[0] };
}

it.each([
  ['cover', 12, `deposit of 10 shares of market usds into its tranche for ${holder}`],
  ['request-exit', 18, 'request for the exit of 10 shares of the tranche'],
] as const)(
  'takes the shares of %s with the decimals that its token and the market give them',
  async (name, decimals, text) => {
    const held = 10n ** BigInt(decimals + 6);
    expect(await plan(name, placeOf(decimals, held))).toEqual({ text, units: 10n * 10n ** BigInt(decimals) });
    await expect(plan(name, placeOf(17, held))).rejects.toThrow(
      new RegExp(
        `market usds has shares of 17 decimals by a provider's word; expected ${decimals}, .*; nothing was sent$`,
      ),
    );
  },
);
