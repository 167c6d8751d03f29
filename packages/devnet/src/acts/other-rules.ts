import { developmentFeedAbi } from '@surety/contracts';
import { type Address, PPM, mulDivDown } from '@surety/domain';
import type { Hex } from 'viem';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { readerOf } from './send.js';

/** Decimals of WAD that the collateral's units and its price, of 8 each, have too few. */
const TO_WAD = 100n;

/** An account's collateral and debt. */
export interface Position {
  /** Hundred-millionths of a bitcoin. */
  readonly collateral: bigint;
  /** WAD. */
  readonly debtWad: bigint;
}

/** An account that breached, in the block in which its auction started. */
export interface BreachedPosition extends Position {
  /** Worth of the collateral at that block's price, WAD. */
  readonly worthWad: bigint;
}

/** The outcome of another rule for the same breaches. */
export interface RuleFigures {
  /** Paid by accounts to liquidators, parts per million of what was sold. */
  readonly discountPpm: bigint;
  /** Debts that the collateral would not have covered, WAD. */
  readonly lostWad: bigint;
  /** Accounts that would still be worth no more than when they breached. */
  readonly left: number;
}

/** Reads the price of a bitcoin in a block, by default the newest. 8 decimals. */
export async function readPrice(network: LocalNetwork, blockNumber?: bigint): Promise<bigint> {
  const address = network.feeds.get('BTC') as Address;
  const asked = { address, abi: developmentFeedAbi, functionName: 'latestRoundData' } as const;
  const reader = readerOf(network, SETTLEMENT_CHAIN_ID);
  const [, answer] = await reader.readContract(blockNumber === undefined ? asked : { ...asked, blockNumber });
  return answer;
}

/** Reads how the accounts stood, each at its first start. */
export async function readBreaches(
  network: LocalNetwork,
  startedAt: ReadonlyMap<bigint, readonly Hex[]>,
  positionOf: (account: Hex) => Position | undefined,
): Promise<readonly BreachedPosition[]> {
  const breaches = new Map<Hex, BreachedPosition>();
  for (const [blockNumber, accounts] of startedAt) {
    if (accounts.length === 0) continue;
    const answer = await readPrice(network, blockNumber);
    for (const account of accounts) {
      const position = positionOf(account);
      if (position === undefined || breaches.has(account)) continue;
      breaches.set(account, { ...position, worthWad: position.collateral * answer * TO_WAD });
    }
  }
  return [...breaches.values()];
}

/**
 * Reckons a fixed bonus: in the block of its start each account's whole debt is repaid for as much collateral and the bonus, by
 * liquidators who are always there and have the money; where the collateral does not reach, for all of it.
 */
export function withFixedBonus(breaches: readonly BreachedPosition[], bonusPpm: bigint): RuleFigures {
  let [soldWad, paidWad, lostWad] = [0n, 0n, 0n];
  for (const { worthWad, debtWad } of breaches) {
    const whole = mulDivDown(debtWad, PPM + bonusPpm, PPM);
    const sold = worthWad < whole ? worthWad : whole;
    const repaid = mulDivDown(sold, PPM, PPM + bonusPpm);
    soldWad += sold;
    paidWad += sold - repaid;
    // A unit of rounding is no loss.
    if (sold < whole) lostWad += debtWad - repaid;
  }
  return { discountPpm: soldWad === 0n ? 0n : mulDivDown(paidWad, PPM, soldWad), lostWad, left: 0 };
}

/** Reckons no keeper at all: nothing is sold, and at the last price some debts are no longer covered. */
export function withoutKeepers(breaches: readonly BreachedPosition[], lastAnswer: bigint): RuleFigures {
  let [lostWad, left] = [0n, 0];
  for (const { collateral, debtWad, worthWad } of breaches) {
    const lastWad = collateral * lastAnswer * TO_WAD;
    if (lastWad < debtWad) lostWad += debtWad - lastWad;
    if (lastWad <= worthWad) left += 1;
  }
  return { discountPpm: 0n, lostWad, left };
}
