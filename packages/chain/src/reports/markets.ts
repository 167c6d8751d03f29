import { requireObject } from '@surety/domain';
import { canonicalText } from '@surety/margin';
import type { ReportDifference } from './judge-report.js';

/** Off-chain figures by underlying: a market's members, and the `confidence` of its feed. */
export type OwnMarkets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Off-chain figures of an underlying, in the format of a report's inputs. */
export interface WrittenMarket {
  readonly market?: Readonly<Record<string, unknown>>;
  /** Confidence of the feed, which is outside the market; 1 by default. */
  readonly confidence?: unknown;
}

interface WrittenBook {
  readonly book: { readonly at: string; readonly underlyings: Readonly<Record<string, WrittenMarket>> };
}

/** Parses a signer's own markets: an object by underlying. @throws TypeError naming a member that is not an object. */
export function parseMarkets(json: unknown): OwnMarkets {
  const objectOf = (value: unknown, path: string) => requireObject(value, path, Object.keys(value ?? {}));
  return Object.fromEntries(
    Object.entries(objectOf(json, 'markets')).map(([name, one]) => [name, objectOf(one, `markets.${name}`)]),
  );
}

/**
 * Returns a signer's own figures of an underlying at a block's time, in the format of inputs. An expiry keeps `expiresAt`
 * (seconds) in the file; inputs count from the block, so it becomes `secondsToExpiry` and is dropped once it has passed.
 */
export function marketAt(own: OwnMarkets[string] | undefined, time: bigint): WrittenMarket {
  const { confidence, expiries, ...rest } = own ?? {};
  const market = expiries === undefined ? rest : { ...rest, expiries: expiriesAt(expiries, time) };
  return {
    ...(Object.keys(market).length === 0 ? {} : { market }),
    ...(confidence === undefined ? {} : { confidence }),
  };
}

/**
 * Compares the markets of a report's inputs with the signer's own: volumes, volatilities, forwards, rates and the
 * feeds' confidences are on no chain. Compares both as written, number by number. `markets` is `{"<underlying>":{…}}`:
 * the market's members, and `confidence` for the underlying's feed (1 if left out).
 */
export function compareMarkets(written: unknown, markets: OwnMarkets): ReportDifference[] {
  // The book was parsed before, so its time and underlyings exist.
  const { at, underlyings } = (written as WrittenBook).book;
  return Object.entries(underlyings).flatMap(([name, { market, confidence }]) => {
    const own = marketAt(markets[name], BigInt(at));
    return [
      ...differingText(`inputs.book.underlyings.${name}.market`, market, own.market),
      ...differingText(`inputs.book.underlyings.${name}.confidence`, confidence ?? '1', own.confidence ?? '1'),
    ];
  });
}

function expiriesAt(expiries: unknown, time: bigint): unknown {
  if (typeof expiries !== 'object' || expiries === null) return expiries;
  return Object.fromEntries(
    Object.entries(expiries).flatMap(([name, one]: [string, unknown]): [string, unknown][] => {
      const { expiresAt, ...rest } = (one ?? {}) as Readonly<Record<string, unknown>>;
      if (expiresAt === undefined) return [[name, one]];
      if (typeof expiresAt !== 'string' || !/^[0-9]{1,12}$/.test(expiresAt)) {
        throw new TypeError(
          `expiries.${name}.expiresAt is ${JSON.stringify(expiresAt)}; expected seconds as decimal text`,
        );
      }
      const left = BigInt(expiresAt) - time;
      return left < 0n ? [] : [[name, { ...rest, secondsToExpiry: left.toString() }]];
    }),
  );
}

function differingText(field: string, left: unknown, right: unknown): ReportDifference[] {
  const [seen, expected] = [canonicalText(left), canonicalText(right)];
  return seen === expected ? [] : [{ field, seen, expected }];
}
