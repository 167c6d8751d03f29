import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChoicePolicy,
  type PublishedHead,
  type WaitingSince,
  type WitnessOffer,
  choosePublication,
  uncoveredOf,
} from './choose-publication.js';

const POLICY: ChoicePolicy = { m: 1, fallbackAfterMs: 1_000, stalenessMs: 200, feeShareBps: 100n, feeMaxWei: 50n };
const NOW_MS = 10_000;

const offer = (name: string, extra: Partial<WitnessOffer> = {}): WitnessOffer => ({
  name,
  told: 0n,
  own: null,
  published: [],
  cost: { feeWei: 10n, gasWei: 0n },
  isDelivered: true,
  ...extra,
});
const waits = (count: bigint, worthWei: bigint | null, ageMs = 0): WaitingSince => ({
  count,
  worthWei,
  sinceMs: NOW_MS - ageMs,
});
const choose = (waiting: WaitingSince[], offers: WitnessOffer[], policy: Partial<ChoicePolicy> = {}, nowMs = NOW_MS) =>
  choosePublication(waiting, offers, { nowMs, policy: { ...POLICY, ...policy } });
const ago = (count: bigint, ms: number): PublishedHead => ({ count, atMs: NOW_MS - ms });

describe('nothing is published', () => {
  test.each<[string, WitnessOffer[]]>([
    ['that was told', [offer('a', { told: 5n })]],
    ['that is under way from here', [offer('a', { own: ago(5n, 999) })]],
    ['that is under way from others', [offer('a', { published: [ago(7n, 999)] })]],
  ])('%s', (_name, offers) => {
    expect(choose([waits(5n, null, 200)], offers)).toEqual({ kind: 'covered' });
  });

  test('over a witness that carries an earlier head, while there is still time to wait for it', () => {
    const busy = [offer('a', { own: ago(4n, 1) }), offer('b')];
    expect(choose([waits(5n, 10n ** 9n, 150)], busy)).toEqual({ kind: 'wait', untilMs: NOW_MS + 50 });
    expect(choose([waits(5n, 10n ** 9n, 200)], busy)).toEqual({ kind: 'publish', names: ['a'] });
  });

  test.each<[string, Partial<WitnessOffer>]>([
    ['too dear', { cost: { feeWei: 51n, gasWei: 0n } }],
    ['not to be asked', { cost: null }],
  ])('over one that is %s, and a due amount is stuck', (_name, extra) => {
    expect(choose([waits(5n, 1n, 199)], [offer('a', extra)])).toMatchObject({ kind: 'wait' });
    expect(choose([waits(5n, 1n, 200)], [offer('a', extra)])).toEqual({ kind: 'stuck' });
  });
});

describe('among the witnesses', () => {
  const due = [waits(5n, 1n, 200)];

  test('the cheapest is used, including its gas', () => {
    const cheap = offer('b', { cost: { feeWei: 8n, gasWei: 1n } });
    expect(choose(due, [offer('a'), cheap, offer('c')])).toEqual({ kind: 'publish', names: ['b'] });
  });

  test('one with a known deliverer comes before a cheaper one', () => {
    const free = offer('b', { cost: { feeWei: 0n, gasWei: 0n }, isDelivered: false });
    expect(choose(due, [free, offer('a')])).toEqual({ kind: 'publish', names: ['a'] });
  });

  test('one with an overdue head comes last, the oldest first; a head that arrived is not overdue', () => {
    const late = (ms: number) => ({ published: [ago(5n, ms)], cost: { feeWei: 0n, gasWei: 0n } });
    expect(choose(due, [offer('a', late(1_000)), offer('b')])).toEqual({ kind: 'publish', names: ['b'] });
    const both = [offer('a', late(1_000)), offer('b', late(1_001))];
    expect(choose(due, both)).toEqual({ kind: 'publish', names: ['b'] });
    const arrived = offer('a', { own: ago(4n, 5_000), told: 4n, cost: { feeWei: 1n, gasWei: 0n } });
    expect(choose(due, [arrived, offer('b')])).toEqual({ kind: 'publish', names: ['a'] });
  });

  test('as many are used as are missing', () => {
    const three = [offer('a', { own: ago(5n, 1) }), offer('b'), offer('c')];
    expect(choose(due, three, { m: 3 })).toEqual({ kind: 'publish', names: ['b', 'c'] });
    expect(choose(due, three, { m: 2 })).toEqual({ kind: 'publish', names: ['b'] });
    // The one that carries an earlier head counts while waiting for it is allowed.
    const busy = [offer('a', { own: ago(4n, 1) }), offer('b'), offer('c')];
    expect(choose([waits(5n, null)], busy, { m: 2 })).toEqual({ kind: 'publish', names: ['b'] });
  });
});

test('the deadline runs from the first publication of an amount, whoever repeats it', () => {
  const repeated = offer('a', { published: [ago(4n, 2_000), ago(5n, 1_000), ago(6n, 1)] });
  expect(choose([waits(5n, null, 1_100)], [repeated])).toEqual({ kind: 'publish', names: ['a'] });
});

test('the cost may be one share of the waiting worth, to the wei', () => {
  expect(choose([waits(5n, 500n), waits(6n, 500n)], [offer('a')])).toEqual({ kind: 'publish', names: ['a'] });
  expect(choose([waits(5n, 500n), waits(6n, 499n)], [offer('a')])).toMatchObject({ kind: 'wait' });
  expect(choose([waits(5n, 0n), waits(6n, null)], [offer('a')])).toMatchObject({ kind: 'publish' });
});

test('recorded amounts do not count as waiting', () => {
  const told = offer('a', { told: 5n });
  expect(choose([waits(5n, 10n ** 9n, 200), waits(6n, 1n)], [told])).toEqual({ kind: 'wait', untilMs: NOW_MS + 200 });
});

const heads = fc.array(
  fc.record({ count: fc.bigInt(0n, 12n), atMs: fc.integer({ min: NOW_MS - 3_000, max: NOW_MS }) }),
  {
    maxLength: 4,
  },
);
const anyOffers = fc
  .array(
    fc.record({
      told: fc.bigInt(0n, 10n),
      own: fc.option(heads.map((all) => all[0] ?? null)).map((one) => one ?? null),
      published: heads.map((all) => all.toSorted((left, right) => left.atMs - right.atMs)),
      cost: fc.option(fc.record({ feeWei: fc.bigInt(0n, 80n), gasWei: fc.bigInt(0n, 80n) })),
      isDelivered: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) => all.map((one, at) => ({ name: `w${at}`, ...one })));
const anyWaiting = fc.array(
  fc.record({
    count: fc.bigInt(1n, 12n),
    worthWei: fc.option(fc.bigInt(0n, 20_000n)),
    sinceMs: fc.integer({ min: NOW_MS - 3_000, max: NOW_MS }),
  }),
  { minLength: 1, maxLength: 5 },
);
const anyPolicy = fc.record({
  m: fc.integer({ min: 1, max: 3 }),
  fallbackAfterMs: fc.integer({ min: 1, max: 2_000 }),
  stalenessMs: fc.integer({ min: 0, max: 2_000 }),
  feeShareBps: fc.bigInt(0n, 10_000n),
  feeMaxWei: fc.bigInt(0n, 80n),
});
const RUNS = { numRuns: 3_000 };

/** Publishes due amounts over every usable witness, and never waits beyond their due time. */
function isInTime(waiting: readonly WaitingSince[], offers: readonly WitnessOffer[], policy: ChoicePolicy): boolean {
  const at = { nowMs: NOW_MS, policy };
  const uncovered = uncoveredOf(waiting, offers, at);
  const choice = choosePublication(waiting, offers, at);
  if (uncovered.length === 0 || choice.kind === 'covered') return uncovered.length === 0 && choice.kind === 'covered';
  const dueMs = Math.min(...uncovered.map(({ sinceMs }) => sinceMs)) + policy.stalenessMs;
  if (choice.kind === 'wait') return choice.untilMs === dueMs && dueMs > NOW_MS;
  // If none may be used, each missing witness is too expensive or silent.
  const askable = offers.filter(({ cost }) => cost !== null && cost.feeWei <= policy.feeMaxWei);
  const alone = { nowMs: NOW_MS, policy: { ...policy, m: 1 } };
  return choice.kind === 'publish' || askable.every((one) => uncoveredOf(uncovered, [one], alone).length === 0);
}

/** No publication costs more than accepted: by fee and, before it is due, by share. */
function isAccepted(waiting: readonly WaitingSince[], offers: readonly WitnessOffer[], policy: ChoicePolicy): boolean {
  const at = { nowMs: NOW_MS, policy };
  const choice = choosePublication(waiting, offers, at);
  if (choice.kind !== 'publish') return true;
  const costs = choice.names.flatMap((name) => offers.find((one) => one.name === name)?.cost ?? []);
  const isCheap = costs.every(({ feeWei }) => feeWei <= policy.feeMaxWei) && costs.length <= policy.m;
  const uncovered = uncoveredOf(waiting, offers, at);
  const isDue = uncovered.some(({ sinceMs }) => NOW_MS - sinceMs >= policy.stalenessMs);
  const wei = costs.reduce((sum, { feeWei, gasWei }) => sum + feeWei + gasWei, 0n);
  const worth = uncovered.reduce((sum, { worthWei }) => sum + (worthWei ?? 0n), 0n);
  const isUnknown = uncovered.some(({ worthWei }) => worthWei === null);
  const isAsked = costs.length === choice.names.length && costs.length > 0;
  return isAsked && isCheap && (isDue || isUnknown || wei * 10_000n <= worth * policy.feeShareBps);
}

describe('for any waiting amounts and any witnesses', () => {
  test('due amounts are published over every usable witness, and none waits beyond its due time', () => {
    expect(fc.check(fc.property(anyWaiting, anyOffers, anyPolicy, isInTime), RUNS).counterexample).toBeNull();
  });

  test('nothing costs more than accepted, by fee and, before it is due, by share', () => {
    expect(fc.check(fc.property(anyWaiting, anyOffers, anyPolicy, isAccepted), RUNS).counterexample).toBeNull();
  });

  test('more worth never delays a publication', () => {
    const more = fc.array(fc.bigInt(0n, 20_000n), { minLength: 5, maxLength: 5 });
    const isMonotone = fc.property(anyWaiting, anyOffers, anyPolicy, more, (waiting, offers, policy, extra) => {
      const at = { nowMs: NOW_MS, policy };
      const dearer = waiting.map((one, index) => ({
        ...one,
        worthWei: one.worthWei === null ? null : one.worthWei + (extra[index] ?? 0n),
      }));
      const [before, after] = [choosePublication(waiting, offers, at), choosePublication(dearer, offers, at)];
      const isSooner = before.kind === 'wait' && after.kind === 'publish';
      return isSooner || JSON.stringify(before) === JSON.stringify(after);
    });
    expect(fc.check(isMonotone, RUNS).counterexample).toBeNull();
  });
});

/** A day of one relayer: amounts start to wait, heads arrive or never do, others publish; it polls at every step. */
function live(script: readonly { readonly amount: bigint; readonly arrives: number; readonly other: boolean }[]) {
  const STEP_MS = 50;
  const witnesses = ['a', 'b'].map((name) => offer(name));
  const waiting: WaitingSince[] = [];
  const paid: { readonly name: string; readonly count: bigint; readonly atMs: number }[] = [];
  let journal = 0n;
  script.forEach(({ amount, arrives, other }, step) => {
    const nowMs = step * STEP_MS;
    if (amount > 0n) waiting.push({ count: ++journal, worthWei: amount, sinceMs: nowMs });
    witnesses.forEach((one, index) => {
      const isBack = arrives === index + 1;
      const newest = [...one.published].reduce((most, { count }) => (count > most ? count : most), one.told);
      const published =
        other && index === 0 && journal > 0n ? [...one.published, { count: journal, atMs: nowMs }] : one.published;
      witnesses[index] = { ...one, told: isBack ? newest : one.told, published };
    });
    for (;;) {
      const choice = choosePublication(waiting, witnesses, { nowMs, policy: POLICY });
      if (choice.kind !== 'publish') break;
      const index = witnesses.findIndex(({ name }) => name === choice.names[0]);
      const one = witnesses[index];
      if (one === undefined) throw new TypeError(`${choice.names[0]} is no witness`);
      const head = { count: journal, atMs: nowMs };
      witnesses[index] = { ...one, own: head, published: [...one.published, head] };
      paid.push({ name: one.name, ...head });
    }
    const due = waiting.filter(({ sinceMs }) => nowMs - sinceMs >= POLICY.stalenessMs);
    expect(uncoveredOf(due, witnesses, { nowMs, policy: POLICY })).toEqual([]);
  });
  return paid;
}

test('over a day no head is paid for twice within the deadline over one witness, and nothing due is left', () => {
  const step = fc.record({
    amount: fc.oneof({ weight: 4, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: fc.bigInt(1n, 3_000n) }),
    arrives: fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }) },
    ),
    other: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  });
  let most = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 120 }), (script) => {
      const paid = live(script);
      most = Math.max(most, paid.length);
      const again = paid.filter(({ name, count, atMs }, at) =>
        paid.slice(0, at).some((one) => {
          const isSame = one.name === name && one.count === count;
          return isSame && atMs - one.atMs < POLICY.fallbackAfterMs;
        }),
      );
      expect(again).toEqual([]);
    }),
    { numRuns: 300 },
  );
  expect(most).toBeGreaterThan(5);
});
