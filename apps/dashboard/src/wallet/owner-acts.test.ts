import type { AggregatorClient, AssetView, DeployedContract } from '@surety/client';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { LOCK_REFUSALS, accountId, address } from '@surety/domain';
import { type Hex, createClient, custom, decodeFunctionData, encodeFunctionResult, erc20Abi, zeroHash } from 'viem';
import { describe, expect, it } from 'vitest';
import { type OpenWallet, WalletProblem } from './open-wallet.js';
import { checkLock, checkRelease, signSteps } from './owner-acts.js';

const OWNER = address(`0x${'11'.repeat(20)}`);
const VAULT = address(`0x${'22'.repeat(20)}`);
const TOKEN = address(`0x${'33'.repeat(20)}`);
const LEDGER = address(`0x${'44'.repeat(20)}`);
const AMOUNT = 1_000_000_000n;
const account = accountId({ owner: OWNER, home: 0, sub: 0n });
const asset = {
  assetId: 1,
  source: 3,
  symbol: 'USDC',
  decimals: 6,
  chain: 'alpha',
  chainId: 901,
  vault: VAULT,
  vaultAsset: 1,
  token: TOKEN,
} as AssetView;

const ASSET_FIELDS = collateralVaultAbi.flatMap((item) =>
  item.type === 'function' && item.name === 'assetOf' ? item.outputs[0].components.map(({ name }) => name) : [],
);

const contracts = [{ name: 'ledger', chainId: 900, chain: 'settlement', address: LEDGER }] as DeployedContract[];

const TERMS = { source: 3, vaultAsset: 1, underlying: 0, ownPrice: 0, initialBp: 0, maintenanceBp: 0 } as const;
const SUMS = {
  credited: 0n,
  parked: 0n,
  capUnits: 0n,
  enableUnits: 0n,
  releasedCum: 0n,
  creditPausedUntil: 0,
} as const;
const AGES = { staleAfterMin: 0, darkAfterMin: 0, floorAfterMin: 0, m: 1, development: true } as const;
const SOURCE = { source: 3, originChainId: 901n, vault: VAULT, initialBp: 0, maintenanceBp: 0, ...AGES } as const;

/** Terms that a ledger lists under the asset's number. */
type Listed = Partial<Record<keyof typeof TERMS | 'decimals', number>> & Partial<Record<'originChainId', bigint>>;

/** Answers as a ledger that lists the asset. */
function askLedger(data: Hex, { originChainId = 901n, ...listed }: Listed): Hex {
  const abi = collateralLedgerAbi;
  const { functionName } = decodeFunctionData({ abi, data });
  if (functionName === 'sourceOf')
    return encodeFunctionResult({ abi, functionName, result: [{ ...SOURCE, originChainId }, zeroHash, zeroHash] });
  const terms = { ...TERMS, decimals: 6, minMillionths: 0n, capThousandths: 0n, ...listed };
  return encodeFunctionResult({ abi, functionName: 'assetOf', result: { terms, ...SUMS } });
}

/** Answers that a wallet of a test gets, where it is not as the aggregator says. */
interface Seen {
  readonly refusal?: number;
  readonly decimals?: number;
  readonly code?: string;
  readonly symbol?: string;
  readonly listed?: Listed;
}

/** A wallet before a vault whose smallest fee is 100 units. Its token, as USDT of Ethereum, takes no approval over one that is left. */
function walletWith(allowance: bigint, seen: Seen = {}): OpenWallet {
  const { refusal = 0, decimals = 6, symbol = 'USDC', listed = {} } = seen;
  const request = async (asked: {
    readonly method: string;
    readonly params: readonly [{ readonly to: string; readonly data: Hex }];
  }) => {
    if (asked.method === 'eth_getCode') return seen.code ?? '0x';
    const [{ to, data }] = asked.params;
    if (to.toLowerCase() === LEDGER) return askLedger(data, listed);
    if (to.toLowerCase() === TOKEN) {
      const { functionName } = decodeFunctionData({ abi: erc20Abi, data });
      if (functionName === 'symbol')
        return symbol === '' ? '0x' : encodeFunctionResult({ abi: erc20Abi, functionName, result: symbol });
      const result = functionName === 'allowance' ? allowance : 10n ** 15n;
      return encodeFunctionResult({ abi: erc20Abi, functionName: 'balanceOf', result });
    }
    const { functionName } = decodeFunctionData({ abi: collateralVaultAbi, data });
    if (functionName === 'quoteLock')
      return encodeFunctionResult({ abi: collateralVaultAbi, functionName, result: [refusal, 1n, 10n ** 15n] });
    if (functionName === 'lockFeeOf')
      return encodeFunctionResult({ abi: collateralVaultAbi, functionName, result: 100n });
    const zeros = Object.fromEntries(ASSET_FIELDS.map((field) => [field, 0]));
    const result = { ...zeros, token: TOKEN, decimals } as never;
    return encodeFunctionResult({ abi: collateralVaultAbi, functionName: 'assetOf', result });
  };
  const simulate = async ({ to, data }: { readonly to: string; readonly data: Hex }): Promise<Hex> => {
    if (to !== TOKEN || allowance === 0n) return '0x';
    const { args } = decodeFunctionData({ abi: erc20Abi, data });
    if (args?.[1] !== 0n) throw new Error('the token refuses it');
    return '0x';
  };
  const chain = createClient({ transport: custom({ request }) });
  const idle = { useChain: async () => undefined, send: async () => [] };
  return { name: 'a wallet', address: OWNER, chain, simulate, ...idle };
}

/** An aggregator that says that the vault asks for all of it. */
const liar = { quoteLock: async () => ({ vault: { feeMinimum: AMOUNT } }) } as unknown as AggregatorClient;

const checked = (allowance: bigint) =>
  checkLock({ client: liar, wallet: walletWith(allowance), account }, { asset, amount: AMOUNT, withCoin: false }, []);

describe('a lock that is checked', () => {
  it('pays to a relayer what the vault itself asks for, whatever the aggregator says, and says so', async () => {
    const { steps } = await checked(AMOUNT);
    const [lock] = steps;
    expect(steps.map(({ title }) => title)).toEqual([
      `Lock 1,000 USDC, token ${TOKEN}, 0.0001 USDC of it for the relayer`,
    ]);
    const { args } = decodeFunctionData({ abi: collateralVaultAbi, data: lock?.call.data ?? '0x' });
    expect(args?.[4]).toBe(100n);
  });

  it('names every digit of what is signed', async () => {
    const weth = { ...asset, symbol: 'WETH', decimals: 18 };
    const wanted = { asset: weth, amount: 400_000_000_001n, withCoin: false };
    const wallet = walletWith(0n, { decimals: 18, symbol: 'WETH' });
    const { steps } = await checkLock({ client: liar, wallet, account }, wanted, []);
    expect(steps.map(({ title }) => title)).toEqual([
      `Let vault ${VAULT} take 0.000000400000000001 WETH, and no more`,
      `Lock 0.000000400000000001 WETH, token ${TOKEN}, 0.0000000000000001 WETH of it for the relayer`,
    ]);
  });

  it('is refused in the vault’s own words, though the aggregator weighs no such lock', async () => {
    const client = { quoteLock: () => Promise.reject(new Error('a 400')) } as unknown as AggregatorClient;
    const below = LOCK_REFUSALS.indexOf('BELOW_MINIMUM');
    const act = checkLock(
      { client, wallet: walletWith(AMOUNT, { refusal: below }), account },
      { asset, amount: AMOUNT, withCoin: false },
      [],
    );
    await expect(act).rejects.toThrow('the vault would refuse it: BELOW_MINIMUM; it takes 0.000001 USDC to');
  });

  it('approves the amount and no more where nothing is approved', async () => {
    const { steps } = await checked(0n);
    expect(steps.map(({ title }) => title)).toEqual([
      `Let vault ${VAULT} take 1,000 USDC, and no more`,
      `Lock 1,000 USDC, token ${TOKEN}, 0.0001 USDC of it for the relayer`,
    ]);
  });

  it('takes an approval back that is left, and then approves', async () => {
    const { steps } = await checked(50_000_000n);
    const amounts = steps
      .slice(0, 2)
      .map(({ call }) => decodeFunctionData({ abi: erc20Abi, data: call.data }).args?.[1]);
    expect([steps.length, ...amounts]).toEqual([3, 0n, AMOUNT]);
    expect(steps[0]?.title).toBe('Take back an approval of 50 USDC');
  });
});

interface ReleaseCase extends Seen {
  readonly fee?: bigint;
  /** The aggregator's word on the asset. */
  readonly says?: Partial<AssetView>;
}

describe('a release that is checked', () => {
  const check = (payment: unknown, { fee = 0n, says = {}, ...at }: ReleaseCase = {}) => {
    const quoteRelease = async () => ({ allowed: true, payment });
    const client = { quoteRelease } as unknown as AggregatorClient;
    const wanted = { asset: { ...asset, ...says }, amount: AMOUNT, fee };
    return checkRelease({ client, wallet: walletWith(0n, at), account }, wanted, contracts);
  };
  const which = `asset 1, token ${TOKEN} of vault ${VAULT} on alpha (901)`;

  it('is refused where the vault would stop its payment', async () => {
    await expect(check({ lane: null, largest: 100_000_000n })).rejects.toThrow(
      'the vault would stop and refund it: it pays at most 100 USDC at a time; release less at a time; nothing was sent',
    );
  });

  it('is planned where the vault pays it, or does not answer', async () => {
    const acts = await Promise.all([check(null), check({ lane: 'fast', largest: AMOUNT })]);
    const title = `Release 1,000 USDC to ${OWNER}: ${which}`;
    expect(acts.flatMap(({ steps }) => steps.map((step) => step.title))).toEqual([title, title]);
  });

  it.each<[string, ReleaseCase, RegExp]>([
    [
      'decimals',
      { says: { decimals: 9 } },
      /^the vault lists 0x3{40} with 6 decimals; expected 0x3{40} with 9; nothing/,
    ],
    [
      'decimals, at the ledger',
      { listed: { decimals: 9 } },
      /^the ledger lists .* with 9 decimals; expected .* with 6/,
    ],
    ['the number', { listed: { vaultAsset: 2 } }, /^the ledger lists asset 1 as number 2 of .*; expected number 1 of/],
    ['the source', { says: { source: 4 } }, /^the ledger lists asset 1 as .* source 3, .* expected .* source 4, /],
    [
      'the vault’s chain',
      { listed: { originChainId: 902n } },
      /^the ledger lists .* chain 902, .*; expected .* chain 901,/,
    ],
    [
      'the vault',
      { says: { vault: address(`0x${'55'.repeat(20)}`) } },
      /^the ledger lists .* vault 0x2{40} .*; expected .* vault 0x5{40} /,
    ],
  ])('is refused where the aggregator says something else of %s than the chains', async (_, over, refusal) => {
    await expect(check(null, over)).rejects.toThrow(refusal);
  });

  it('names its fee, and the symbol that the token gives itself', async () => {
    const { steps, arrives, text } = await check(null, { fee: 2_000_000n, says: { symbol: 'DAI' } });
    expect([steps[0]?.title, arrives, text(1_500_000n)]).toEqual([
      `Release 1,000 USDC to ${OWNER}, 2 USDC of it for the relayer: ${which}`,
      '998 USDC',
      '1.5 USDC',
    ]);
  });

  it('names no symbol where the token gives itself none', async () => {
    const { steps } = await check(null, { symbol: '' });
    expect(steps[0]?.title).toBe(`Release 1,000 tokens to ${OWNER}: ${which}`);
  });
});

describe('a wallet that is a contract', () => {
  const lockBy = (code: string) =>
    checkLock(
      { client: liar, wallet: walletWith(AMOUNT, { code }), account },
      { asset, amount: AMOUNT, withCoin: false },
      [],
    );

  it('locks nothing for an address that is another one’s beside the ledger', async () => {
    await expect(lockBy('0x6001')).rejects.toThrow(
      `${OWNER} is a contract on alpha (901): on another chain its address may be nobody’s, or somebody else’s; expected the address of a key; connect a wallet with a key; nothing was sent`,
    );
  });

  it('releases nothing to an address that is another one’s beside the vault', async () => {
    const client = { quoteRelease: async () => ({ allowed: true, payment: null }) } as unknown as AggregatorClient;
    const wallet = walletWith(0n, { code: '0x6001' });
    const act = checkRelease({ client, wallet, account }, { asset, amount: AMOUNT, fee: 0n }, contracts);
    await expect(act).rejects.toThrow(`${OWNER} is a contract on settlement (900): on another chain`);
  });

  it('is none where a key delegated its code', async () => {
    expect((await lockBy(`0xef0100${'44'.repeat(20)}`)).steps).toHaveLength(1);
  });
});

describe('an act of two steps', () => {
  it('says what was sent before a step that was not', async () => {
    const steps = ['Let the vault take 1 USDC, and no more', 'Lock 1 USDC'].map((title) => {
      return { title, call: { to: VAULT, data: '0x', value: 0n } } as const;
    });
    const failAt = (at: number): Promise<unknown> => {
      let asked = 0;
      const send = async (): Promise<[]> => {
        if (asked++ === at) throw new WalletProblem('declined in the wallet; nothing was sent');
        return [];
      };
      const wallet = { ...walletWith(0n), simulate: async () => '0x' as const, send };
      return signSteps(wallet, { chain: { chainId: 901, name: 'alpha' }, steps }, () => undefined);
    };
    await expect(failAt(0)).rejects.toThrow(/^declined in the wallet; nothing was sent$/);
    await expect(failAt(1)).rejects.toThrow(
      /^declined in the wallet; nothing else was sent; mined before it: Let the vault take 1 USDC, and no more$/,
    );
  });

  it('asks a contract that came into being by its first step for no second one', async () => {
    const seen = { code: '0x' };
    const sent: string[] = [];
    const send = async ({ title }: { readonly title: string }): Promise<[]> => {
      sent.push(title);
      seen.code = '0x363d3d37';
      return [];
    };
    const wallet = { ...walletWith(0n, seen), simulate: async () => '0x' as const, send };
    const { steps, chain } = await checkLock(
      { client: liar, wallet, account },
      { asset, amount: AMOUNT, withCoin: false },
      [],
    );
    await expect(signSteps(wallet, { chain, steps }, () => undefined)).rejects.toThrow(
      /^0x1{40} is a contract on alpha \(901\): .*; connect a wallet with a key; nothing else was sent; mined before it: Let vault /,
    );
    expect(sent).toEqual([steps[0]?.title]);
  });
});
