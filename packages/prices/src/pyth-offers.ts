import { type Hex, mulDivDown } from '@surety/domain';
import type { OfferedPrice } from '@surety/workflows';
import { z } from 'zod';
import { type AskService, type ReadOffers, createAskAll } from './pull-service.js';

/** Decimals of a price scaled 1e12. */
const SCALE = 12;

/** The part of an answer that is used. @source Hermes, GET /v2/updates/price/latest */
const answer = z.object({
  binary: z.object({
    encoding: z.literal('hex'),
    data: z
      .array(z.string().regex(/^(0x)?([0-9a-f]{2})+$/i))
      .min(1)
      .max(4),
  }),
  parsed: z
    .array(
      z.object({
        id: z.string(),
        price: z.object({
          price: z.string().regex(/^[0-9]{1,19}$/),
          expo: z.int().min(-20).max(12),
          publish_time: z.int().min(0).max(0xff_ffff_ffff),
        }),
      }),
    )
    .max(64),
});

/**
 * Asks services that speak Hermes' interface for one price. Each one's update is an offer of its own: price and time are the service's
 * word, by which a transaction is planned; `pythDenial` compares it with what is signed before anything is paid.
 */
export function pythOffers(services: readonly AskService[], feedId: Hex): ReadOffers {
  const path = `v2/updates/price/latest?ids[]=${feedId}&encoding=hex&parsed=true`;
  const askAll = createAskAll(services);
  return async (signal) => {
    const offers = (await askAll(path, signal)).flatMap((one) => offerOf(one, feedId));
    return offers.toSorted((one, other) => Number(other.observedAt - one.observedAt));
  };
}

function offerOf(one: { readonly service: string; readonly answer: unknown }, feedId: Hex): OfferedPrice[] {
  const read = answer.safeParse(one.answer);
  const bare = (id: string): string => id.toLowerCase().replace(/^0x/, '');
  const found = read.data?.parsed.find(({ id }) => bare(id) === bare(feedId));
  if (!read.success || found === undefined) return [];
  const { price, expo, publish_time: time } = found.price;
  const updates = read.data.binary.data.map((data): Hex => `0x${bare(data)}`);
  return [{ price1e12: scaledPyth(BigInt(price), expo), observedAt: BigInt(time), service: one.service, updates }];
}

/** Rounded down, as the adapter does. @source PythFeed */
export function scaledPyth(price: bigint, expo: number): bigint {
  const power = 10n ** BigInt(Math.abs(expo + SCALE));
  return expo + SCALE < 0 ? mulDivDown(price, 1n, power) : price * power;
}
