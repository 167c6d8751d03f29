import { type BlockHeight, WAD, address, bytes32 } from '@surety/domain';
import { discountPpmAt } from '@surety/margin';
import { describe, expect, it } from 'vitest';
import type { AuctionAccount, AuctionClaim, AuctionOffer } from '../ports/auctions.js';
import { type AuctionPolicy, type BidPolicy, clockAtDiscount, lookAgainAtS, planAuction } from './plan-auction.js';

const [credit, book, stranger] = ['c1', 'b0', '55'].map((pair) => address(`0x${pair.repeat(20)}`)) as [
  ReturnType<typeof address>,
  ReturnType<typeof address>,
  ReturnType<typeof address>,
];
const account = bytes32(`0x${'aa'.repeat(32)}`);
const to = bytes32(`0x${'70'.repeat(32)}`);

const START = 10_000n;
const BIDS: BidPolicy = {
  to,
  protocols: [credit, book],
  burdenMaxWad: 1_000n * WAD,
  totalMaxWad: 5_000n * WAD,
  leastPpm: 10_000n,
  shareMinWad: WAD / 10n,
  takesFrozen: false,
  pays: false,
};
const POLICY: AuctionPolicy = { isStarter: true, burdenMinWad: 10n * WAD, bids: BIDS };
const ROOM = 5_000n * WAD;

const open = (change: Partial<Extract<AuctionOffer, { kind: 'open' }>> = {}): AuctionOffer => {
  return { kind: 'open', shareWad: WAD / 2n, assumedWad: 400n * WAD, ppm: 12_000n, holdsFrozen: false, ...change };
};
const closed = (reason: string): AuctionOffer => ({ kind: 'closed', reason });
const claim = (offer: AuctionOffer, change: Partial<AuctionClaim> = {}): AuctionClaim => {
  return { protocol: credit, offer, writeOffWad: null, ...change };
};

/** An account without an auction that may be started. */
function breached(change: Partial<AuctionAccount> = {}): AuctionAccount {
  return {
    account,
    height: 7n as BlockHeight,
    timeS: START,
    assetsWad: 99n * WAD,
    requiredWad: 100n * WAD,
    record: null,
    clockS: null,
    stoppedUntilS: 0n,
    resumedAtS: 0n,
    startRefusal: null,
    closeRefusal: 'NotStarted',
    claims: [],
    ...change,
  };
}

/** The same account `elapsedS` after its start; 1 % short is 20 s of head start. */
function running(elapsedS: bigint, change: Partial<AuctionAccount> = {}): AuctionAccount {
  return breached({
    timeS: START + elapsedS,
    record: { starter: stranger, startedAt: START, seenAt: START, isTaken: false },
    clockS: elapsedS + 20n,
    startRefusal: 'AlreadyStarted',
    closeRefusal: 'StillUnhealthy',
    claims: [claim(open())],
    ...change,
  });
}

const plan = (facts: AuctionAccount, policy: Partial<AuctionPolicy> = {}, roomWad = ROOM) =>
  planAuction(facts, { ...POLICY, ...policy }, roomWad);
const planFor = (facts: AuctionAccount, bids: Partial<BidPolicy>, roomWad = ROOM) =>
  plan(facts, { bids: { ...BIDS, ...bids } }, roomWad);
const wait = (reason: string, fromS: bigint | null = null) => ({ kind: 'wait', reason, fromS });

describe('an account without an auction', () => {
  it.each([
    ['is started when it is unhealthy', breached(), {}, { kind: 'start' }],
    ['is left to others by a keeper that starts nothing', breached(), { isStarter: false }, wait('starter-off')],
    ['is not started for dust', breached({ requiredWad: 10n * WAD - 1n }), {}, wait('below-least')],
    ['is started from the least that is worth it', breached({ requiredWad: 10n * WAD }), {}, { kind: 'start' }],
    ['waits while it is healthy', breached({ startRefusal: 'AccountHealthy' }), {}, wait('AccountHealthy')],
    [
      'waits for the end of a stop',
      breached({ startRefusal: 'AuctionsStopped', stoppedUntilS: START + 60n }),
      {},
      wait('AuctionsStopped', START + 60n),
    ],
    [
      'does not wait for a stop that is over',
      breached({ startRefusal: 'ChainDown', stoppedUntilS: START }),
      {},
      wait('ChainDown'),
    ],
    [
      'without lines has its loss booked',
      breached({ startRefusal: 'NothingToTake', claims: [claim(closed('unstarted'), { writeOffWad: 50n * WAD })] }),
      {},
      { kind: 'write-off', protocol: credit, lossWad: 50n * WAD },
    ],
    [
      'has no loss booked twice',
      breached({ startRefusal: 'NothingToTake', claims: [claim(closed('unstarted'), { writeOffWad: 0n })] }),
      { burdenMinWad: 0n },
      wait('NothingToTake'),
    ],
    [
      'has no loss booked by a keeper that starts nothing',
      breached({ startRefusal: 'NothingToTake', claims: [claim(closed('unstarted'), { writeOffWad: 50n * WAD })] }),
      { isStarter: false },
      wait('NothingToTake'),
    ],
  ])('%s', (_name, facts, policy, expected) => {
    expect(plan(facts, policy)).toEqual(expected);
  });
});

describe('a running auction', () => {
  it('is closed once that is possible, before anything else', () => {
    expect(plan(running(300n, { closeRefusal: null }))).toEqual({ kind: 'close' });
    expect(plan(running(300n, { closeRefusal: null }), { isStarter: false })).toEqual(wait('starter-off'));
  });

  it('is bid for at the least discount, with limits that hold when prices move', () => {
    expect(plan(running(100n))).toEqual({
      kind: 'bid',
      protocol: credit,
      to,
      // 1,000 of 800 that the whole burden is: a bid for all.
      terms: { shareMaxWad: WAD, shareMinWad: WAD / 10n, leastPpm: 10_000n, pays: false },
      takenWad: 400n * WAD,
    });
    expect(plan(running(100n, { claims: [claim(open({ ppm: 10_000n }))] }))).toMatchObject({ kind: 'bid' });
    expect(planFor(running(100n), { pays: true })).toMatchObject({ terms: { pays: true } });
  });

  it('is bid for by the share that fits a bid, and by what room there is in all', () => {
    // A share of 1/2 assumes 400, so 100 are 1/8.
    const small = { burdenMaxWad: 100n * WAD };
    expect(planFor(running(100n), small)).toMatchObject({ terms: { shareMaxWad: WAD / 8n }, takenWad: 100n * WAD });
    expect(plan(running(100n), {}, 100n * WAD)).toMatchObject({ terms: { shareMaxWad: WAD / 8n } });
    // 500 hold the quote, and stop a larger bid after a fall of prices.
    expect(planFor(running(100n), { burdenMaxWad: 500n * WAD })).toMatchObject({
      terms: { shareMaxWad: (WAD * 5n) / 8n },
      takenWad: 400n * WAD,
    });
  });

  it.each<[string, AuctionAccount, Partial<BidPolicy>, bigint, ReturnType<typeof wait>]>([
    ['without room', running(100n), {}, 0n, wait('no-room')],
    ['with too little room', running(100n), {}, 9n * WAD, wait('no-room')],
    ['for dust', running(100n, { claims: [claim(open({ assumedWad: 9n * WAD }))] }), {}, ROOM, wait('below-least')],
    ['for less than the smallest share', running(100n), { burdenMaxWad: 79n * WAD }, ROOM, wait('share-too-small')],
    [
      'for frozen lines',
      running(100n, { claims: [claim(open({ holdsFrozen: true }))] }),
      {},
      ROOM,
      wait('frozen-lines'),
    ],
    ['at a protocol that is not served', running(100n), { protocols: [book] }, ROOM, wait('protocol-not-served')],
    ['above the largest discount', running(100n), { leastPpm: 990_001n }, ROOM, wait('discount-too-small')],
    ['during an outage', running(100n, { claims: [claim(closed('down'))] }), {}, ROOM, wait('down')],
    [
      'during a stop',
      running(100n, { claims: [claim(closed('stopped'))], stoppedUntilS: START + 900n }),
      {},
      ROOM,
      wait('stopped', START + 900n),
    ],
  ])('is not bid for %s', (_name, facts, bids, roomWad, expected) => {
    expect(planFor(facts, bids, roomWad)).toEqual(expected);
  });

  it('is not bid for where bids are off', () => {
    expect(plan(running(100n), { bids: null })).toEqual(wait('bids-off'));
  });

  it('takes nothing that a provider offers for nothing', () => {
    const facts = running(100n, { claims: [claim(open({ assumedWad: 0n }))] });
    expect(plan(facts, { burdenMinWad: 0n })).toEqual(wait('below-least'));
  });

  it('takes frozen lines where it may', () => {
    const facts = running(100n, { claims: [claim(open({ holdsFrozen: true }))] });
    expect(planFor(facts, { takesFrozen: true })).toMatchObject({ kind: 'bid' });
  });

  it('serves the protocol with the largest burden that it may take', () => {
    const claims = [
      claim(open({ assumedWad: 100n * WAD })),
      claim(open({ assumedWad: 300n * WAD }), { protocol: book }),
      claim(open({ assumedWad: 900n * WAD }), { protocol: stranger }),
    ];
    expect(plan(running(100n, { claims }))).toMatchObject({ kind: 'bid', protocol: book });
  });

  it('waits for the second at which the discount is large enough', () => {
    // 1 % at 80 s of the clock; 20 s of head start.
    const cheap = claim(open({ ppm: -5_000n }));
    const facts = running(0n, { claims: [claim(closed('BurdenUnknown'), { protocol: book }), cheap] });
    expect(plan(facts)).toEqual(wait('discount-too-small', START + 60n));
    expect(plan(running(30n, { claims: [cheap] }))).toEqual(wait('discount-too-small', START + 60n));
    // Its offers were not read, since the clock alone says so.
    expect(plan(running(30n, { claims: [] }))).toEqual(wait('discount-too-small', START + 60n));
    expect(plan(running(60n, { claims: [] }))).toEqual(wait('protocol-not-served'));
    // The clock stands until a stop is over.
    const held = running(0n, { claims: [cheap], resumedAtS: START + 500n });
    expect(plan(held)).toEqual(wait('discount-too-small', START + 560n));
  });

  it('waits twelve times as long while frozen lines alone are left', () => {
    const facts = running(120n, { clockS: 10n, claims: [claim(open({ ppm: -7_500n }))] });
    expect(plan(facts)).toEqual(wait('discount-too-small', START + 120n + 70n * 12n));
  });
});

describe('a clock', () => {
  const dear = { claims: [claim(open({ ppm: -1n }))] };
  const never = { leastPpm: 900_000n };

  it('is touched a minute before it stops, ten minutes past twice the time in which the account was seen', () => {
    expect(planFor(running(539n, dear), never)).toMatchObject({ kind: 'wait' });
    const due = running(540n, dear);
    expect(planFor(due, never)).toEqual({ kind: 'touch', record: due.record });
    const seen = { starter: stranger, startedAt: START, seenAt: START + 540n, isTaken: true };
    expect(planFor(running(1_619n, { ...dear, record: seen }), never)).toMatchObject({ kind: 'wait' });
    expect(planFor(running(1_620n, { ...dear, record: seen }), never)).toMatchObject({ kind: 'touch' });
  });

  it('that has stopped is touched too', () => {
    expect(planFor(running(9_000n, { ...dear, clockS: 620n }), never)).toMatchObject({ kind: 'touch' });
  });

  it('that has run out for the discount is touched while a loss is not due', () => {
    expect(planFor(running(9_000n, { ...dear, clockS: 21_600n }), never)).toMatchObject({ kind: 'touch' });
  });

  it('that lines without a price held up is touched ten minutes after the last look', () => {
    const record = { starter: stranger, startedAt: START, seenAt: START + 5_000n, isTaken: false };
    const held = (elapsedS: bigint) => running(elapsedS, { ...dear, record, clockS: elapsedS - 5_000n + 20n });
    expect(planFor(held(5_539n), never)).toMatchObject({ kind: 'wait' });
    expect(planFor(held(5_540n), never)).toMatchObject({ kind: 'touch' });
  });

  it('is bid at rather than touched', () => {
    expect(plan(running(540n))).toMatchObject({ kind: 'bid' });
  });

  it.each<[string, AuctionAccount, Partial<AuctionPolicy>]>([
    ['at its end', running(9_000n, { claims: [claim(open({ ppm: -1n }), { writeOffWad: 0n })], clockS: 21_600n }), {}],
    ['during a stop', running(9_000n, { ...dear, clockS: 620n, stoppedUntilS: START + 9_001n }), {}],
    ['of dust', running(9_000n, { ...dear, clockS: 620n, requiredWad: 9n * WAD }), {}],
    ['whose losses others book', running(9_000n, { ...dear, clockS: 21_600n }), { isStarter: false }],
    ['that others close', running(9_000n, { clockS: 620n, claims: [claim(closed('healthy'))] }), { isStarter: false }],
    ['by a keeper that does nothing', running(9_000n, { ...dear, clockS: 620n }), { isStarter: false, bids: null }],
  ])('is not touched %s', (_name, facts, policy) => {
    expect(plan(facts, { bids: { ...BIDS, ...never }, ...policy })).toMatchObject({ kind: 'wait' });
  });

  it('that has run out leaves what nobody takes to be booked, unless the keeper takes it', () => {
    const writeOffWad = 500n * WAD;
    const over = (offer: AuctionOffer) => running(9_000n, { clockS: 21_600n, claims: [claim(offer, { writeOffWad })] });
    expect(plan(over(closed('nothing')))).toEqual({ kind: 'write-off', protocol: credit, lossWad: writeOffWad });
    expect(plan(over(open({ ppm: 990_000n })))).toMatchObject({ kind: 'bid' });
    expect(plan(over(open({ ppm: 990_000n })), { bids: null })).toMatchObject({ kind: 'write-off' });
    expect(plan(over(closed('nothing')), { burdenMinWad: writeOffWad + 1n })).toEqual(wait('nothing'));
  });
});

describe('the next look at a running auction', () => {
  const [cheap, never] = [[claim(open({ ppm: -5_000n }))], { bids: null }];
  /** Seconds until the next look. */
  const until = (facts: AuctionAccount, policy: Partial<AuctionPolicy> = {}): bigint => {
    const planned = plan(facts, policy);
    if (planned.kind !== 'wait' || facts.record === null) throw new Error(planned.kind);
    return lookAgainAtS(facts, facts.record, { plan: planned, isStarter: policy.isStarter ?? true }) - facts.timeS;
  };

  it.each<[string, AuctionAccount, Partial<AuctionPolicy>, bigint]>([
    ['halfway to the discount that is wanted', running(20n, { claims: cheap }), {}, 20n],
    ['halfway to it still, two blocks before', running(46n, { claims: cheap }), {}, 7n],
    ['at the discount where that is a block away', running(48n, { claims: cheap }), {}, 12n],
    ['in the next second where that brings it', running(59n, { claims: cheap }), {}, 1n],
    ['within a minute where that is far', running(0n, { claims: cheap, resumedAtS: START + 500n }), {}, 60n],
    ['within a minute by a keeper that takes nothing', running(20n), never, 60n],
    ['halfway to the touch of its clock', running(500n), never, 20n],
    [
      'halfway to the loss that is booked',
      running(9_000n, { clockS: 21_500n }),
      { ...never, burdenMinWad: WAD * 101n },
      50n,
    ],
    [
      'within a minute by a keeper that books none',
      running(9_000n, { clockS: 21_500n }),
      { ...never, isStarter: false },
      60n,
    ],
    [
      'in the next second where a price decides',
      running(20n, { claims: [claim(open({ holdsFrozen: true }))] }),
      {},
      1n,
    ],
    [
      'within a minute where others close it',
      running(20n, { closeRefusal: null, claims: [] }),
      { isStarter: false },
      60n,
    ],
  ])('comes %s', (_name, facts, policy, expected) => {
    expect(until(facts, policy)).toBe(expected);
  });
});

describe('the second of a discount', () => {
  it('is the first that reaches it, over the whole curve', () => {
    for (const ppm of [-9_999n, 0n, 20_000n, 20_001n, 119_999n, 120_000n, 500_000n, 990_000n]) {
      const at = clockAtDiscount(ppm) ?? 0n;
      expect(discountPpmAt(at)).toBeGreaterThanOrEqual(ppm);
      expect(discountPpmAt(at - 1n)).toBeLessThan(ppm);
    }
    expect(clockAtDiscount(-20_000n)).toBe(0n);
    expect(clockAtDiscount(990_001n)).toBeUndefined();
  });
});
