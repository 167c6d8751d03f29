import { describe, expect, it } from 'vitest';
import type { DeploymentFacts } from './power-facts.js';
import { readDeployment } from './read-deployment.js';

const UNIT = 10n ** 6n;
const CAP = 5_000_000n * UNIT;
const at = (pair: string): string => `0x${pair.repeat(20)}`;
const settlement = { chainId: 900, ledger: at('aa'), riskManager: at('bb'), attesterSet: at('dd') };
const vault = {
  address: at('c1'),
  source: 1,
  attesterSet: at('de'),
  assets: [{ symbol: 'USDC', index: 1, assetId: 1, decimals: 6 }],
};
const network = {
  chains: [
    { chainId: 900, name: 'settlement' },
    { chainId: 901, name: 'alpha', vault },
  ],
};

/** Both chains in one: a deployment of keys with one asset, of which this much may count unconfirmed. */
function readerOf(
  m: number,
  fastUnits: bigint,
  { auctionWord = 0n, ...changed }: Readonly<Record<string, unknown>> & { readonly auctionWord?: bigint } = {},
): object {
  const roles = { governor: at('91'), guardian: at('92'), pauser: at('93'), riskAdmin: at('94'), auction: at('00') };
  const attesters = { newestEpoch: 1, members: [], k: 3, suspended: 0, expires: 9 };
  const terms = { source: 9, underlying: 1, decimals: 6, initialBp: 9_500, maintenanceBp: 9_800 };
  const views: Readonly<Record<string, unknown>> = {
    ...roles,
    ...attesters,
    development: false,
    sourceOf: [{ m, development: false, vault: at('c9') }],
    riskManager: at('bb'),
    riskManagerNext: [at('00'), 0, 0],
    assetCount: 1,
    ...changed,
    priceOf: { price: 10n ** 12n },
    limitsOf: { fastUnits },
  };
  const readContract = ({ functionName, address }: { functionName: string; address: string }): Promise<unknown> => {
    if (functionName !== 'assetOf') return Promise.resolve(views[functionName]);
    const atVault = { limit: 1_000n, accounted: 0n };
    return Promise.resolve(address === vault.address ? atVault : { terms, capUnits: CAP, credited: 0n });
  };
  return {
    readContract,
    getBlock: () => Promise.resolve({ timestamp: 5n }),
    getCode: () => Promise.resolve('0x'),
    getStorageAt: () => Promise.resolve(`0x${auctionWord.toString(16).padStart(64, '0')}`),
  };
}

async function fastLimitWhere(m: number, fastUnits: bigint): Promise<bigint | undefined> {
  const reader = readerOf(m, fastUnits);
  const readers = new Map([900, 901].map((id) => [id, reader]));
  const { sources } = await readDeployment(network as never, settlement as never, readers as never);
  expect(sources).toMatchObject([{ source: 1, m, assets: [{ symbol: 'USDC', cap: CAP }] }]);
  return sources[0]?.assets[0]?.fastLimit;
}

describe('the fast limit of an asset', () => {
  it('is the one that the ledger states', async () => {
    expect(await fastLimitWhere(1, 100_000n * UNIT)).toBe(100_000n * UNIT);
    expect(await fastLimitWhere(1, 0n)).toBe(0n);
  });

  it('is missing where the source needs no witness', async () => {
    expect(await fastLimitWhere(0, 2n ** 256n - 1n)).toBeUndefined();
  });
});

describe('what the ledger itself stands on and waits for', () => {
  const read = (changed: Parameters<typeof readerOf>[2]): Promise<DeploymentFacts> => {
    const reader = readerOf(1, 0n, changed);
    const readers = new Map([900, 901].map((id) => [id, reader]));
    const named = { ...settlement, auction: at('ee') };
    return readDeployment(network as never, named as never, readers as never);
  };

  it('is told with what comes, which no timelock shows any more', async () => {
    const { parts } = await read({
      auction: at('ee'),
      auctionWord: (77n << 160n) | BigInt(at('e7')),
      riskManagerNext: [at('b7'), 78, 0],
    });
    expect(parts).toMatchObject([
      { part: 'risk manager', live: at('bb'), named: at('bb'), next: { at: at('b7'), from: 78 } },
      { part: 'auction', live: at('ee'), named: at('ee'), next: { at: at('e7'), from: 77 } },
    ]);
  });

  it('is told without what came', async () => {
    const { parts } = await read({ auction: at('e7'), auctionWord: (77n << 160n) | BigInt(at('e7')) });
    expect(parts.map(({ part, live, named, next }) => [part, live, named, next])).toEqual([
      ['risk manager', at('bb'), at('bb'), undefined],
      ['auction', at('e7'), at('ee'), undefined],
    ]);
  });

  it('has its roles read at the risk manager that counts, not at the file’s', async () => {
    const { places } = await read({ riskManager: at('b7') });
    const named = places.flatMap(({ contracts }) => contracts.filter(({ name }) => name === 'RiskManager'));
    expect(named.map((contract) => contract.at)).toEqual([at('b7')]);
  });

  it('is told with the assets that the file does not name', async () => {
    const { sources } = await read({ assetCount: 2 });
    expect(sources.map(({ source, unnamed, assets }) => [source, unnamed, assets.map(({ symbol }) => symbol)])).toEqual(
      [
        [1, undefined, ['USDC']],
        [9, at('c9'), ['asset 2']],
      ],
    );
    expect(sources[1]?.assets[0]).toMatchObject({ cap: CAP, fastLimit: 0n, locked: 0n });
  });
});
