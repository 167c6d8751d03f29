import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import {
  type AccountName,
  type Devnet,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  awaitReceipt,
  connectWallet,
  devnetAccount,
  lockTokens,
  readLedgerLine,
  readTokenBalance,
  requestRelease,
  waitUntil,
  walletOf,
} from '@surety/devnet';
import { ENTRY_BYTES, bytesToHex } from '@surety/domain';
import { type Hex, concatHex, decodeFunctionData, size, stringToHex } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const ALPHA = 901;
const WITHIN_MS = 60_000;
const DAY_S = 86_400;
const UNIT = 1_000_000n;
const LOCKED = 9_000n * UNIT;
/** Below 200, which are paid at once with a limit of 40,000 a day; 3,000 are the most that one payment may be. */
const RELEASED = 150n * UNIT;
const LIMIT_THOUSANDTHS = 40_000_000n;
const STOPPED = 2_500n * UNIT;
const WETH = 10n ** 18n;
/** Locked when nobody attests any more. */
const UNHEARD = 500n * UNIT;
/** The first claim, which goes to another recipient in the end. */
const REDIRECTED = 500_000n;
const COPY = `0x${'c0'.repeat(20)}` as const;
/**
 * Fails where two words are given, as `transfer` takes them; all else is the copy's. JUMPI over: CALLDATACOPY, DELEGATECALL,
 * RETURNDATACOPY, RETURN; then REVERT.
 */
const PAYS_NOTHING = ['0x36604414602d57365f5f375f5f365f73', COPY, '0x5af43d5f5f3e3d5ff35b5f5ffd'] as const;
/** Rights of an operator who may claim. @source ILedgerAccounts.sol */
const MAY_MOVE = 3;
/** Seconds since 1970, years ahead. */
const FOR_LONG = 2_000_000_000;
let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  line = await startLine();
  devnet = line.devnet;
});
afterAll(() => line?.stop());

const usdc = { chainId: ALPHA, asset: 'USDC' } as const;
const lineOf = (symbol: string): Promise<bigint> =>
  readLedgerLine(devnet.network, { chainId: ALPHA, symbol, account: accountOf('alice') });
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

/** Alpha's vault, as those with a role there act on it. */
function alpha() {
  const planned = devnet.network.plan.vaults.find(({ request }) => Number(request.chainId) === ALPHA);
  const [reader, node] = [devnet.network.readers.get(ALPHA), devnet.network.nodes.get(ALPHA)];
  if (planned === undefined || reader === undefined || node === undefined) throw new TypeError('alpha has a vault');
  const vault = { address: planned.vault, abi: collateralVaultAbi } as const;
  const send = async (by: AccountName, functionName: string, args: readonly unknown[]): Promise<void> => {
    const wallet = connectWallet(node.url, ALPHA, by);
    const abi: readonly unknown[] = vault.abi;
    const hash = await wallet.writeContract({ address: vault.address, abi, functionName, args });
    expect(await reader.waitForTransactionReceipt({ hash })).toMatchObject({ status: 'success' });
  };
  return { vault, reader, send, edge: planned.edgeId, returnEdge: planned.returnEdgeId };
}

async function settled(what: string, holds: () => Promise<boolean>): Promise<void> {
  await waitUntil({ what, withinMs: WITHIN_MS, probe: async () => ((await holds()) ? true : undefined) });
}

/** Lets another key act for alice's account from now on. */
async function nameOperator(): Promise<void> {
  const { network } = devnet;
  const wallet = walletOf(network, SETTLEMENT_CHAIN_ID, 'alice');
  const hash = await wallet.writeContract({
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'setOperator',
    args: [accountOf('alice'), devnetAccount('pauser').address, MAY_MOVE, FOR_LONG],
  });
  await awaitReceipt(network, SETTLEMENT_CHAIN_ID, hash);
}

/** A token that pays nothing for a while: the claims of it stay owed, and who made one may name another recipient. */
async function payBesideAToken(): Promise<void> {
  const { reader } = alpha();
  const node = devnet.network.nodes.get(ALPHA);
  const token = devnet.network.tokens.get(ALPHA)?.USDC ?? '0x';
  const code = await reader.getCode({ address: token });
  await node?.call('anvil_setCode', [COPY, code]);
  await node?.call('anvil_setCode', [token, concatHex(PAYS_NOTHING)]);
  const failed = await exit('bob', 'pay', '--yes');
  const next = `surety exit redirect --chain alpha --claim 1 --recipient <address>`;
  expect(failed.refusal).toMatchObject({ code: 'EXIT_REFUSED', message: expect.stringContaining(next) });
  expect(failed.output['paid']).toMatchObject([{ asset: 3 }]);
  const again = await exit('bob', 'pay', '--yes');
  expect(again.refusal?.message).toContain('TransferFailed');
  const to = ['--recipient', devnetAccount('bob').address];
  const redirect = fromRunbook('10', 'npx surety exit redirect --chain alpha --claim <n> --recipient <address>', {
    '<n>': '1',
    '--recipient <address>': to.join(' '),
  });
  const stranger = await surety('bob', ...redirect, '--yes');
  expect(stranger.refusal).toMatchObject({ code: 'EXIT_REFUSED', message: expect.stringContaining('ExitNotOwner') });
  expect((await exit('alice', 'redirect', '--claim', '99', ...to, '--yes')).refusal?.message).toMatch(
    /--claim is "99"; expected one of the claims on alpha: 1, 2/,
  );
  expect((await surety('alice', ...redirect, '--dry-run')).output).toMatchObject({ claim: '1', txHash: null });
  expect((await surety('alice', ...redirect, '--yes')).refusal).toBeUndefined();
  await node?.call('anvil_setCode', [token, code]);
}

/** The opening leads to the head that it keeps first, so that a lock in between, which anyone may make, cannot refuse it. */
async function openBesideALock(): Promise<void> {
  const { vault, reader, send, edge } = alpha();
  const [, count, head] = await reader.readContract({ ...vault, functionName: 'journalHead' });
  await send('bob', 'markExit', [edge, count, head, '0x']);
  await lockTokens(devnet.network, { ...usdc, by: 'bob', units: UNIT });
  const { output } = await exit('bob', 'open', '--yes');
  expect(output).toMatchObject({ acts: [{ act: 'prove' }], next: { kind: 'claim' } });
  const [{ calldata }] = output['acts'] as readonly [{ readonly calldata: Hex }];
  const { args } = decodeFunctionData({ abi: collateralVaultAbi, data: calldata });
  // Entries 3 and 4; not entry 5, the lock after the mark.
  expect(size(args?.[1] as Hex)).toBe(2 * ENTRY_BYTES);
}

test('owners take out what they have by storage proofs alone, where nobody attests any more', async () => {
  const { vault, reader, send, returnEdge } = alpha();
  await lockTokens(devnet.network, { ...usdc, by: 'alice', units: LOCKED });
  await lockTokens(devnet.network, { chainId: ALPHA, asset: 'WETH', by: 'alice', units: WETH });
  await settled(
    'both locks credited',
    async () => (await lineOf('USDC')) === LOCKED && (await lineOf('WETH')) === WETH,
  );
  expect((await exit('bob', 'show')).output).toMatchObject({ asOf: '0', next: { kind: 'never' } });
  expect((await exit('bob', 'open', '--yes')).refusal?.code).toBe('EXIT_REFUSED');
  const { min, cap } = await reader.readContract({ ...vault, functionName: 'assetOf', args: [1] });
  await send('governor', 'setLimits', [1, min, cap, LIMIT_THOUSANDTHS]);
  await nameOperator();
  const before = await purseOf('alice');
  for (const units of [RELEASED, STOPPED]) await requestRelease(devnet.network, { ...usdc, by: 'alice', units });
  await settled('the first release paid, the second queued', async () => {
    const queued = await reader.readContract({ ...vault, functionName: 'payment', args: [2n] });
    return (await purseOf('alice')) - before === RELEASED && queued.state !== 0;
  });
  const packed = bytesToHex(await devnet.aggregator.readEntries(returnEdge, 1n, 2n));
  for (const role of ['watcher', 'relayer', 'aggregator'] as const)
    for (const number of [1, 2, 3, 4]) await devnet.running(role, number)?.stop();
  // The stop journals a refund, entry 3; nobody brings it to the ledger.
  await send('guardian', 'stop', [2n, packed, stringToHex('a stolen key', { size: 32 })]);
  await lockTokens(devnet.network, { ...usdc, by: 'alice', units: UNHEARD });

  const early = await exit('bob', 'open', '--yes');
  expect(early.refusal).toMatchObject({ code: 'EXIT_REFUSED', message: expect.stringContaining('ExitTooEarly') });
  expect((await exit('bob', 'end', '--asset', 'WETH', '--yes')).refusal?.message).toContain('is not open');
  await passTime(30 * DAY_S);
  expect((await exit('bob', 'open', '--dry-run')).output).toMatchObject({ acts: [{ act: 'announce', txHash: null }] });
  expect((await exit('bob', 'open')).refusal?.code).toBe('DECLINED');
  const announced = await exit('bob', 'open', '--yes');
  expect(announced.output).toMatchObject({ acts: [{ act: 'announce' }], next: { kind: 'wait' } });
  expect((await exit('bob', 'open', '--yes')).output).toMatchObject({ acts: [], next: { kind: 'wait' } });
  expect((await exit('alice', 'claim', '--yes')).refusal?.message).toContain('not open');
  await passTime(7 * DAY_S);
  await openBesideALock();
  expect((await exit('bob', 'open', '--yes')).output).toMatchObject({ acts: [], next: { kind: 'claim' } });

  expect((await exit('bob', 'end', '--asset', 'DOGE', '--yes')).refusal).toMatchObject({
    code: 'BAD_USE',
    message: expect.stringMatching(/the vault of alpha lists USDC, .*WETH/),
  });
  expect((await exit('bob', 'end', '--asset', 'WETH', '--dry-run')).output).toMatchObject({
    asset: 'WETH',
    txHash: null,
  });
  expect((await exit('bob', 'end', '--asset', 'weth', '--yes')).output['txHash']).toMatch(/^0x/);
  const again = await exit('bob', 'end', '--asset', 'WETH', '--yes');
  expect(again.refusal).toMatchObject({ code: 'EXIT_REFUSED', message: expect.stringContaining('AssetEnded') });

  const { address: owner } = devnetAccount('alice');
  const shown = await exit('bob', 'show', '--account', owner);
  const onLine = LOCKED - RELEASED - STOPPED;
  expect(shown.output).toMatchObject({
    next: { kind: 'claim' },
    items: [
      { name: 'line:USDC', amount: String(onLine) },
      { name: 'line:WETH', amount: String(WETH) },
      { name: 'entry:4', amount: String(UNHEARD) },
      { name: 'stopped:2', amount: String(STOPPED) },
    ],
  });
  const nothing = await exit('bob', 'show', '--account', devnetAccount('pauser').address);
  expect(nothing.output).toMatchObject({ items: [] });

  const stolen = await exit('bob', 'claim', '--account', owner, '--recipient', devnetAccount('bob').address, '--yes');
  expect(stolen.refusal).toMatchObject({ code: 'EXIT_REFUSED', message: expect.stringContaining('ExitNotOwner') });
  expect(stolen.output).toMatchObject({ claims: [] });
  expect(stolen.output['refused']).toHaveLength(4);
  const unknown = await exit('alice', 'claim', '--item', 'line:WBTC', '--yes');
  expect(unknown.refusal).toMatchObject({ code: 'BAD_USE', message: expect.stringContaining('line:USDC, line:WETH') });
  const tooMuch = await exit('alice', 'claim', '--item', 'line:USDC', '--amount', '6350.000001', '--yes');
  expect(tooMuch.refusal).toMatchObject({ code: 'EXIT_REFUSED', message: expect.stringContaining('6,350 USDC') });
  const dry = await exit('alice', 'claim', '--dry-run');
  expect((dry.output['claims'] as { txHash: null }[]).map(({ txHash }) => txHash)).toEqual([null, null, null, null]);
  // The first claim of each asset lengthens the vault's journal, to whose end entry 4 is proven.
  const part = await exit('alice', 'claim', '--item', 'line:USDC', '--amount', '0.5', '--yes');
  expect(part.output).toMatchObject({ claims: [{ item: 'line:USDC', amount: '500000' }], refused: [] });
  // Whom the owner named before the anchor's block claims for it, and says who is paid.
  const small = ['--item', 'line:USDC', '--amount', '0.25', '--yes'];
  const unnamed = await exit('pauser', 'claim', '--account', owner, ...small);
  expect(unnamed.refusal).toMatchObject({
    code: 'BAD_USE',
    message: expect.stringContaining('--recipient is missing'),
  });
  const byOperator = await exit('pauser', 'claim', '--account', owner, '--recipient', owner, ...small);
  expect(byOperator.output).toMatchObject({ claims: [{ item: 'line:USDC', amount: '250000' }], refused: [] });
  const rest = await exit('alice', 'claim', '--yes');
  expect(rest.refusal).toBeUndefined();
  const claims = rest.output['claims'] as readonly { readonly item: string; readonly amount: string }[];
  expect(claims.map(({ item, amount }) => [item, BigInt(amount)])).toEqual([
    ['line:USDC', 3_000n * UNIT],
    ['line:USDC', 3_000n * UNIT],
    ['line:USDC', onLine - 6_000n * UNIT - 750_000n],
    ['line:WETH', WETH],
    ['entry:4', UNHEARD],
    ['stopped:2', STOPPED],
  ]);
  expect((await exit('alice', 'claim', '--yes')).output).toMatchObject({ claims: [], refused: [] });

  const { output: waiting } = await exit('bob', 'pay', '--dry-run');
  expect([waiting['paid'], waiting['later']].flat()).toHaveLength(claims.length + 2);
  await passTime(10 * DAY_S);
  const none = await exit('bob', 'pay', '--account', devnetAccount('bob').address, '--yes');
  expect(none.output).toMatchObject({ paid: [], later: [] });
  await payBesideAToken();
  expect((await exit('bob', 'pay', '--yes')).output).toMatchObject({ later: [], refused: [] });
  // Every lock mints what it takes.
  expect((await purseOf('alice')) - before).toBe(LOCKED + UNHEARD - REDIRECTED);
  expect((await exit('bob', 'pay', '--yes')).output).toMatchObject({ paid: [], later: [] });
});
