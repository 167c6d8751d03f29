import { WAD } from '@surety/domain';
import { FROZEN_SALE_CLASS, lineBidOf } from '@surety/margin';
import { type Field, booleanField, integerField, listField, objectField } from '@surety/margin/request-fields';
import { type ModelTable, modelOf } from './model.js';
import { requireConsistent } from './refuse.js';

const figure = integerField('notNegative');

const lineBid = modelOf(
  objectField({
    lines: listField(objectField({ class: upTo(FROZEN_SALE_CLASS), grossWad: figure, exitWad: figure })),
    requirementsWad: listField(figure),
    burdensWad: listField(figure),
    reservedWad: listField(figure),
    protocol: figure,
    elapsedS: figure,
    final: booleanField(),
    otherExitWad: figure,
    shareMaxWad: upTo(WAD),
    dustWad: figure,
  }),
  ({ lines, requirementsWad, burdensWad, reservedWad, protocol, elapsedS, final, otherExitWad, ...limits }) => {
    requireConsistent(
      requirementsWad.length === burdensWad.length && burdensWad.length === reservedWad.length,
      `requirementsWad, burdensWad and reservedWad have ${requirementsWad.length}, ${burdensWad.length} and ${reservedWad.length} members; expected one each for every protocol`,
    );
    requireConsistent(
      protocol < BigInt(burdensWad.length),
      `inputs.protocol is ${protocol}; expected a place among ${burdensWad.length} protocols`,
    );
    const protocols = burdensWad.map((burdenWad, at) => ({
      burdenWad,
      requirementWad: requirementsWad[at] ?? 0n,
      reservedWad: reservedWad[at] ?? 0n,
    }));
    const bid = lineBidOf(
      { lines, otherExitWad, protocols, isFinal: final },
      { protocol: Number(protocol), clockS: elapsedS, ...limits },
    );
    return {
      discountPpm: String(bid.discountPpm),
      shareWad: String(bid.shareWad),
      assumedWad: String(bid.assumedWad),
      lossWad: String(bid.lossWad),
      givenWad: bid.given.map(({ grossWad }) => String(grossWad)),
    };
  },
);

/** A whole number from 0 to the most that is given. */
function upTo(most: bigint): Field<bigint> {
  return {
    optional: false,
    read: (value, path, problems) => {
      const number = figure.read(value, path, problems);
      if (number > most) problems.note('OUT_OF_RANGE', `${path} is ${number}; expected at most ${most}`);
      return number;
    },
  };
}

/** Surety's own auction, beside those of other venues. */
export const LINE_AUCTION_MODELS: ModelTable = { 'auction.line-bid': lineBid };
