import { AppError } from '@surety/domain';
import { describe, expect, test } from 'vitest';
import { formatDeploymentRequest, parseDeploymentRequest } from './deployment-request.js';
import { describePlan } from './describe-plan.js';
import { planDeployment } from './plan-deployment.js';

type Json = Record<string, unknown>;

const addressOf = (digit: number): string => `0x${digit.toString(16).padStart(40, '0')}`;
const HOME = 900;
const timelock = { delayS: 172_800 };
const roles = { governor: addressOf(1), guardian: addressOf(2), pauser: addressOf(3) };
const terms = { wrappedNative: addressOf(0), initialBp: 10_000, maintenanceBp: 10_000 };

function asset(changes: Json = {}): Json {
  return {
    symbol: 'USDC', token: addressOf(50), decimals: 6, underlying: 1, minMillionths: '1000000',
    capThousandths: '5000000', limitThousandths: '1000000', initialBp: 9500, maintenanceBp: 9800, ...changes,
  }; // prettier-ignore
}

function request(vault: Json | undefined, chain: Json = {}): Json {
  const feed = { maxAgeS: 3600, maxAheadS: 60, minPrice1e12: '1', maxPrice1e12: '2' };
  return {
    version: 1,
    profile: 'development',
    salt: `0x${'00'.repeat(32)}`,
    attesters: { members: [14, 13, 12, 11].map(addressOf), activeFrom: 1000 },
    settlement: {
      chainId: HOME,
      name: 'settlement',
      roles: { ...roles, riskAdmin: addressOf(4) },
      timelock,
      underlyings: [{ id: 1, symbol: 'USD', aggregator: addressOf(60), ...feed }],
      ...(vault === undefined ? {} : { vault }),
    },
    chains: [
      {
        chainId: 901, name: 'alpha', source: 1, ...terms, staleAfterMin: 90, darkAfterMin: 360, floorAfterMin: 4320, m: 0,
        roles, timelock, assets: [asset()], ...chain,
      },
    ],
  }; // prettier-ignore
}

const own = (changes: Json = {}): Json => ({
  ...terms,
  assets: [asset({ token: addressOf(70), symbol: 'USDS' })],
  ...changes,
});

function refusalOf(json: Json): AppError {
  try {
    parseDeploymentRequest(json);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('the request was taken');
}

describe('a plan with a vault of the settlement chain is refused', () => {
  test.each<[string, Json, string]>([
    ['with terms of a remote source', request(own({ m: 1 })), 'plan.settlement.vault.m is not known'],
    [
      'with a fee of locks',
      request(own({ assets: [asset({ lockFeeBp: 5 })] })),
      'settlement.vault.USDC.lockFeeBp is 5; expected 0',
    ],
    ['without an asset', request(own({ assets: [] })), 'settlement: no asset is listed'],
    ['listed among the chains', request(undefined, { chainId: HOME }), 'expected its vault in plan.settlement.vault'],
    ['as source 0 of another chain', request(own(), { source: 0 }), 'alpha: source 0 is 0 or used twice'],
  ])('%s', (_name, json, message) => {
    expect(refusalOf(json).message).toContain(message);
  });
});

describe('a plan with a vault of the settlement chain', () => {
  const plan = planDeployment(parseDeploymentRequest(request(own())));
  const [alpha, local] = plan.vaults;

  test('gives it the roles of that chain, a verifier that knows no signature, and a desk', () => {
    expect(local?.roles).toEqual({ ...plan.settlement.roles, riskAdmin: plan.settlement.roles.riskAdmin });
    expect(local?.attesterSet).not.toBe(plan.settlement.attesterSet);
    const parts = plan.contracts.filter(({ chainId }) => chainId === HOME).map(({ part }) => part);
    expect(new Set(parts).size).toBe(parts.length);
    const verifier = plan.contracts.find(({ address }) => address === local?.attesterSet);
    expect([verifier?.code.name, verifier?.args]).toEqual(['LocalVerifier', {}]);
    const desk = plan.contracts.find(({ address }) => address === local?.desk);
    // Its constructor asks the ledger for the edge that the listing opens.
    expect([desk?.code.name, desk?.afterActs]).toEqual(['LocalDesk', true]);
    expect(alpha?.desk).toBeUndefined();
  });

  test('lists it as source 0, seven days after it is scheduled, and its assets after all others', () => {
    const listing = plan.acts.find(({ text }) => text.includes('ledger.listSource({source: 0,'));
    expect(listing?.operation?.delayS).toBe(604_800);
    expect(listing?.text).toContain(`originChainId: ${HOME}, vault: ${local?.vault}`);
    expect([alpha?.assetIds, local?.assetIds]).toEqual([[1], [2]]);
  });

  test('changes nothing of a plan without it', () => {
    const before = planDeployment(parseDeploymentRequest(request(undefined)));
    const addresses = new Set(plan.contracts.map(({ address }) => address));
    expect(before.contracts.filter(({ address }) => !addresses.has(address))).toEqual([]);
    expect(plan.acts.map(({ text }) => text)).toEqual(expect.arrayContaining(before.acts.map(({ text }) => text)));
  });

  test('is read again from the file that it is written to, and described', () => {
    expect(parseDeploymentRequest(formatDeploymentRequest(plan.request))).toEqual(plan.request);
    expect(describePlan(plan)).toContain(`source 0 settlement: vault to ledger ${local?.edgeId}`);
  });
});
