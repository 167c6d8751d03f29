import { AppError } from '@surety/domain';
import { getContractAddress } from 'viem';
import { describe, expect, test } from 'vitest';
import { describePlan } from './describe-plan.js';
import { formatDeploymentRequest, parseDeploymentRequest } from './deployment-request.js';
import { type DeploymentPlan, planDeployment } from './plan-deployment.js';

type Json = Record<string, unknown>;

const addressOf = (digit: number): string => `0x${digit.toString(16).padStart(40, '0')}`;
const timelock = { delayS: 172_800 };

function market(changes: Json = {}, terms: Json = {}): Json {
  return {
    name: 'usds', symbol: 'USDS', token: addressOf(80), decimals: 6, listed: true,
    terms: {
      initialBp: 11_000, maintenanceBp: 10_500, feeBp: 100, keeperMost: '50000000', priceSlot: 1, reserveBp: 2_000,
      rate0: '10000000000000000', rate1: '50000000000000000', rate2: '600000000000000000', kinkBp: 8_000,
      debtCap: '10000000000000', least: '1000000000', gate: addressOf(0), exitClaimant: addressOf(0), ...terms,
    },
    ...changes,
  }; // prettier-ignore
}

function request(...markets: Json[]): Json {
  const roles = { governor: addressOf(1), guardian: addressOf(2), pauser: addressOf(3) };
  return {
    version: 1,
    profile: 'development',
    salt: `0x${'00'.repeat(32)}`,
    attesters: { members: [14, 13, 12, 11].map(addressOf), activeFrom: 1000 },
    settlement: {
      chainId: 900, name: 'settlement', roles: { ...roles, riskAdmin: addressOf(4) }, timelock,
      underlyings: [
        { id: 1, symbol: 'USD', aggregator: addressOf(60), maxAgeS: 3600, maxAheadS: 60, minPrice1e12: '1', maxPrice1e12: '2' },
      ],
      markets,
    },
    chains: [
      {
        chainId: 901, name: 'alpha', source: 1, wrappedNative: addressOf(0), initialBp: 10_000, maintenanceBp: 10_000,
        staleAfterMin: 90, darkAfterMin: 360, floorAfterMin: 4320, m: 0, roles,
        assets: [
          {
            symbol: 'USDC', token: addressOf(50), decimals: 6, underlying: 1, minMillionths: '1000000',
            capThousandths: '5000000', limitThousandths: '1000000', initialBp: 9500, maintenanceBp: 9800,
          },
        ],
      },
    ],
  }; // prettier-ignore
}

const planOf = (...markets: Json[]): DeploymentPlan => planDeployment(parseDeploymentRequest(request(...markets)));

function refusalOf(...markets: Json[]): AppError {
  try {
    parseDeploymentRequest(request(...markets));
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('the request was taken');
}

describe('a market in a plan is refused', () => {
  test.each<[string, Json, string]>([
    ['with a fee below the limit', { feeBp: 24 }, 'market usds: feeBp is 24; expected 25 to 200'],
    ['with a fee above the limit', { feeBp: 201 }, 'market usds: feeBp is 201; expected 25 to 200'],
    ['with maintenance below debt and fee', { maintenanceBp: 10_099 }, 'maintenanceBp is 10099; expected at least 10100'],
    ['with initial below maintenance', { initialBp: 10_499 }, 'initialBp is 10499; expected at least maintenanceBp 10500'],
    ['with more than half of the interest reserved', { reserveBp: 5_001 }, 'reserveBp is 5001; expected at most 5000'],
    ['with rates above 1,000 %', { rate2: '9940000000000000001' }, 'rate0 + rate1 + rate2 is 10000000000000000001'],
    ['with a kink at 0', { kinkBp: 0 }, 'kinkBp is 0; expected 1 to 9999'],
    ['with a kink at full utilisation', { kinkBp: 10_000 }, 'kinkBp is 10000; expected 1 to 9999'],
    ['with a cap below the smallest debt', { debtCap: '999999999' }, 'debtCap is 999999999; expected at least `least` 1000000000'],
    ['with a slot that the plan does not list', { priceSlot: 2 }, 'priceSlot is 2; expected 0, or one of 1'],
    ['with a smallest debt below 1,000', { priceSlot: 0, least: '999999999' }, 'least is 999999999; expected at least 1000000000'],
  ])('%s', (_what, terms, message) => {
    const refusal = refusalOf(market({}, terms));
    expect(refusal.code).toBe('BAD_PLAN');
    expect(refusal.message).toContain(message);
  }); // prettier-ignore

  test('with a name twice, without a token, or with a switch that is neither on nor off', () => {
    expect(refusalOf(market(), market()).message).toContain('market usds is named twice; expected a name of its own');
    expect(refusalOf(market({ token: addressOf(0) })).message).toContain('token is the zero address');
    expect(refusalOf(market({ listed: 'yes' })).message).toContain('listed is "yes"; expected true or false');
    expect(refusalOf(market({ name: 'US Dollar' })).message).toContain('name is "US Dollar"; expected lower-case');
    expect(refusalOf(market({ owner: addressOf(1) })).code).toBe('UNKNOWN_FIELD');
  });
});

describe('a market in a plan', () => {
  test('comes with the tranche that its constructor creates, after the acts that price its token', () => {
    const { contracts, settlement } = planOf(market());
    const [placed] = settlement.markets;
    const late = contracts.filter(({ afterActs }) => afterActs === true);
    expect(late.map(({ part, builtBy }) => [part, builtBy])).toEqual([
      ['market-usds', undefined],
      ['market-usds-tranche', 'market-usds'],
    ]);
    expect(late.map(({ address }) => address)).toEqual([placed?.market, placed?.tranche]);
    expect(placed?.tranche).toBe(getContractAddress({ from: placed?.market ?? '0x', nonce: 1n }).toLowerCase());
    expect(Object.values(late[0]?.args ?? {})).toMatchObject([settlement.ledger, addressOf(80), { feeBp: 100 }]);
  });

  test('is listed by the governor through the timelock, and only if the plan says so', () => {
    const { acts, settlement } = planOf(market(), market({ name: 'closed', listed: false }));
    const listings = acts.filter(({ text }) => text.startsWith('ledger.listProtocol'));
    expect(listings.map(({ text }) => text)).toEqual([
      `ledger.listProtocol(${settlement.markets[0]?.market}) for market usds`,
    ]);
    expect(listings[0]?.operation?.delayS).toBe(172_800);
  });

  test('is shown with its terms, and read again from what was written', () => {
    const parsed = parseDeploymentRequest(request(market()));
    const text = describePlan(planDeployment(parsed));
    expect(text).toContain('Market (market-usds)');
    expect(text).toContain('by the constructor of market-usds, after the acts');
    expect(text).toContain('kinkBp: 8000');
    expect(parseDeploymentRequest(formatDeploymentRequest(parsed) as Json)).toEqual(parsed);
  });

  test('moves no other address', () => {
    const [without, with_] = [request(), request(market())].map((json) => planDeployment(parseDeploymentRequest(json)));
    const kept = with_?.contracts.filter(({ part }) => !part.startsWith('market-')).map(({ address }) => address);
    expect(kept).toEqual(without?.contracts.map(({ address }) => address));
  });
});
