import { WAD } from '@surety/domain';
import { marginError } from '../errors.js';
import type { AuctionedProtocol, LineAuction, LineBidTerms } from './line-auction.js';
import { FROZEN_SALE_CLASS } from './sale-line.js';

/** The largest figure of an auction: a product of two fits the 256 bits that the contracts compute with. */
export const AUCTION_FIGURE_MAX = 2n ** 127n - 1n;

/** Returns a figure that fits; its name appears only in a refusal. @throws UNDEFINED_RESULT above {@link AUCTION_FIGURE_MAX}. */
export function requireFigure(nameOf: () => string, value: bigint): bigint {
  if (value <= AUCTION_FIGURE_MAX) return value;
  throw marginError('UNDEFINED_RESULT', `${nameOf()} is ${value}; an auction computes up to 2^127 - 1`);
}

/**
 * Returns the protocol that is bid for, of figures that an account can have.
 * @throws OUT_OF_RANGE for a negative figure, a class above 3 or a share above 1; INCONSISTENT_INPUT for a protocol that is not
 * there or a line that counts for more than its gross value; UNDEFINED_RESULT for a figure or a sum beyond 2^127 − 1.
 */
export function requireSoundBid(auction: LineAuction, terms: LineBidTerms): AuctionedProtocol {
  const figures = figuresOf(auction, terms);
  for (const figure of figures) requireRange(figure);
  const protocol = requireProtocol(auction.protocols, terms.protocol);
  for (const [at, { grossWad, exitWad }] of auction.lines.entries()) {
    if (exitWad <= grossWad) continue;
    throw marginError(
      'INCONSISTENT_INPUT',
      `lines[${at}].exitWad is ${exitWad}; expected at most its gross value, ${grossWad}`,
    );
  }
  for (const [nameOf, value] of [...figures, ...sumsOf(auction)]) requireFigure(nameOf, value);
  return protocol;
}

type Named = readonly [nameOf: () => string, value: bigint, most?: bigint];

/** Every figure of a request with its name, and the most that it may be if that is not the limit of all. */
function figuresOf({ lines, otherExitWad, protocols }: LineAuction, terms: LineBidTerms): readonly Named[] {
  return [
    ...lines.flatMap((line, at): readonly Named[] => [
      [() => `lines[${at}].class`, line.class, FROZEN_SALE_CLASS],
      [() => `lines[${at}].grossWad`, line.grossWad],
      [() => `lines[${at}].exitWad`, line.exitWad],
    ]),
    ...protocols.flatMap((protocol, at): readonly Named[] => [
      [() => `protocols[${at}].requirementWad`, protocol.requirementWad],
      [() => `protocols[${at}].burdenWad`, protocol.burdenWad],
      [() => `protocols[${at}].reservedWad`, protocol.reservedWad],
    ]),
    [() => 'otherExitWad', otherExitWad],
    [() => 'clockS', terms.clockS],
    [() => 'shareMaxWad', terms.shareMaxWad, WAD],
    [() => 'dustWad', terms.dustWad ?? 0n],
  ];
}

function sumsOf({ lines, otherExitWad, protocols }: LineAuction): readonly Named[] {
  return [
    [() => 'the sum of gross values', lines.reduce((sum, { grossWad }) => sum + grossWad, 0n)],
    [() => 'the sum of exit values', lines.reduce((sum, { exitWad }) => sum + exitWad, otherExitWad)],
    [() => 'the sum of requirements', protocols.reduce((sum, { requirementWad }) => sum + requirementWad, 0n)],
    [() => 'the sum of burdens', protocols.reduce((sum, { burdenWad }) => sum + burdenWad, 0n)],
  ];
}

function requireRange([nameOf, value, most]: Named): void {
  if (value < 0n) throw marginError('OUT_OF_RANGE', `${nameOf()} is ${value}; expected 0 or more`);
  if (most !== undefined && value > most) {
    throw marginError('OUT_OF_RANGE', `${nameOf()} is ${value}; expected at most ${most}`);
  }
}

function requireProtocol(protocols: readonly AuctionedProtocol[], at: number): AuctionedProtocol {
  const protocol = protocols[at];
  if (protocol !== undefined) return protocol;
  throw marginError('INCONSISTENT_INPUT', `protocol is ${at}; expected a place among ${protocols.length} protocols`);
}
