import { AppError } from '@surety/domain';
import { describe, expect, test } from 'vitest';
import { parseDeploymentRequest } from './deployment-request.js';
import { describePlan } from './describe-plan.js';
import { planDeployment } from './plan-deployment.js';

type Json = Record<string, unknown>;

function addressOf(digit: number): string {
  return `0x${digit.toString(16).padStart(40, '0')}`;
}

function asset(symbol: string, token: number): Json {
  return {
    symbol, token: addressOf(token), decimals: 6, underlying: 1, minMillionths: '1000000', capThousandths: '5000000',
    limitThousandths: '1000000', initialBp: 9500, maintenanceBp: 9800,
  }; // prettier-ignore
}

function chain(id: number, name: string, source: number): Json {
  return {
    chainId: id, name, source, wrappedNative: addressOf(0), initialBp: 10_000, maintenanceBp: 10_000, staleAfterMin: 90,
    darkAfterMin: 360, floorAfterMin: 4320, m: 0, roles: { governor: addressOf(1), guardian: addressOf(2), pauser: addressOf(3) },
    assets: [asset('USDC', 50), asset('USDT', 51)],
  }; // prettier-ignore
}

function request(): Json & { chains: Json[]; settlement: Json; attesters: Json } {
  return {
    version: 1,
    profile: 'development',
    salt: `0x${'00'.repeat(32)}`,
    attesters: { members: [14, 13, 12, 11].map(addressOf), activeFrom: 1000 },
    settlement: {
      chainId: 900,
      name: 'settlement',
      roles: { governor: addressOf(1), guardian: addressOf(2), pauser: addressOf(3), riskAdmin: addressOf(4) },
      underlyings: [
        {
          id: 1,
          symbol: 'USD',
          aggregator: addressOf(60),
          maxAgeS: 3600,
          maxAheadS: 60,
          minPrice1e12: '1',
          maxPrice1e12: '2',
        },
      ],
    },
    chains: [chain(901, 'alpha', 1), chain(902, 'beta', 2)],
  };
}

function firstChain(json: ReturnType<typeof request>): Json {
  return json.chains[0] ?? {};
}

function firstAsset(json: ReturnType<typeof request>): Json {
  return (firstChain(json)['assets'] as Json[])[0] ?? {};
}

function refusalOf(change: (json: ReturnType<typeof request>) => void): AppError {
  const json = request();
  change(json);
  try {
    parseDeploymentRequest(json);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('the request was taken');
}

describe('a deployment request is refused', () => {
  test('with capitals of an address that are not its checksum, and the right ones are named', () => {
    const governor = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
    const named = (holder: string) => (json: ReturnType<typeof request>) =>
      void ((json.settlement['roles'] as Json)['governor'] = holder);
    const { code, message } = refusalOf(named(governor.replace('5aA', '5aa')));
    expect(code).toBe('BAD_PLAN');
    expect(message).toContain(
      `plan.settlement.roles.governor is ${governor.replace('5aA', '5aa')}, whose checksum is wrong`,
    );
    expect(message).toContain(`expected ${governor} if every one is right`);
  });

  test('with every contradiction named at once', () => {
    const refusal = refusalOf((json) => {
      json.attesters['members'] = [addressOf(11), addressOf(11), addressOf(12), addressOf(13)];
      Object.assign(json.chains.at(-1) ?? {}, {
        source: 1,
        assets: [{ ...asset('USDC', 50), limitThousandths: '0', underlying: 9 }],
      });
      (json.settlement['roles'] as Json)['guardian'] = addressOf(0);
    });
    expect(refusal.code).toBe('BAD_PLAN');
    expect(refusal.message).toMatchInlineSnapshot(`
      "the plan has 5 problems; correct each:
        settlement.roles.guardian is the zero address; expected who holds the role
        beta: source 1 is 0 or used twice; expected a number of its own from 1
        beta.USDC: underlying 9 is not listed; expected one of 1
        beta.USDC.limitThousandths is 0; expected a value above 0
        plan.attesters.members lists an address twice"
    `);
  });

  test.each<[Json, string]>([
    [{ decimals: 25 }, 'decimals is 25; expected at most 24'],
    [{ maintenanceBp: 9801 }, 'maintenanceBp is 9801; expected at most 9800'],
    [{ initialBp: 9501 }, 'initialBp is 9501; expected at most 9500'],
    [{ initialBp: 9001, maintenanceBp: 9000 }, 'initialBp is 9001; expected at most maintenanceBp, 9000'],
  ])('with %j, which the ledger would refuse', (change, message) => {
    const { code, message: told } = refusalOf((json) => Object.assign(firstAsset(json), change));
    expect([code, told]).toEqual(['BAD_PLAN', expect.stringContaining(`alpha.USDC.${message}`)]);
  });

  test.each<[Json, string]>([
    [{ maintenanceBp: 10_001 }, 'maintenanceBp is 10001; expected at most 10000'],
    [{ maintenanceBp: 9000 }, 'initialBp is 10000; expected at most maintenanceBp, 9000'],
  ])('with %j of a source, which the ledger would refuse', (change, message) => {
    const { code, message: told } = refusalOf((json) => Object.assign(firstChain(json), change));
    expect([code, told]).toEqual(['BAD_PLAN', expect.stringContaining(`alpha.${message}`)]);
  });

  test('with ages out of order, and with the zero address as a member', () => {
    const { message } = refusalOf((json) => {
      Object.assign(firstChain(json), { darkAfterMin: 90 });
      json.attesters['members'] = [0, 12, 13, 14].map(addressOf);
    });
    expect(message).toContain('alpha: staleAfterMin, darkAfterMin and floorAfterMin are 90, 90, 4320; expected 0 <');
    expect(message).toContain('plan.attesters.members lists the zero address');
  });

  test.each<[string, Json, Json]>([
    ['symbol USDC', asset('USDC', 50), asset('USDC', 51)],
    [`token ${addressOf(50)}`, asset('USDC', 50), asset('USDT', 50)],
  ])('with the %s twice in one chain', (what, one, other) => {
    const { code, message } = refusalOf((json) => Object.assign(firstChain(json), { assets: [one, other] }));
    expect([code, message]).toEqual([
      'BAD_PLAN',
      expect.stringContaining(`alpha.assets list the ${what} twice; expected each once`),
    ]);
  });

  test.each(['capThousandths', 'limitThousandths'])('with a %s that bounds nothing', (field) => {
    const { message } = refusalOf((json) => (firstAsset(json)[field] = (2n ** 64n - 1n).toString()));
    expect(message).toContain(
      `alpha.USDC.${field} is 18446744073709551615; expected at most 1000000000000000000: above that it bounds nothing`,
    );
  });

  test('with the feed of one price copied for another', () => {
    const { code, message } = refusalOf((json) => {
      const [dollar] = json.settlement['underlyings'] as [Json];
      json.settlement['underlyings'] = [dollar, { ...dollar, id: 2, symbol: 'BTC' }];
    });
    expect(code).toBe('BAD_PLAN');
    expect(message).toContain(`underlying BTC reads aggregator ${addressOf(60)}, as underlying USD does`);
  });

  test('with a limit whose largest payment is below the smallest lock, and not at that limit', () => {
    const limited = (limitThousandths: string) => (json: ReturnType<typeof request>) =>
      Object.assign(firstChain(json), { assets: [{ ...asset('USDC', 50), limitThousandths }] });
    expect(refusalOf(limited('13333')).message).toContain(
      'USDC.limitThousandths is 13333; expected at least 13334, so that 3/40 of it reach minMillionths',
    );
    const json = request();
    limited('13334')(json);
    expect(() => parseDeploymentRequest(json)).not.toThrow();
  });

  test.each<[string, (json: ReturnType<typeof request>) => void, string]>([
    ['without witnesses in production', (json) => Object.assign(json, { profile: 'production' }), 'BAD_PLAN'],
    [
      'in production without a timelock',
      (json) => Object.assign(json, { profile: 'production', chains: json.chains.map((one) => ({ ...one, m: 1 })) }),
      'BAD_PLAN',
    ],
    [
      'with a timelock below 48 hours',
      (json) => Object.assign(json.settlement, { timelock: { delayS: 172_799 } }),
      'BAD_PLAN',
    ],
    [
      'with two roles in one hand behind a timelock',
      (json) =>
        Object.assign(firstChain(json), {
          timelock: { delayS: 172_800 },
          roles: { governor: addressOf(1), guardian: addressOf(2), pauser: addressOf(2) },
        }),
      'BAD_PLAN',
    ],
    [
      'in production with one network behind a price',
      (json) =>
        Object.assign(json, {
          profile: 'production',
          settlement: { ...json.settlement, timelock: { delayS: 172_800 } },
          chains: json.chains.map((one) => ({ ...one, m: 1, timelock: { delayS: 172_800 } })),
        }),
      'BAD_PLAN',
    ],
    ['with three attesters', (json) => (json.attesters['members'] as string[]).pop(), 'OUT_OF_RANGE'],
    ['with an attester twice', (json) => (json.attesters['members'] as string[]).push(addressOf(11)), 'BAD_PLAN'],
    ['with a member nobody knows', (json) => Object.assign(json, { proxy: true }), 'UNKNOWN_FIELD'],
    [
      'with a collateral chain that is the settlement chain',
      (json) => Object.assign(firstChain(json), { chainId: 900 }),
      'BAD_PLAN',
    ],
    ['of another version', (json) => Object.assign(json, { version: 2 }), 'BAD_PLAN'],
    [
      'with an amount that is no integer',
      (json) => Object.assign(firstAsset(json), { capThousandths: '1.5' }),
      'OUT_OF_RANGE',
    ],
    ['without a chain', (json) => Object.assign(json, { chains: [] }), 'BAD_PLAN'],
    ['with chains that are no list', (json) => Object.assign(json, { chains: {} }), 'BAD_PLAN'],
    [
      'with a name that could be mistaken for a path',
      (json) => Object.assign(json.settlement, { name: '../x' }),
      'BAD_PLAN',
    ],
  ])('%s', (_name, change, code) => {
    expect(refusalOf(change).code).toBe(code);
  });
});

describe('a plan behind timelocks', () => {
  const timelock = { delayS: 172_800 };
  const plan = (): ReturnType<typeof planDeployment> => {
    const json = request();
    Object.assign(json.settlement, { timelock });
    json.chains = json.chains.map((one) => ({ ...one, timelock }));
    return planDeployment(parseDeploymentRequest(json));
  };

  test('puts a contract in front of every role of every chain', () => {
    const { settlement, vaults, contracts } = plan();
    const people = [1, 2, 3, 4].map(addressOf);
    for (const roles of [settlement.roles, ...vaults.map((vault) => vault.roles)]) {
      const { timelock: _timelock, ...named } = roles;
      for (const at of Object.values(named)) {
        expect(people).not.toContain(at);
        expect(contracts.map(({ address }) => address)).toContain(at);
      }
    }
  });

  test('schedules what the governor would do, one after the other, parts for 7 days, and leaves to anyone what is anyone’s', () => {
    const { acts } = plan();
    const delays = acts.map(({ text, operation }) => [text.split('(')[0], operation?.delayS]);
    expect(delays).toContainEqual(['riskManager.listUnderlying', 604_800]);
    expect(delays).toContainEqual(['ledger.setAuction', 604_800]);
    expect(delays).toContainEqual(['ledger.listSource', 604_800]);
    expect(delays).toContainEqual(['ledger.listAsset', 172_800]);
    expect(delays).toContainEqual(['riskManager.poke', undefined]);
    const onSettlement = acts.filter(({ chainId, operation }) => chainId === 900 && operation !== undefined);
    onSettlement.slice(1).forEach(({ operation }, at) => {
      expect(operation?.schedule).toContain(onSettlement[at]?.operation?.id.slice(2));
    });
  });

  test('shows both transactions of each act before anything is sent', () => {
    const described = describePlan(plan());
    expect(described).toContain(`schedule by ${addressOf(1)}, wait 168 h: riskManager.listUnderlying(1,`);
    expect(described).toContain('RoleHolder (guardian-holder), by the constructor of timelock');
    for (const { operation } of plan().acts) {
      if (operation === undefined) continue;
      expect(described).toContain(`to ${operation.timelock} data ${operation.schedule}`);
      expect(described).toContain(`execute by anyone once ready: to ${operation.timelock} data ${operation.execute}`);
    }
  });
});

describe('a plan', () => {
  test('is the same for the same request, whatever the order of attesters', () => {
    const reversed = request();
    (reversed.attesters['members'] as string[]).reverse();
    expect(describePlan(planDeployment(parseDeploymentRequest(reversed)))).toBe(
      describePlan(planDeployment(parseDeploymentRequest(request()))),
    );
  });

  test('moves every address with the salt', () => {
    const salted = { ...request(), salt: `0x${'01'.repeat(32)}` };
    const [before, after] = [request(), salted].map((json) =>
      planDeployment(parseDeploymentRequest(json)).contracts.map(({ address }) => address),
    );
    expect(before?.filter((address) => after?.includes(address))).toEqual([]);
  });

  test('creates each contract before one that names it', () => {
    const { contracts } = planDeployment(parseDeploymentRequest(request()));
    contracts.forEach((contract, at) => {
      const later = contracts.slice(at).filter(({ chainId }) => chainId === contract.chainId);
      for (const { address } of later) expect(contract.initCode).not.toContain(address.slice(2));
    });
  });

  test('names the auction to the ledger before the first asset, when the ledger still takes it at once', () => {
    const { acts, settlement } = planDeployment(parseDeploymentRequest(request()));
    const names = acts.filter(({ to }) => to === settlement.ledger).map(({ text }) => text.replace(/\(.*/, ''));
    expect(names.slice(0, 3)).toEqual(['ledger.setAuction', 'ledger.listSource', 'ledger.listAsset']);
    expect(settlement.outageClock).toBe(addressOf(0));
  });

  test('gives the auction a clock where the sequencer has an uptime feed', () => {
    const json = request();
    json.settlement['uptimeFeed'] = addressOf(70);
    const { contracts, settlement } = planDeployment(parseDeploymentRequest(json));
    const [clock, auction] = ['outage-clock', 'auction'].map((name) => contracts.find(({ part }) => part === name));
    expect(Object.values(clock?.args ?? {})).toEqual([addressOf(70)]);
    expect(Object.values(auction?.args ?? {})).toEqual([settlement.ledger, clock?.address]);
    expect(settlement).toMatchObject({ auction: auction?.address, outageClock: clock?.address });
  });

  test('puts a median in front of two sources, and lists an only source itself', () => {
    const json = request();
    const slot = { symbol: 'USD', maxAgeS: 3600, minPrice1e12: '1', maxPrice1e12: '2' };
    const chainlink = { kind: 'aggregator', network: 'chainlink', aggregator: addressOf(60), maxAgeS: 9, maxAheadS: 8 };
    const pyth = {
      kind: 'pyth',
      pyth: addressOf(61),
      feedId: `0x${'11'.repeat(32)}`,
      maxAgeS: 7,
      maxAheadS: 6,
      confMaxPpm: 5000,
    };
    json.settlement['underlyings'] = [
      { ...slot, id: 1, sources: [chainlink, pyth] },
      { ...slot, id: 2, symbol: 'ETH', sources: [{ ...pyth, feedId: `0x${'22'.repeat(32)}` }] },
    ];
    const { contracts, settlement, acts } = planDeployment(parseDeploymentRequest(json));
    const created = (name: string): (typeof contracts)[number] | undefined =>
      contracts.find(({ part }) => part === name);
    const adapters = ['feed-USD-chainlink', 'feed-USD-pyth'].map((name) => created(name)?.address);
    expect(Object.values(created('feed-USD')?.args ?? {})).toEqual([adapters, 20_000, 70_000]);
    const band = { minPrice1e12: 1n, maxPrice1e12: 2n };
    const { kind: _kind, ...bounds } = pyth;
    expect(created('feed-USD-pyth')?.args).toEqual({ bounds: { ...bounds, ...band } });
    expect(created('feed-ETH')?.code.name).toBe('PythFeed');
    expect(settlement.prices).toEqual([
      { feed: created('feed-USD')?.address, adapters },
      { feed: created('feed-ETH')?.address, adapters: [created('feed-ETH')?.address] },
    ]);
    const listings = acts.filter(({ text }) => text.includes('listUnderlying'));
    expect(listings.map(({ text }) => text)).toEqual([
      `riskManager.listUnderlying(1, ${created('feed-USD')?.address}, 3600) for USD`,
      `riskManager.listUnderlying(2, ${created('feed-ETH')?.address}, 3600) for ETH`,
    ]);
  });

  test('numbers assets over all chains and gives each edge its own name', () => {
    const { vaults } = planDeployment(parseDeploymentRequest(request()));
    expect(vaults.map(({ assetIds }) => assetIds)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(new Set(vaults.flatMap(({ edgeId, returnEdgeId }) => [edgeId, returnEdgeId])).size).toBe(4);
  });
});
