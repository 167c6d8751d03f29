import { WAD, address, bytes32 } from '@surety/domain';
import { expect, it } from 'vitest';
import { type ShownAuction, auctionCommandsOf } from './auction-commands.js';

const account = bytes32(`0x${'a1'.repeat(32)}`);
const protocol = address(`0x${'b2'.repeat(20)}`);

/** An account of which somebody may take a share of the burden. */
function seenWith(shareWad: bigint): ShownAuction {
  const offer = { kind: 'open', shareWad, assumedWad: 500n * WAD, ppm: 20_000n, holdsFrozen: false };
  const next = { kind: 'wait', reason: 'no bids' };
  return { account: { account, claims: [{ protocol, offer, writeOffWad: null }] }, next } as unknown as ShownAuction;
}

it.each([
  [(12n * WAD) / 100n, '0.126'],
  [(99n * WAD) / 100n, '1'],
])('bounds the bid of a shown share of %s at a twentieth more, and at all', (shareWad, most) => {
  expect(auctionCommandsOf(seenWith(shareWad))).toEqual([
    `  surety auction bid --account ${account} --protocol ${protocol} --to <your account> --share-max ${most} --discount-min 20000`,
  ]);
});
