import { readFileSync } from 'node:fs';
import { collateralLedgerAbi, collateralVaultAbi, developmentTokenAbi } from '@surety/contracts';
import {
  type RunningProcess,
  type AccountName,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  awaitReadiness,
  borrow,
  compareMargins,
  connectWallet,
  devnetAccount,
  openCreditLine,
  plannedOf,
  waitUntil,
  marketOf,
} from '@surety/devnet';
import type { StateHashView, StatusView } from '@surety/client';
import type { Address } from '@surety/domain';
import { type Hex, type PublicClient, pad } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noiseOf } from './noise-of.js';
import { type Answer, runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const HOME = SETTLEMENT_CHAIN_ID;
const WITHIN_MS = 60_000;
const ONE = 1_000_000n;
const ZERO = pad('0x00');
/** The vault's flag of a pause of payments. @source IVaultAdmin.pause */
const PAY = 8;
/** The ledger's flag of a pause of credit. @source ILedgerTerms.pause */
const CREDIT = 2;
let line: Line;

// Nobody signs anything here: no attester runs, and no relayer.
beforeAll(async () => {
  line = await startLine({ localVault: true, watchers: 0, relayers: 0 });
});
afterAll(() => line?.stop());

const network = (): Line['devnet']['network'] => line.devnet.network;
const reader = (): PublicClient => network().readers.get(HOME) as PublicClient;
const vault = () => ({ address: plannedOf(network(), HOME).vault, abi: collateralVaultAbi }) as const;
const ledger = () => ({ address: network().plan.settlement.ledger, abi: collateralLedgerAbi }) as const;
const token = (): Address => marketOf(network()).token;
const assetId = (): number => plannedOf(network(), HOME).assetIds[0] ?? 0;

const surety = (by: AccountName, ...args: string[]): Promise<Answer> =>
  runSurety(args, { ...line.devnet.environmentOf('operator'), SURETY_KEY: devnetAccount(by).key });
const lockedBy = (by: AccountName, amount: string, ...more: string[]): Promise<Answer> =>
  surety(by, 'lock', '--chain', 'settlement', '--asset', 'USDS', '--amount', amount, '--yes', ...more);
const releasedBy = (by: AccountName, amount: string, ...more: string[]): Promise<Answer> =>
  surety(by, 'release', '--chain', 'settlement', '--asset', 'USDS', '--amount', amount, '--yes', ...more);

async function send(
  by: AccountName,
  call: { address: Address; abi: readonly unknown[]; functionName: string; args: readonly unknown[] },
): Promise<bigint> {
  const wallet = connectWallet(network().nodes.get(HOME)?.url ?? '', HOME, by);
  const hash = await wallet.writeContract(call);
  const { status, blockNumber } = await reader().waitForTransactionReceipt({ hash });
  if (status !== 'success') throw new Error(`${call.functionName} in ${hash} was ${status}; expected success`);
  return blockNumber;
}

const mint = (by: AccountName, units: bigint): Promise<bigint> =>
  send(by, {
    address: token(),
    abi: developmentTokenAbi,
    functionName: 'mint',
    args: [devnetAccount(by).address, units],
  });
const balanceOf = (of: AccountName): Promise<bigint> =>
  reader().readContract({
    address: token(),
    abi: developmentTokenAbi,
    functionName: 'balanceOf',
    args: [devnetAccount(of).address],
  });
const lineOf = async (of: AccountName): Promise<bigint> =>
  (await reader().readContract({ ...ledger(), functionName: 'lineOf', args: [accountOf(of), assetId()] })).amount;

/** Initial and maintenance assets of an account at a block, in whole units. */
async function assetsAt(
  of: AccountName,
  blockNumber: bigint,
): Promise<readonly [initial: bigint, maintenance: bigint]> {
  const [initial, , , , maintenance] = await reader().readContract({
    ...ledger(),
    functionName: 'marginOf',
    args: [accountOf(of)],
    blockNumber,
  });
  return [initial / 10n ** 18n, maintenance / 10n ** 18n];
}

/** A lock at the vault itself, as somebody makes it who does not know the desk. */
async function lockPlainly(by: AccountName, units: bigint): Promise<void> {
  await mint(by, units);
  await send(by, {
    address: token(),
    abi: developmentTokenAbi,
    functionName: 'approve',
    args: [vault().address, units],
  });
  await send(by, { ...vault(), functionName: 'lock', args: [1, units, accountOf(by), ZERO, 0n, 0n] });
}

/** Waits for a block of a later second than the newest one, and gives its number: two blocks may be of one second. */
async function nextSecond(): Promise<bigint> {
  const newest = await reader().getBlock();
  return waitUntil({
    what: `a block after second ${newest.timestamp}`,
    withinMs: WITHIN_MS,
    probe: async () => {
      const { number, timestamp } = await reader().getBlock();
      return timestamp > newest.timestamp ? number : undefined;
    },
  });
}

const stageOf = (id: string, stage: string) =>
  waitUntil({
    what: `${id} is ${stage}`,
    withinMs: WITHIN_MS,
    probe: async () => {
      const [entry] = await line.devnet.aggregator.readEntry(id);
      return entry?.stage === stage ? entry : undefined;
    },
  });

test('a lock is credited in its own transaction, secures a loan a second later, and is paid out in one', async () => {
  await mint('alice', 1_000n * ONE);
  expect((await lockedBy('alice', '1000', '--fee', '1')).refusal).toMatchObject({ code: 'BAD_USE' });
  const locked = await lockedBy('alice', '1000', '--wait');
  expect([locked.code, locked.output]).toMatchObject([0, { stage: 'applied', amount: String(1_000n * ONE) }]);
  const { blockNumber } = await reader().getTransactionReceipt({ hash: locked.output['txHash'] as Hex });
  // 1,000 USDS by 0.98 and by 0.95: for maintenance in the block of the lock, for initial from the next second on.
  expect(await assetsAt('alice', blockNumber)).toEqual([0n, 980n]);
  const later = await nextSecond();
  expect(await assetsAt('alice', later)).toEqual([950n, 980n]);

  const credit = await openCreditLine(network(), 10_000n * ONE);
  await borrow(network(), credit, 'alice', 500n * ONE);
  const tooMuch = await releasedBy('alice', '1000');
  expect(tooMuch.refusal).toMatchObject({
    code: 'RELEASE_REFUSED',
    message: expect.stringMatching(
      /^[\d.]+ USDS may leave now; repay [\d.]+ USDS at .*0x\w{40} for the rest; nothing was sent$/,
    ),
  });
  const before = await balanceOf('alice');
  const released = await releasedBy('alice', '100', '--wait');
  expect([released.code, released.output]).toMatchObject([0, { stage: 'paid', amount: String(100n * ONE) }]);
  expect([await balanceOf('alice'), await lineOf('alice')]).toEqual([before + 100n * ONE, 900n * ONE]);
  expect(await stageOf(released.output['id'] as string, 'paid')).toMatchObject({ quorum: 0, attestedBy: 0 });
});

test('anybody credits a lock and delivers a release that went past the desk', async () => {
  await lockPlainly('bob', 40n * ONE);
  const { edgeId, returnEdgeId } = plannedOf(network(), HOME);
  const waiting = await stageOf(`${edgeId}:2`, 'final');
  expect(waiting.next).toBe('anyone credits it: surety credit');
  const triedCredit = await surety('alice', 'credit', '--dry-run');
  expect(triedCredit.output).toMatchObject({ credited: '0', transactions: [], tried: ['credit'] });
  expect(await lineOf('bob')).toBe(0n);
  expect((await surety('alice', 'credit', '--yes')).output).toMatchObject({ credited: '1', count: '2' });
  expect(await lineOf('bob')).toBe(40n * ONE);
  expect((await surety('alice', 'credit', '--yes')).output).toMatchObject({ credited: '0', transactions: [] });
  await stageOf(`${edgeId}:2`, 'applied');

  await nextSecond();
  const recipient = pad(devnetAccount('bob').address);
  await send('bob', {
    ...ledger(),
    functionName: 'requestRelease',
    args: [accountOf('bob'), assetId(), 10n * ONE, recipient, 0n],
  });
  const before = await balanceOf('bob');
  // A lock through the desk is not held up by what waits on the way back.
  await mint('alice', 5n * ONE);
  expect((await lockedBy('alice', '5')).output).toMatchObject({ stage: 'applied' });
  const pausedUntil = Number((await reader().getBlock()).timestamp) + 3_600;
  await send('pauser', { ...vault(), functionName: 'pause', args: [PAY, 1, pausedUntil] });
  const refused = await surety('alice', 'deliver', '--yes');
  expect(refused.refusal).toMatchObject({ code: 'CARRY_REFUSED', message: expect.stringContaining('Paused') });
  await send('governor', { ...vault(), functionName: 'unpause', args: [PAY, 1] });
  // What the first run recorded, the aggregator lists.
  await stageOf(`${returnEdgeId}:2`, 'payable');
  const { explanations } = (await surety('alice', 'explain', `${returnEdgeId}:2`)).output;
  expect(explanations).toMatchObject([{ next: { run: 'surety deliver' } }]);
  const triedPay = await surety('alice', 'deliver', '--dry-run');
  expect(triedPay.output).toMatchObject({ delivered: '0', paid: [], tried: ['pay'] });
  expect(await balanceOf('bob')).toBe(before);
  const delivered = await surety('alice', 'deliver', '--yes');
  expect(delivered.output).toMatchObject({ delivered: '0', count: '2', paid: [{ seq: '2' }] });
  expect(await balanceOf('bob')).toBe(before + 10n * ONE);
  await stageOf(`${returnEdgeId}:2`, 'paid');
});

test('a long backlog is credited in as many transactions as it takes', async () => {
  const account = accountOf('bob');
  await mint('bob', 140n * ONE);
  await send('bob', {
    address: token(),
    abi: developmentTokenAbi,
    functionName: 'approve',
    args: [vault().address, 140n * ONE],
  });
  const wallet = connectWallet(network().nodes.get(HOME)?.url ?? '', HOME, 'bob');
  const nonce = await reader().getTransactionCount({ address: wallet.account.address });
  const hashes = await Promise.all(
    Array.from({ length: 140 }, (_, at) =>
      wallet.writeContract({
        ...vault(),
        functionName: 'lock',
        args: [1, ONE, account, ZERO, 0n, 0],
        nonce: nonce + at,
        gas: 300_000n,
      }),
    ),
  );
  for (const hash of hashes) await reader().waitForTransactionReceipt({ hash });
  const early = await lockedBy('alice', '1');
  expect(early.refusal?.message).toBe('140 entries of others wait; expected at most 64: run surety credit first');
  const { output, refusal } = await surety('alice', 'credit', '--yes');
  expect([refusal, output]).toMatchObject([undefined, { credited: '140' }]);
  expect(output['transactions']).toHaveLength(3);
  expect(await lineOf('bob')).toBe(170n * ONE);
});

test('the aggregator holds the ledger’s state of it, says that nobody signs, and rebuilds the same from the chain', async () => {
  const { aggregator } = line.devnet;
  expect(await lineOf('bob')).toBe(170n * ONE);
  // By then all that was credited is seasoned.
  const status = await statusAt(await nextSecond());
  expect(status.ready).toBe(true);
  expect(status.selfCheck.differences).toBe(0);
  expect(status.selfCheck.comparedAccounts).toBeGreaterThan(0);
  const local = status.edges.filter(({ source }) => source === 0);
  expect(local).toMatchObject([
    { direction: 'to-ledger', local: true, attesters: [], attestedCount: 0n, appliedCount: 143n, condition: null },
    { direction: 'to-vault', local: true, attesters: [], attestedCount: 0n, appliedCount: 2n, condition: null },
  ]);
  for (const name of ['alice', 'bob'] as const) {
    const { overHttp, onChain, byHand } = await compareMargins(line.devnet, accountOf(name));
    expect({ name, ...overHttp }).toEqual({ name, ...onChain });
    expect({ name, ...byHand }).toEqual({ name, ...onChain });
  }
  const { assets } = await aggregator.readSolvency();
  const own = await reader().readContract({ ...vault(), functionName: 'assetOf', args: [1] });
  const kept = assets.find(({ source }) => source === 0);
  expect(kept).toMatchObject({ symbol: 'USDS', parked: 0n, owed: own.owed, paid: own.paidCum, chainId: HOME });
  expect(kept?.lines).toBe((await lineOf('alice')) + (await lineOf('bob')));

  // A price that a relayer brings now would be in the state that is rebuilt, and not in this one.
  await line.devnet.running('relayer')?.stop();
  const before = (await statusAt(await nextSecond())).stateHash as StateHashView;
  expect(before.chains.map(({ chainId }) => chainId)).toEqual([HOME, HOME]);
  const { logFile } = line.devnet.running('aggregator') as RunningProcess;
  await line.devnet.running('aggregator')?.stop();
  const loggedBefore = readFileSync(logFile, 'utf8');
  await line.devnet.deleteAggregatorDatabase();
  await line.devnet.start('aggregator');
  const after = await waitUntil({
    what: 'the same state hash',
    withinMs: WITHIN_MS,
    probe: async () => {
      const { stateHash } = await aggregator.readStatus();
      return stateHash?.chains.at(-1)?.height === before.chains.at(-1)?.height && stateHash?.chains.length === 2
        ? stateHash
        : undefined;
    },
  });
  expect(after).toEqual(before);
  // What a rebuild meets on its way is expected, and nothing to wake an operator for.
  expect(noiseOf(readFileSync(logFile, 'utf8').slice(loggedBefore.length))).toEqual([]);
  await awaitReadiness(await line.devnet.start('relayer'), WITHIN_MS);
});

/** Waits until the aggregator has compared a block with the ledger. */
function statusAt(height: bigint): Promise<StatusView> {
  return waitUntil({
    what: `block ${height} compared`,
    withinMs: WITHIN_MS,
    probe: async () => {
      const seen = await line.devnet.aggregator.readStatus();
      return (seen.selfCheck.block?.height ?? 0n) >= height && seen.stateHash !== null ? seen : undefined;
    },
  });
}

test('the command line tells of source 0 what the chain says', async () => {
  const doctor = await surety('alice', 'doctor');
  const findings = doctor.output['findings'] as { check: string; result: string }[];
  expect([doctor.refusal, findings.find(({ check }) => check === 'desk of source 0')]).toMatchObject([
    undefined,
    { result: 'ok' },
  ]);
  const powers = await surety('alice', 'powers', '--losses');
  const rows = powers.output['powers'] as { chain: string; contract: string; act: string }[];
  expect(
    rows.filter(({ chain, contract }) => chain === 'settlement' && contract === 'CollateralVault').length,
  ).toBeGreaterThan(0);
  const breaches = powers.output['breaches'] as { where: string }[];
  expect(breaches.filter(({ where }) => where.startsWith('source 0'))).toEqual([]);
  const relayed = await surety('alice', 'relay', '--chain', 'settlement', '--yes');
  expect(relayed.refusal).toMatchObject({ code: 'BAD_USE' });
  expect(relayed.refusal?.message).toContain('expected surety credit');
  const solvency = await surety('alice', 'proof', 'solvency');
  expect([solvency.code, solvency.refusal]).toEqual([0, undefined]);
  const vaults = solvency.output['vaults'] as { source: number; assets: { balance: object | null }[] }[];
  expect(vaults.find(({ source }) => source === 0)?.assets.map(({ balance }) => balance)).not.toContain(null);
});

test('whoever waits for what does not come at once learns it from the exit code, after the result', async () => {
  const until = Number((await reader().getBlock()).timestamp) + 3_600;
  await send('pauser', { ...ledger(), functionName: 'pause', args: [0, assetId(), CREDIT, until] });
  await mint('alice', ONE);
  const locked = await lockedBy('alice', '1', '--wait');
  await send('governor', { ...ledger(), functionName: 'unpause', args: [0, assetId()] });
  expect(locked).toMatchObject({ code: 1, output: { stage: 'parked' }, refusal: { code: 'NOT_COUNTED' } });
  expect(locked.refusal?.message).toBe(
    `${String(locked.output['id'])} ended otherwise: parked; expected it to count in the margin; see surety explain ${String(locked.output['id'])}`,
  );

  const { min, cap } = await reader().readContract({ ...vault(), functionName: 'assetOf', args: [1] });
  // Of 2,000 USDS a day, 10 leave at once, and up to 100 after half an hour.
  await send('governor', { ...vault(), functionName: 'setLimits', args: [1, min, cap, 2_000_000n] });
  const released = await releasedBy('alice', '60', '--wait');
  expect(released).toMatchObject({ code: 75, output: { stage: 'recorded' }, refusal: { code: 'STILL_UNDER_WAY' } });
  const unwaited = await releasedBy('alice', '60');
  expect(unwaited).toMatchObject({ code: 0, output: { stage: 'recorded' }, refusal: undefined });
});

test('its exit is needless: the command line says so, and sends nothing', async () => {
  const own = { address: devnetAccount('alice').address };
  const shown = await surety('alice', 'exit', 'show', '--chain', 'settlement', '--account', own.address);
  expect(shown).toMatchObject({ code: 0, output: { next: { kind: 'needless' }, items: [] } });
  const sent = await reader().getTransactionCount(own);
  for (const act of [['open'], ['end', '--asset', 'USDS']]) {
    const refused = await surety('alice', 'exit', ...act, '--chain', 'settlement', '--yes');
    expect(refused).toMatchObject({ code: 1, refusal: { code: 'EXIT_REFUSED' } });
    expect(refused.refusal?.message).toContain('release at the ledger (surety release)');
  }
  expect(await reader().getTransactionCount(own)).toBe(sent);
});
