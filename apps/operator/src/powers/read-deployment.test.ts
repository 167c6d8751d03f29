import { describe, expect, it } from 'vitest';
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
function readerOf(m: number, fastUnits: bigint): object {
  const roles = { governor: at('91'), guardian: at('92'), pauser: at('93'), riskAdmin: at('94'), auction: at('00') };
  const attesters = { newestEpoch: 1, members: [], k: 3, suspended: 0, expires: 9 };
  const terms = { underlying: 1, initialBp: 9_500, maintenanceBp: 9_800 };
  const views: Readonly<Record<string, unknown>> = {
    ...roles,
    ...attesters,
    development: false,
    sourceOf: [{ m, development: false }],
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
