import { type Address, address } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { checkFloors } from './check-floors.js';
import { planLosses } from './plan-losses.js';
import type { AssetFacts, DeploymentFacts, Hand, LedgerPart, PlaceFacts } from './power-facts.js';

const at = (digit: number): Address => address(`0x${digit.toString(16).padStart(40, '0')}`);
const [TIMELOCK, GUARDIAN, PAUSER, RISK] = [at(1), at(2), at(3), at(4)];
const people = { proposer: at(11), guardian: at(12), pauser: at(13), riskAdmin: at(14) };

const timelock = {
  kind: 'timelock',
  at: TIMELOCK,
  delayS: 172_800,
  proposers: [people.proposer],
  cancellers: [GUARDIAN],
  executors: [at(0)],
  guardian: GUARDIAN,
  hasty: [],
  pending: [],
} as const satisfies Hand;

const holderOf = (role: string, where: Address, holder: Address): Extract<Hand, { kind: 'role-holder' }> => ({
  kind: 'role-holder',
  at: where,
  role,
  holder,
  governor: TIMELOCK,
});

const asset: AssetFacts = {
  symbol: 'USDC',
  decimals: 6,
  initialBp: 9_500,
  maintenanceBp: 9_800,
  cap: 1_000_000n * 10n ** 6n,
  credited: 0n,
  fastLimit: 50_000n * 10n ** 6n,
  limit: 400_000n * 10n ** 6n,
  locked: 500_000n * 10n ** 6n,
  price1e12: 10n ** 12n,
};

function place(change: Partial<PlaceFacts> = {}, hands: readonly Hand[] = []): PlaceFacts {
  const kept: readonly Hand[] = [
    timelock,
    holderOf('guardian', GUARDIAN, people.guardian),
    holderOf('pauser', PAUSER, people.pauser),
    holderOf('riskAdmin', RISK, people.riskAdmin),
    ...hands,
  ];
  return {
    chainId: 1,
    name: 'home',
    contracts: [
      {
        name: 'CollateralLedger',
        at: at(50),
        named: { governor: TIMELOCK, guardian: GUARDIAN, pauser: PAUSER, riskAdmin: RISK },
      },
    ],
    hands: new Map(kept.map((hand) => [hand.at, hand])),
    attesters: { at: at(60), epoch: 1, members: [21, 22, 23, 24].map(at), k: 3, suspended: 0, expires: 9 },
    time: 5,
    ...change,
  };
}

function part(change: Partial<LedgerPart> = {}): LedgerPart {
  return { part: 'auction', live: at(70), named: at(70), isOfThisBuild: true, ...change };
}

function facts(home: PlaceFacts = place(), change: Partial<DeploymentFacts> = {}): DeploymentFacts {
  return {
    development: false,
    places: [home],
    sources: [{ source: 1, chainName: 'alpha', m: 2, development: false, assets: [asset] }],
    parts: [part()],
    ...change,
  };
}

const withAsset = (change: Partial<AssetFacts>): DeploymentFacts =>
  facts(place(), {
    sources: [{ source: 1, chainName: 'alpha', m: 2, development: false, assets: [{ ...asset, ...change }] }],
  });

describe('the floors of a deployment', () => {
  it.each<[string, DeploymentFacts]>([
    ['ledger-is-production', facts(place(), { development: true })],
    [
      'witnesses',
      facts(place(), { sources: [{ source: 1, chainName: 'alpha', m: 0, development: true, assets: [asset] }] }),
    ],
    ['governor-is-a-timelock', facts(place({}, [{ kind: 'contract', at: TIMELOCK }]))],
    ['delay-at-least-48-hours', facts(place({}, [{ ...timelock, delayS: 172_799 }]))],
    ['parts-wait-7-days', facts(place({}, [{ ...timelock, hasty: ['setAuction(address)'] }]))],
    ['guardian-cancels', facts(place({}, [{ ...timelock, cancellers: [] }]))],
    ['proposers-do-not-cancel', facts(place({}, [{ ...timelock, cancellers: [GUARDIAN, people.proposer] }]))],
    ['role-can-change-hands', facts(place({}, [{ kind: 'key', at: PAUSER }]))],
    ['role-by-its-name', facts(place({}, [holderOf('guardian', PAUSER, people.pauser)]))],
    ['successors-wait', facts(place({}, [{ ...holderOf('pauser', PAUSER, people.pauser), governor: at(99) }]))],
    ['one-hand-for-each-role', facts(place({}, [holderOf('pauser', PAUSER, people.guardian)]))],
    [
      'one-hand-for-each-role',
      facts(
        place({}, [
          {
            ...holderOf('riskAdmin', RISK, people.riskAdmin),
            proposal: { to: people.proposer, until: 9, byGovernor: false },
          },
        ]),
      ),
    ],
    ['one-hand-for-each-role', facts(place({}, [{ ...timelock, proposers: [at(21)] }]))],
    [
      'one-governor',
      facts(
        place(
          {
            contracts: [...place().contracts, { name: 'RiskManager', at: at(51), named: { governor: at(98) } }],
          },
          [{ ...timelock, at: at(98) }],
        ),
      ),
    ],
    ['n-in-range', facts(place({ attesters: { ...place().attesters, members: [21, 22, 23].map(at) } }))],
    ['k-at-least-its-floor', facts(place({ attesters: { ...place().attesters, k: 2 } }))],
    ['quorum-can-sign', facts(place({ attesters: { ...place().attesters, suspended: 2 } }))],
    ['weights-below-their-maximum', withAsset({ maintenanceBp: 9_801 })],
    ['limit-bounds-the-loss', withAsset({ limit: asset.cap * 4n + 1n })],
    ['ledger-parts-of-the-file', facts(place(), { parts: [part({ live: at(71) })] })],
    [
      'ledger-parts-of-this-build',
      facts(place(), { parts: [{ part: 'auction', live: at(70), isOfThisBuild: false }] }),
    ],
  ])('%s is found, and nothing else', (rule, broken) => {
    const breaches = checkFloors(broken);
    expect(breaches.map((breach) => breach.rule)).toEqual([rule]);
    for (const { seen, expected, next } of breaches)
      for (const text of [seen, expected, next]) expect(text).not.toBe('');
  });

  it('is not broken by a part of another release that the file names', () => {
    expect(checkFloors(facts(place(), { parts: [part({ isOfThisBuild: false })] }))).toEqual([]);
  });

  it('hold for a deployment that keeps them all', () => {
    expect(checkFloors(facts())).toEqual([]);
    expect(checkFloors(withAsset({ limit: asset.cap * 4n }))).toEqual([]);
    const none = part({ live: at(0), isOfThisBuild: false });
    expect(checkFloors(facts(place(), { parts: [none] }))).toEqual([]);
    const coming = part({ next: { at: at(71), from: 9 } });
    expect(checkFloors(facts(place(), { parts: [coming] }))).toEqual([]);
  });
});

describe('what stolen keys cost', () => {
  const WAD = 10n ** 18n;
  const of = (deployment: DeploymentFacts, keys: string): ReturnType<typeof planLosses>[number] => {
    const found = planLosses(deployment).find((loss) => loss.keys === keys);
    if (found === undefined) throw new Error(`no row of ${keys}`);
    return found;
  };

  it('is nothing below a quorum, and the limiter’s bound with one', () => {
    expect(of(facts(), '2 attesters or fewer').weekWad).toBe(0n);
    const loss = of(facts(), '3 attesters');
    // A quarter of 400,000 at once, and 400,000 a day; 500,000 are there.
    expect(loss.hourWad).toBe(116_666_666_667n * 10n ** 12n);
    expect([loss.dayWad, loss.weekWad]).toEqual([500_000n * WAD, 500_000n * WAD]);
    expect(loss.also).toContain('up to 50,000 (the fast limits, until witnesses are stolen too)');
  });

  it('is the caps where no witness confirms', () => {
    const alone = facts(place(), {
      sources: [{ source: 1, chainName: 'alpha', m: 0, development: false, assets: [asset] }],
    });
    expect(of(alone, '3 attesters').also).toContain('up to 1,000,000 (the caps)');
  });

  it('is nothing for two days with a stolen proposer behind a timelock, and everything at once without one', () => {
    const asleep = 'the governor’s proposers, guardian asleep';
    expect(of(facts(), asleep)).toMatchObject({ hourWad: 0n, dayWad: 0n, weekWad: 500_000n * WAD });
    const keys = facts(place({ hands: new Map([[TIMELOCK, { kind: 'key', at: TIMELOCK }]]) }));
    expect(of(keys, asleep).hourWad).toBeGreaterThan(0n);
    const hasty = facts(place({}, [{ ...timelock, delayS: 0 }]));
    for (const deployment of [keys, hasty]) {
      const { hourWad, also } = of(deployment, 'the governor’s proposers, guardian awake');
      expect([hourWad > 0n, also]).toEqual([true, expect.stringMatching(/^no timelock: .* at once;/)]);
      expect(of(deployment, 'the risk admin').also).toContain('the governor loosens at once');
    }
    expect(of(facts(), 'the governor’s proposers, guardian awake').hourWad).toBe(0n);
  });
});
