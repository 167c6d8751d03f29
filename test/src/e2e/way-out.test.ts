import {
  type AccountName,
  type Devnet,
  accountOf,
  devnetAccount,
  lockTokens,
  readLedgerLine,
  readTokenBalance,
  waitUntil,
} from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const ALPHA = 901;
const WITHIN_MS = 60_000;
const DAY_S = 86_400;
const UNIT = 1_000_000n;
const LOCKED = 9_000n * UNIT;
const RELEASED = 1_000n * UNIT;
/** Locked when nobody attests any more. */
const UNHEARD = 500n * UNIT;
let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  line = await startLine();
  devnet = line.devnet;
});
afterAll(() => line?.stop());

const usdc = { chainId: ALPHA, asset: 'USDC' } as const;
const purseOf = (name: AccountName): Promise<bigint> =>
  readTokenBalance(devnet.network, { ...usdc, holder: devnetAccount(name).address });

/** Moves the clock of every chain on. */
async function passTime(seconds: number): Promise<void> {
  for (const node of devnet.network.nodes.values()) {
    await node.call('evm_increaseTime', [seconds]);
    await node.call('evm_mine', []);
  }
}

/** What a person types once the aggregator is gone too. */
function surety(by: AccountName, ...args: readonly string[]): Promise<Answer> {
  const { SURETY_AGGREGATOR_URLS: _, ...environment } = devnet.environmentOf('operator');
  return runSurety(args, { ...environment, SURETY_KEY: devnetAccount(by).key });
}

const exit = (by: AccountName, act: string, ...args: readonly string[]): Promise<Answer> =>
  surety(by, 'exit', act, '--chain', 'alpha', ...args);

test('owners take out what they have by storage proofs alone, where nobody attests any more', async () => {
  await lockTokens(devnet.network, { ...usdc, by: 'alice', units: LOCKED });
  await waitUntil({
    what: 'the lock credited',
    withinMs: WITHIN_MS,
    probe: async () =>
      (await readLedgerLine(devnet.network, { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') })) === LOCKED
        ? true
        : undefined,
  });
  expect((await exit('bob', 'show')).output).toMatchObject({ asOf: '0', next: { kind: 'never' } });
  expect((await exit('bob', 'open', '--yes')).refusal?.code).toBe('EXIT_REFUSED');
  const before = await purseOf('alice');
  const release = ['release', '--chain', 'alpha', '--asset', 'USDC', '--amount', '1000', '--yes'];
  expect((await surety('alice', ...release)).code).toBe(0);
  await waitUntil({
    what: 'the release paid',
    withinMs: WITHIN_MS,
    probe: async () => ((await purseOf('alice')) - before === RELEASED ? true : undefined),
  });
  for (const role of ['watcher', 'relayer', 'aggregator'] as const)
    for (const number of [1, 2, 3, 4]) await devnet.running(role, number)?.stop();
  await lockTokens(devnet.network, { ...usdc, by: 'alice', units: UNHEARD });

  const early = await exit('bob', 'open', '--yes');
  expect(early.refusal).toMatchObject({ code: 'EXIT_REFUSED', message: expect.stringContaining('ExitTooEarly') });
  await passTime(30 * DAY_S);
  expect((await exit('bob', 'open', '--dry-run')).output).toMatchObject({ acts: [{ act: 'announce', txHash: null }] });
  expect((await exit('bob', 'open')).refusal?.code).toBe('DECLINED');
  const announced = await exit('bob', 'open', '--yes');
  expect(announced.output).toMatchObject({ acts: [{ act: 'announce' }], next: { kind: 'wait' } });
  expect((await exit('bob', 'open', '--yes')).output).toMatchObject({ acts: [], next: { kind: 'wait' } });
  expect((await exit('alice', 'claim', '--yes')).refusal?.message).toContain('not open');
  await passTime(7 * DAY_S);
  expect((await exit('bob', 'open', '--yes')).output).toMatchObject({
    acts: [{ act: 'prove' }],
    next: { kind: 'claim' },
  });
  expect((await exit('bob', 'open', '--yes')).output).toMatchObject({ acts: [], next: { kind: 'claim' } });

  const { address: owner } = devnetAccount('alice');
  const shown = await exit('bob', 'show', '--account', owner);
  expect(shown.output).toMatchObject({
    next: { kind: 'claim' },
    items: [
      { name: 'line:USDC', amount: String(LOCKED - RELEASED) },
      { name: 'entry:2', amount: String(UNHEARD) },
    ],
  });
  const nothing = await exit('bob', 'show', '--account', devnetAccount('bob').address);
  expect(nothing.output).toMatchObject({ items: [] });

  const stolen = await exit('bob', 'claim', '--account', owner, '--recipient', devnetAccount('bob').address, '--yes');
  expect(stolen.refusal).toMatchObject({ code: 'EXIT_REFUSED', message: expect.stringContaining('ExitNotOwner') });
  const unknown = await exit('alice', 'claim', '--item', 'line:WETH', '--yes');
  expect(unknown.refusal).toMatchObject({ code: 'BAD_USE', message: expect.stringContaining('line:USDC, entry:2') });
  const tooMuch = await exit('alice', 'claim', '--item', 'line:USDC', '--amount', '8000.000001', '--yes');
  expect(tooMuch.refusal).toMatchObject({ code: 'EXIT_REFUSED', message: expect.stringContaining('8,000 USDC') });
  const dry = await exit('alice', 'claim', '--dry-run');
  expect(dry.output).toMatchObject({
    claims: [
      { item: 'line:USDC', txHash: null },
      { item: 'entry:2', txHash: null },
    ],
  });
  const part = await exit('alice', 'claim', '--item', 'line:USDC', '--amount', '0.5', '--yes');
  expect(part.output).toMatchObject({ claims: [{ item: 'line:USDC', amount: '500000' }] });
  const rest = await exit('alice', 'claim', '--yes');
  const claims = rest.output['claims'] as readonly { readonly amount: string }[];
  const claimed = claims.reduce((sum, { amount }) => sum + BigInt(amount), 500_000n);
  expect(claimed).toBe(LOCKED - RELEASED + UNHEARD);
  expect((await exit('alice', 'claim', '--yes')).output).toMatchObject({ claims: [] });

  const { output: waiting } = await exit('bob', 'pay', '--dry-run');
  expect([waiting['paid'], waiting['later']].flat()).toHaveLength(claims.length + 1);
  await passTime(2 * DAY_S);
  expect((await exit('bob', 'pay', '--account', devnetAccount('bob').address, '--yes')).output).toMatchObject({
    paid: [],
  });
  expect((await exit('bob', 'pay', '--yes')).output).toMatchObject({ later: [] });
  // Every lock mints what it takes.
  expect((await purseOf('alice')) - before).toBe(LOCKED + UNHEARD);
  expect((await exit('bob', 'pay', '--yes')).output).toMatchObject({ paid: [], later: [] });
});
