import { marketAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { expect, it } from 'vitest';
import type { MarketPlace } from './find-market.js';
import { planDeposit, planWithdrawal } from './plan-lending.js';

const lender = address(`0x${'b2'.repeat(20)}`);
const ONE = 1_000_000n;
const SHARE = 1_000_000_000_000n;

/** A market that answers so; the answers may be changed afterwards. */
function placeOf(answers: Record<string, unknown>): MarketPlace {
  const readContract = ({ functionName }: { functionName: string }): Promise<unknown> =>
    functionName in answers ? Promise.resolve(answers[functionName]) : Promise.reject(new Error(functionName));
  const market = { address: address(`0x${'a1'.repeat(20)}`), abi: marketAbi };
  const configured = { name: 'usds', symbol: 'USDS', decimals: 6, token: `0x${'c3'.repeat(20)}` };
  return { reader: { readContract }, market, configured } as unknown as MarketPlace;
}

const calm = { booksOf: { provisions: 0n } };
const falling = { booksOf: { provisions: 400n * ONE } };

it('asks for a deposit with its shares and what they are worth', async () => {
  const answers = { maxDeposit: 10n ** 30n, balanceOf: 10n ** 12n, previewDeposit: 990n * SHARE };
  const planned = await planDeposit(placeOf({ ...answers, convertToAssets: 1_000n * ONE - 1n }), lender, {
    amount: '1000',
  });
  expect(planned.text).toBe(`deposit of 1000 USDS for 990 shares of ${lender}, worth 999.999999 USDS`);
  const late = await planDeposit(placeOf({ ...answers, convertToAssets: 600n * ONE }), lender, { amount: '1000' });
  expect(late.text).toBe(
    `deposit of 1000 USDS for 990 shares of ${lender}, worth 600 USDS: the rest would bear a loss that is foreseeable`,
  );
});

it('asks for a withdrawal of all with what it brings, and what a foreseeable loss takes of it', async () => {
  const answers = { maxRedeem: 1_000n * SHARE, previewRedeem: 600n * ONE, previewMint: 1_000n * ONE };
  const words = { amount: 'all' };
  expect((await planWithdrawal(placeOf({ ...answers, ...calm }), lender, words)).text).toBe(
    `withdrawal of all that there is cash for, 600 USDS for 1,000 shares, to ${lender}`,
  );
  expect((await planWithdrawal(placeOf({ ...answers, ...falling }), lender, words)).text).toBe(
    `withdrawal of all that there is cash for, 600 USDS for 1,000 shares, to ${lender}; a loss of 400 USDS is foreseeable and paid for as if it had come: without it these shares are worth 1000 USDS`,
  );
});

it('asks for a withdrawal of an amount with the shares that it takes', async () => {
  const answers = { maxWithdraw: 1_000n * ONE, previewWithdraw: 1_667n * SHARE, previewMint: 1_667n * ONE };
  expect((await planWithdrawal(placeOf({ ...answers, ...falling }), lender, { amount: '1000' })).text).toBe(
    `withdrawal of 1000 USDS for 1,667 shares, to ${lender}; a loss of 400 USDS is foreseeable and paid for as if it had come: without it these shares are worth 1667 USDS`,
  );
});

it('sends nothing once the market gives less than the question said', async () => {
  const held: Record<string, unknown> = {
    ...calm,
    maxDeposit: 10n ** 30n,
    balanceOf: 10n ** 12n,
    previewDeposit: 990n * SHARE,
    convertToAssets: 1_000n * ONE,
    maxRedeem: 1_000n * SHARE,
    previewRedeem: 1_000n * ONE,
    maxWithdraw: 1_000n * ONE,
    previewWithdraw: 1_000n * SHARE,
  };
  const place = placeOf(held);
  const [deposit, all, some] = [
    await planDeposit(place, lender, { amount: '1000' }),
    await planWithdrawal(place, lender, { amount: 'all' }),
    await planWithdrawal(place, lender, { amount: '1000' }),
  ];
  Object.assign(held, { convertToAssets: 999n * ONE, previewRedeem: 999n * ONE, previewWithdraw: 1_001n * SHARE });
  await Promise.all([deposit.requireStill?.(), all.requireStill?.(), some.requireStill?.()]);
  Object.assign(held, { convertToAssets: 998n * ONE, previewRedeem: 998n * ONE, previewWithdraw: 1_002n * SHARE });
  await expect(deposit.requireStill?.()).rejects.toThrow(
    'market usds gives shares worth 998 USDS now; expected 1000 USDS as was asked; nothing was sent',
  );
  await expect(all.requireStill?.()).rejects.toThrow(
    'market usds pays 998 USDS for 1,000 shares now; expected 1000 USDS as was asked; nothing was sent',
  );
  await expect(some.requireStill?.()).rejects.toThrow(
    'market usds takes 1,002 shares for 1000 USDS now; expected 1,000 shares as was asked; nothing was sent',
  );
});
