import type { LockQuoteView, MarginView } from '@surety/client';
import { developmentTokenAbi } from '@surety/contracts';
import {
  type AccountName,
  SETTLEMENT_CHAIN_ID,
  assetIdOf,
  connectWallet,
  devnetAccount,
  followLock,
  lockTokens,
  marketOf,
  waitUntil,
} from '@surety/devnet';
import { accountId } from '@surety/domain';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const ALPHA = 901;
const BETA = 902;
const WETH_OF_BETA = { chainId: BETA, asset: 'WETH' } as const;
const WITHIN_MS = 60_000;
const ALICE = devnetAccount('alice').address;
let line: Line;

beforeAll(async () => {
  line = await startLine();
});
afterAll(() => line?.stop());

const surety = (args: readonly string[], environment: Record<string, string> = {}): Promise<Answer> =>
  runSurety(args, {
    ...line.devnet.environmentOf('operator'),
    SURETY_KEY: devnetAccount('alice').key,
    ...environment,
  });
const readerOf = (chainId: number): PublicClient => line.devnet.network.readers.get(chainId) as PublicClient;

/** Number of transactions that alice has sent, on every chain. */
const sent = async (): Promise<number> => {
  const counts = await Promise.all(
    [SETTLEMENT_CHAIN_ID, ALPHA, BETA].map((id) => readerOf(id).getTransactionCount({ address: ALICE })),
  );
  return counts.reduce((sum, count) => sum + count, 0);
};

/** Runs a command that is to be refused, and sends nothing: what it said, with its exit code in front. */
async function mistake(args: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  const before = await sent();
  const { code, refusal } = await surety(args, environment);
  expect(await sent()).toBe(before);
  return `${code} ${refusal?.code}: ${refusal?.message}`;
}

const lock = (chain: string, asset: string, amount: string, ...more: string[]): string[] => [
  'lock',
  '--chain',
  chain,
  '--asset',
  asset,
  '--amount',
  amount,
  '--yes',
  ...more,
];

describe('a mistaken lock is refused with what to do, and sends nothing', () => {
  test('more than the wallet holds, and no approval either', async () => {
    expect(await mistake(lock('alpha', 'WETH', '1'))).toMatch(
      /^1 WALLET_SHORT: the wallet holds 0 WETH on alpha; expected at least 1; add --native to lock the coin itself \(you have [\d,.]+\); nothing was sent$/,
    );
    expect(await mistake(lock('alpha', 'USDC', '5'))).toMatch(
      /^1 WALLET_SHORT: the wallet holds 0 USDC on alpha; expected at least 5; lock less, or get USDC on alpha first/,
    );
    expect(await mistake(lock('alpha', 'WETH', '15000', '--native'))).toMatch(
      /^1 WALLET_SHORT: the wallet holds [\d,.]+ of the coin of alpha; expected at least 15,000 and what gas costs/,
    );
  });

  test('the coin for a token that does not wrap it', async () => {
    expect(await mistake(lock('alpha', 'USDC', '1', '--native'))).toBe(
      '2 BAD_USE: --native: USDC is no wrapped coin on alpha; --native goes with WETH, or leave it out',
    );
  });

  test('an unlisted asset, a chain without a vault, too many decimals, too little and too much', async () => {
    expect(await mistake(lock('alpha', 'DOGE', '1'))).toMatch(/^2 UNKNOWN_ASSET: asset "DOGE" is not listed on alpha/);
    expect(await mistake(lock('gamma', 'WETH', '1'))).toMatch(/^2 UNKNOWN_CHAIN: chain "gamma" has no vault/);
    expect(await mistake(lock('alpha', 'USDC', '1.0000001'))).toMatch(/^2 BAD_USE: .* has 7 decimals; the token has 6/);
    expect(await mistake(lock('alpha', 'WETH', '0.0001', '--native'))).toMatch(/^1 LOCK_REFUSED: .*BELOW_MINIMUM/);
    expect(await mistake(lock('alpha', 'WETH', '1000000', '--native'))).toMatch(/^1 LOCK_REFUSED: .*CAP_EXCEEDED/);
  });

  test('an account with a letter of the wrong case', async () => {
    const mistyped = `0x${ALICE.slice(2, -1)}${ALICE.endsWith('F') ? 'f' : ALICE.slice(-1)}`.replace(
      /[a-f]/,
      (letter) => letter.toUpperCase(),
    );
    expect(await mistake(lock('alpha', 'WETH', '1', '--native', '--account', mistyped))).toMatch(
      /^2 BAD_CHECKSUM: --account is "0x.*, whose checksum is wrong/,
    );
  });

  test('an endpoint of another chain', async () => {
    const urls = line.devnet.environmentOf('operator');
    const swapped = Object.fromEntries(
      Object.keys(urls)
        .filter((name) => name.startsWith('RPC_URL_ALPHA_'))
        .map((name) => [name, urls[name.replace('ALPHA', 'BETA')] ?? '']),
    );
    expect(await mistake(lock('alpha', 'WETH', '1', '--native'), swapped)).toMatch(
      /^(?:1|75) (?:PROVIDER_FAILED|CHAIN_MISMATCH): .*902/,
    );
  });

  test('a dry run shows what it costs, and sends nothing', async () => {
    const before = await sent();
    const { code, output } = await surety(lock('beta', 'WETH', '4', '--native', '--dry-run'));
    expect(await sent()).toBe(before);
    expect([code, output['txHash'], output['delays']]).toEqual([0, null, []]);
    expect(Number(output['gas'])).toBeGreaterThan(21_000);
    expect(await mistake([...lock('alpha', 'WETH', '1'), '--dry-run'])).toMatch(/^1 WALLET_SHORT/);
  });
});

const release = (asset: string, amount: string, ...more: string[]): string[] => [
  'release',
  '--chain',
  'beta',
  '--asset',
  asset,
  '--amount',
  amount,
  '--yes',
  ...more,
];

describe('a mistaken release is refused with what to do, and sends nothing', () => {
  let quoted: LockQuoteView;
  let counted: MarginView;

  beforeAll(async () => {
    const { network } = line.devnet;
    const { token } = marketOf(network);
    const wallet = connectWallet(network.nodes.get(SETTLEMENT_CHAIN_ID)?.url ?? '', SETTLEMENT_CHAIN_ID, 'bob');
    const args = [devnetAccount('bob').address, 10_000_000_000n] as const;
    const hash = await wallet.writeContract({ address: token, abi: developmentTokenAbi, functionName: 'mint', args });
    await readerOf(SETTLEMENT_CHAIN_ID).waitForTransactionReceipt({ hash });
    const act = async (by: AccountName, ...words: string[]): Promise<void> => {
      const { refusal } = await surety(['market', ...words, '--yes'], { SURETY_KEY: devnetAccount(by).key });
      expect(refusal).toBeUndefined();
    };
    const units = 4n * 10n ** 18n;
    const account = accountId({ owner: ALICE, home: 0, sub: 0n });
    const { aggregator } = line.devnet;
    quoted = await aggregator.quoteLock({ account, assetId: assetIdOf(network, WETH_OF_BETA), amount: units });
    const locked = await lockTokens(network, { chainId: BETA, by: 'alice', asset: 'WETH', units });
    await act('bob', 'deposit', 'usds', '--amount', '10000');
    await act('bob', 'cover', 'usds', '--shares', '1000');
    await act('alice', 'opt-in', 'usds');
    await followLock(line.devnet, { chainId: BETA, lock: locked, withinMs: WITHIN_MS });
    counted = await waitUntil({
      what: 'the margin of the lock',
      withinMs: WITHIN_MS,
      everyMs: 200,
      probe: async () => {
        const margin = await aggregator.readMargin(account);
        return margin.grades.maintenance.assetsWad > quoted.marginBefore.maintenance.assetsWad ? margin : undefined;
      },
    });
    await act('alice', 'borrow', 'usds', '--amount', '5000');
  });

  test('the quote of a lock says the margin that it then brings', () => {
    const { outcome, gainedWad, marginBefore } = quoted;
    expect([outcome, gainedWad.maintenance > 0n]).toEqual(['counted', true]);
    for (const grade of ['initial', 'exit', 'maintenance'] as const) {
      const gained = counted.grades[grade].freeWad - marginBefore[grade].freeWad;
      const miss = gained - gainedWad[grade];
      // Only the age of its source moves it between the two: by less than a thousandth.
      expect(
        1_000n * (miss < 0n ? -miss : miss) <= gainedWad[grade],
        `${grade}: ${gained}, quoted ${gainedWad[grade]}`,
      ).toBe(true);
    }
  });

  test('a recipient that is none, or that nobody can be paid at', async () => {
    expect(await mistake(release('WETH', '1', '--recipient', '0x12'))).toBe(
      '2 BAD_USE: --recipient is "0x12", 1 of 20 bytes; expected an address: 0x and 40 hex digits',
    );
    expect(await mistake(release('WETH', '1', '--recipient', `0x${'00'.repeat(20)}`))).toMatch(
      /^1 RELEASE_REFUSED: .*RecipientRefused\(0x0+\): nobody can be paid at this recipient/,
    );
  });

  test('more than the line holds', async () => {
    expect(await mistake(release('WETH', '5'))).toMatch(
      /^1 RELEASE_REFUSED: 0x\w+ holds 4 WETH on beta, of which 4 WETH may leave now; expected at least 5 WETH/,
    );
  });

  test('more than the margin lets go: how much may leave, and what to repay where for the rest', async () => {
    expect(await mistake(release('WETH', '4'))).toMatch(
      /^1 RELEASE_REFUSED: [12]\.\d+ WETH may leave now; repay 5,000(?:\.\d+)? USDS at market usds 0x\w{40} for the rest; nothing was sent$/,
    );
  });

  test('all is what may leave, and then nothing more does', async () => {
    const before = await sent();
    const dry = await surety([...release('WETH', 'all'), '--dry-run']);
    expect([dry.code, dry.output['txHash'], await sent()]).toEqual([0, null, before]);
    expect(dry.told).toMatch(/WETH may leave now; repay 5,000(?:\.\d+)? USDS at market usds/);
    const whole = await surety(release('WETH', 'all'));
    expect([whole.refusal, await sent()]).toEqual([undefined, before + 1]);
    const left = BigInt(String(whole.output['amount'])) - BigInt(String(dry.output['amount']));
    // Interest and the age of the source move it a little between the two.
    expect(left * left < (10n ** 16n) ** 2n).toBe(true);
    expect(await mistake(release('WETH', '1'))).toMatch(/^1 RELEASE_REFUSED: 0(?:\.\d+)? WETH may leave now; repay/);
  });
});

test('a dry run of a role’s act fails where it would be refused', async () => {
  const limits = ['--minimum', '1', '--cap', '1000', '--limit', '5'];
  const said = await mistake(['vault', 'set-limits', '--chain', 'alpha', '--asset', 'USDC', ...limits, '--dry-run']);
  expect(said).toMatch(/^1 ACT_REFUSED: vault set-limits .*LimitBelowMinimum\(375000, 1000000\): the largest payment/);
});

test('limits of a vault that are not named stay as they are, and are shown beside the others', async () => {
  const limits = (...more: string[]): string[] => [
    'vault',
    'set-limits',
    '--chain',
    'alpha',
    '--asset',
    'USDC',
    ...more,
    '--dry-run',
  ];
  const kept = await surety(limits('--cap', '123456'));
  const [minimum, cap, limit] = kept.output['changes'] as { option: string; before: string; after: string }[];
  expect([kept.code, cap?.option, cap?.after]).toEqual([0, 'cap', '123456']);
  expect([minimum?.option, minimum?.after, limit?.option, limit?.after]).toEqual([
    'minimum',
    minimum?.before,
    'limit',
    limit?.before,
  ]);
  expect(Number(minimum?.before)).toBeGreaterThan(0);
  expect(await mistake(limits())).toBe(
    '2 BAD_USE: none of --minimum, --cap, --limit is given; expected at least one, what is left out stays as it is',
  );
});

test('a governor without a timelock has nothing that waits, and a list of it is no failure', async () => {
  const listed = await surety(['timelock', 'list']);
  expect([listed.code, listed.output['timelocks']]).toEqual([0, []]);
  const executed = await mistake(['timelock', 'execute', `0x${'11'.repeat(32)}`, '--chain', 'alpha', '--yes']);
  expect(executed).toMatch(/^1 ACT_REFUSED: the governor of alpha is 0x\w{40}, a single key; expected a timelock/);
});

test('a file of statements that does not exist is named', async () => {
  expect(await mistake(['relay', '--statements', '/nope', '--yes'])).toBe(
    '2 NOT_JSON: /nope could not be read (ENOENT): it does not exist; expected a file',
  );
});
