import type { KeySource, ProviderEndpoint } from '@surety/config';
import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, accountId, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { type Hex, decodeFunctionData, encodeErrorResult, encodeFunctionResult } from 'viem';
import { afterEach, describe, expect, it } from 'vitest';
import { ledgerAsset } from '../testing/ledger-asset.js';
import { serveMethods } from '../testing/serve-landing.js';
import { type LedgerSession, openLedgerSession } from './ledger-session.js';
import type { ReleasePlan } from './plan-release.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const [LEDGER, person] = ['44', '22'].map((byte) => address(`0x${byte.repeat(20)}`)) as [Address, Address];
const owner = accountId({ owner: person, home: 0, sub: 0n });
const abi = collateralLedgerAbi;
const FULL = 25_000_000_000n;
const release = { account: owner, assetId: 1, amount: FULL, recipient: person, fee: 0n };

/** A provider's words: the line, and whether the ledger takes a release from it, as a call and as an estimate. */
interface Saying {
  readonly line?: bigint;
  readonly takes?: boolean;
  readonly estimates?: boolean;
}

const SHORT = { reverted: encodeErrorResult({ abi, errorName: 'MarginTooLow', args: [owner, 1n, 2n] }) };

function viewOf(data: Hex, { line = FULL, takes = true }: Saying): unknown {
  const { functionName } = decodeFunctionData({ abi, data });
  if (functionName === 'assetOf') return ledgerAsset({ source: 1, vaultAsset: 1, decimals: 6 });
  if (functionName !== 'lineOf') return takes ? '0x' : SHORT;
  const result = { amount: line, unseasoned: 0n, seasonEnd: 0, enabled: true };
  return encodeFunctionResult({ abi, functionName, result });
}

function serve(saying: Saying): Promise<string> {
  const { takes = true, estimates = takes } = saying;
  return serveMethods((method, [first]) => {
    switch (method) {
      case 'eth_chainId':
        return '0x384';
      case 'eth_getBlockByNumber':
        return { number: '0x100', hash: `0x${'ab'.repeat(32)}`, timestamp: '0x6b49d200', baseFeePerGas: '0x1' };
      case 'eth_call':
        return viewOf((first as { readonly data: Hex }).data, saying);
      case 'eth_estimateGas':
        return estimates ? '0x10000' : SHORT;
      default:
        return '0x100';
    }
  }, closing);
}

/** Opens a session at providers that say this. */
async function sessionAt(...sayings: readonly Saying[]): Promise<LedgerSession> {
  const urls = await Promise.all(sayings.map(serve));
  const endpoints = urls.map((url, at) => ({ name: `p${at}`, operator: `p${at}`, url: { reveal: () => url } }));
  const plan = {
    chain: { name: 'alpha', chainId: 901 },
    vault: { source: 1 },
    asset: { assetId: 1, index: 1, decimals: 6, symbol: 'USDC' },
    settlement: { ledger: LEDGER },
    settlementChain: { chainId: 900, name: 'settlement', blockTimeMs: 1_000, providers: [] },
    fee: 0n,
  };
  const key = { kind: 'environment', key: { reveal: () => `0x${'11'.repeat(32)}` } };
  return openLedgerSession({
    plan: plan as unknown as ReleasePlan,
    key: key as unknown as KeySource,
    endpoints: endpoints as unknown as ProviderEndpoint[],
    clock: systemClock,
    waiting: { environment: {}, tell: () => undefined },
  });
}

describe('a ledger session at three providers, of which the first one lies', () => {
  it('reads the line of the others, of which all is released', async () => {
    const session = await sessionAt({ line: 1n }, {}, {});
    expect(await session.readLine(owner)).toEqual({ amount: FULL, seasoned: FULL, minimum: 0n });
  });

  it('is told by the others that a release is refused, and what the margin lacks', async () => {
    const session = await sessionAt({}, { takes: false }, { takes: false });
    const short = { assetsWad: 1n, requiredWad: 2n };
    expect(await session.ask(release)).toMatchObject({ kind: 'refused', short });
  });

  it('is told by the others that a release is taken', async () => {
    const session = await sessionAt({ takes: false }, {}, {});
    expect(await session.ask(release)).toEqual({ kind: 'taken' });
  });
});

it('gives no cost of a release whose estimate is refused', async () => {
  const refused = { takes: true, estimates: false };
  const session = await sessionAt(refused);
  await expect(session.readCost(release)).rejects.toThrow(/^the ledger would refuse the release: MarginTooLow/);
});

it('reads line, verdict and cost from a single provider', async () => {
  const session = await sessionAt({});
  expect((await session.readLine(owner)).seasoned).toBe(FULL);
  expect(await session.ask(release)).toEqual({ kind: 'taken' });
  expect((await session.readCost(release)).gas).toBe(65_536n);
  const refusing = await sessionAt({ takes: false });
  expect(await refusing.ask(release)).toMatchObject({
    kind: 'refused',
    detail: expect.stringContaining('MarginTooLow'),
  });
});
