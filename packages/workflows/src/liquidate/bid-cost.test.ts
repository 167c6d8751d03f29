import { type BlockHeight, type Bytes32, WAD, address, bytes32 } from '@surety/domain';
import { discountPpmAt } from '@surety/margin';
import { describe, expect, it } from 'vitest';
import type { AuctionAccount } from '../ports/auctions.js';
import { FakeAuctions, bidsAt } from '../testing/fake-auctions.js';
import { settle } from '../testing/fake-clock.js';
import { RecordingObserver } from '../testing/recording-observer.js';
import { freshServingMemory } from './choose-served.js';
import { clockAtDiscount, planBid } from './plan-auction.js';
import { freshSinglesMemory, serveSingly } from './serve-singly.js';

const protocol = address(`0x${'c1'.repeat(20)}`);
const ANN = bytes32(`0x${'aa'.repeat(32)}`);
const START = 10_000n;
/** A second of the clock at which the discount is above the least one. */
const CLOCK = clockAtDiscount(12_000n) ?? 0n;
const PPM = discountPpmAt(CLOCK);

/** An account of which half of the burden, 400, may be taken now. */
const facts: AuctionAccount = {
  account: ANN,
  height: 7n as BlockHeight,
  timeS: START + CLOCK - 20n,
  assetsWad: 99n * WAD,
  requiredWad: 100n * WAD,
  record: { starter: protocol, startedAt: START, seenAt: START, isTaken: false },
  clockS: CLOCK,
  stoppedUntilS: 0n,
  resumedAtS: 0n,
  startRefusal: 'AlreadyStarted',
  closeRefusal: 'StillUnhealthy',
  claims: [
    {
      protocol,
      offer: { kind: 'open', shareWad: WAD / 2n, assumedWad: 400n * WAD, ppm: PPM, holdsFrozen: false },
      writeOffWad: null,
    },
  ],
};

const planAt = (costWad: bigint, shareMinWad = 0n) => {
  const bids = { ...bidsAt(protocol), costWad, shareMinWad };
  return planBid(facts, { isStarter: false, burdenMinWad: 0n, bids }, 10_000n * WAD);
};
/** What 400 earn at the discount. */
const EARNED = 400n * PPM * 10n ** 12n;

describe('a bid and its gas', () => {
  it('is made while it earns what it costs, and waits for the discount that does from then on', () => {
    expect(planAt(EARNED)).toMatchObject({ kind: 'bid', takenWad: 400n * WAD });
    const later = planAt(2n * EARNED);
    const atS = facts.timeS + (clockAtDiscount(2n * PPM) ?? 0n) - CLOCK;
    expect(later).toEqual({ kind: 'wait', reason: 'costs-more-than-it-earns', fromS: atS });
    expect(planAt(EARNED + 1n)).toMatchObject({ kind: 'wait', reason: 'costs-more-than-it-earns' });
  });

  it('waits for no discount that never comes', () => {
    expect(planAt(400n * WAD)).toEqual({ kind: 'wait', reason: 'costs-more-than-it-earns', fromS: null });
  });

  it('asks for the share that is worth it, or for more if the policy does', () => {
    const quarter = 100n * PPM * 10n ** 12n;
    expect(planAt(quarter)).toMatchObject({ terms: { shareMinWad: WAD / 8n } });
    expect(planAt(quarter, WAD / 3n)).toMatchObject({ terms: { shareMinWad: WAD / 3n } });
    expect(planAt(EARNED)).toMatchObject({ terms: { shareMinWad: WAD / 2n } });
    expect(planAt(0n)).toMatchObject({ terms: { shareMinWad: 0n } });
  });

  it('is compared with the cost at each reading of the room', async () => {
    const [desk, observer] = [new FakeAuctions(protocol), new RecordingObserver()];
    const memory = {
      singles: freshSinglesMemory(),
      serving: freshServingMemory(),
      told: new Map<Bytes32, string>(),
    };
    desk.startByRival(ANN);
    const policy = { isStarter: false, burdenMinWad: 0n, bids: bidsAt(protocol), isDryRun: false };
    // Of 1,000 a discount of 2 % earns 20.
    for (const costWad of [21n * WAD, 20n * WAD]) {
      await serveSingly({ desk, observer, policy, readBidCost: async () => costWad }, memory, [ANN]);
      await settle();
    }
    expect(observer.named('auction-waits').map(({ fields }) => fields['reason'])).toEqual(['costs-more-than-it-earns']);
    expect(desk.acts).toEqual(['bid aa']);
  });
});
