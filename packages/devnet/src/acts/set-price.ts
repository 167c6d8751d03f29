import { setTimeout as sleep } from 'node:timers/promises';
import { developmentFeedAbi } from '@surety/contracts';
import type { Address, Hex } from '@surety/domain';
import { PRICE_MAX_AGE_S, SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { LocalNetwork } from '../network/start-network.js';
import { readerOf, walletOf } from './send.js';

/** A sixth of the time for which the ledger takes a price: what is left running never loses one to its age. */
export const FEED_EVERY_MS = (PRICE_MAX_AGE_S * 1_000) / 6;

/** Repeats every feed's answer each `everyMs` until the signal aborts, since answers grow stale. */
export async function feedPrices(network: LocalNetwork, everyMs: number, signal: AbortSignal): Promise<void> {
  const reader = readerOf(network, SETTLEMENT_CHAIN_ID);
  while (!signal.aborted) {
    for (const [symbol, address] of network.feeds) {
      const [, answer] = await reader.readContract({
        address,
        abi: developmentFeedAbi,
        functionName: 'latestRoundData',
      });
      await setPrice(network, symbol, answer);
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Sets the answer of a development feed, in 8 decimals. The ledger uses it after the next poke. */
export async function setPrice(network: LocalNetwork, symbol: string, answer: bigint): Promise<void> {
  const hash = await sendPrice(network, symbol, answer);
  await readerOf(network, SETTLEMENT_CHAIN_ID).waitForTransactionReceipt({ hash });
}

/** Sends what {@link setPrice} sets, and waits for no block. The next one may be sent once this one is accepted: they share a key. */
export async function sendPrice(network: LocalNetwork, symbol: string, answer: bigint): Promise<Hex> {
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, 'feeder');
  const address = network.feeds.get(symbol) as Address;
  return wallet.writeContract({ address, abi: developmentFeedAbi, functionName: 'set', args: [answer] });
}
