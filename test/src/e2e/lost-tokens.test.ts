import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import {
  type Devnet,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  assetIndexOf,
  awaitReadiness,
  bringTokens,
  devnetAccount,
  lockTokens,
  readHealth,
  readLedgerLine,
  readTokenBalance,
  requestRelease,
  seizeTokens,
  vaultOf,
  waitUntil,
} from '@surety/devnet';
import { WAD } from '@surety/domain';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { ATTESTERS, type Line, startLine } from './start-line.js';

const ALPHA = 901;
/** Watchers and relayers look every ten blocks. */
const WITHIN_MS = 180_000;
const LOCKED = 9_000_000_000n;
const LOST = 900_000_000n;
const RELEASED = 1_000_000_000n;
/** Nine tenths of each unit are left. */
const COVERAGE = (WAD * (LOCKED - LOST)) / LOCKED;
const usdc = { chainId: ALPHA, asset: 'USDC' } as const;
const folder = mkdtempSync(join(tmpdir(), 'surety-solvency-'));
let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  // An aggregator takes no statement of the future, so the chains begin in the past.
  line = await startLine({ behindS: 8 * 86_400 });
  devnet = line.devnet;
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await line?.stop();
});

const readerOf = (id: number): PublicClient => devnet.network.readers.get(id) as PublicClient;
const vaultOnAlpha = () => ({ address: vaultOf(devnet.network, ALPHA), abi: collateralVaultAbi }) as const;
const aliceLine = (): Promise<bigint> =>
  readLedgerLine(devnet.network, { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') });

/** What the ledger counts of a unit and was last told, since when it is impaired, and the account's initial margin. */
async function readLedger() {
  const contract = { address: devnet.network.plan.settlement.ledger, abi: collateralLedgerAbi } as const;
  const reader = readerOf(SETTLEMENT_CHAIN_ID);
  const index = assetIndexOf(devnet.network, usdc);
  const [[inForce, reported, since, coverFrom], [initial]] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'coverageOf', args: [1, index] }),
    reader.readContract({ ...contract, functionName: 'marginOf', args: [accountOf('alice')] }),
  ]);
  return { inForce, reported, since, coverFrom, initial };
}

/** Waits until the ledger counts and knows these parts of a unit. */
function awaitCoverage(inForce: bigint, reported: bigint) {
  return waitUntil({
    what: `a coverage of ${inForce} in force and ${reported} reported`,
    withinMs: WITHIN_MS,
    everyMs: 500,
    probe: async () => {
      const ledger = await readLedger();
      return ledger.inForce === inForce && ledger.reported === reported ? ledger : undefined;
    },
  });
}

const surety = (...args: string[]): Promise<Answer> =>
  runSurety(args, { ...devnet.environmentOf('operator'), SURETY_KEY: devnetAccount('bob').key });

/** Findings of the doctor about the asset. */
async function diagnosis(): Promise<string> {
  const { output } = await surety('doctor');
  const findings = (output['findings'] ?? []) as readonly { check: string; result: string; detail: string }[];
  const own = findings.filter(({ check }) => check === 'alpha coverage of USDC');
  return own.map(({ result, detail }) => `${result}: ${detail}`).join();
}

/** Parts of what a proof shows of an asset. */
interface ShownAsset {
  readonly source: number;
  readonly symbol: string;
  readonly credited: string;
}

/** Proves with the chains what is owed and held, and verifies the proof from a file with nothing at hand. */
async function solvency(): Promise<{
  readonly proven: Answer;
  readonly verified: Answer;
  readonly usdc: ShownAsset | undefined;
}> {
  const proven = await surety(...fromRunbook('07', 'npx surety proof solvency'));
  const file = join(folder, 'solvency.json');
  writeFileSync(file, JSON.stringify(proven.output));
  const verified = await runSurety(['proof', 'verify', file], {});
  const assets = (verified.output['assets'] ?? []) as readonly ShownAsset[];
  return { proven, verified, usdc: assets.find((one) => one.source === 1 && one.symbol === 'USDC') };
}

/** Lets the next blocks of both chains come at a time, and the relayer look again at once. */
async function travelTo(timestampS: number): Promise<void> {
  await devnet.running('relayer')?.stop();
  for (const id of [SETTLEMENT_CHAIN_ID, ALPHA]) {
    const node = devnet.network.nodes.get(id);
    await node?.call('evm_setNextBlockTimestamp', [`0x${timestampS.toString(16)}`]);
    await node?.call('evm_mine', []);
  }
  await awaitReadiness(await devnet.start('relayer'), WITHIN_MS);
}

test('tokens that vanish from a vault alarm every watcher, and their credit counts for nothing new', async () => {
  await lockTokens(devnet.network, { ...usdc, by: 'alice', units: LOCKED });
  await waitUntil({
    what: 'the lock credited',
    withinMs: 60_000,
    probe: async () => ((await aliceLine()) === LOCKED ? true : undefined),
  });
  expect((await readLedger()).initial).toBeGreaterThan(0n);

  // Proven are final blocks: the vault's shows the lock before the ledger's shows its credit.
  const whole = await waitUntil({
    what: 'the credit in a final block',
    withinMs: 60_000,
    probe: async () => {
      const shown = await solvency();
      return shown.usdc?.credited === String(LOCKED) ? shown : undefined;
    },
  });
  expect([whole.proven.code, whole.verified.code]).toEqual([0, 0]);
  const books = { credited: String(LOCKED), parked: '0', owed: '0', underWay: '0', accounted: String(LOCKED) };
  expect(whole.usdc).toMatchObject({ ...books, held: String(LOCKED), standing: 'covered' });

  await seizeTokens(devnet.network, { chainId: ALPHA, to: 'bob', units: LOST });
  const told = await awaitCoverage(WAD, COVERAGE);
  expect([told.initial, told.coverFrom - told.since]).toEqual([0n, 604_800]);
  const args = [assetIndexOf(devnet.network, usdc), LOST, accountOf('alice'), `0x${'0'.repeat(64)}`, 0n, 0] as const;
  const refused = readerOf(ALPHA).simulateContract({ ...vaultOnAlpha(), functionName: 'lock', args });
  await expect(refused).rejects.toThrow('AssetShort');
  const said = await diagnosis();
  expect(said).toContain('warn: the vault holds 8100 of 9000, coverage 90.00 %; payments wait until 20');
  expect(said).toContain('impaired at the ledger: no initial margin, no new credit; next: surety ledger cover');

  const short = await solvency();
  expect(short.usdc).toMatchObject({ ...books, held: String(LOCKED - LOST), standing: 'short' });
  for (const { code, refusal } of [short.proven, short.verified]) {
    expect([code, refusal?.code]).toEqual([1, 'NOT_COVERED']);
    expect(refusal?.message).toContain('the vault lacks 900 of 9000');
  }

  for (let number = 1; number <= ATTESTERS; number++) {
    const watcher = devnet.running('watcher', number);
    if (watcher === undefined) throw new TypeError(`watcher ${number} runs`);
    const health = await waitUntil({
      what: `watcher ${number} alarmed`,
      withinMs: WITHIN_MS,
      everyMs: 500,
      probe: async () => {
        const now = await readHealth(watcher);
        return now.reasons.some(({ code }) => code === 'BALANCE_SHORT') ? now : undefined;
      },
    });
    expect(health.ready).toBe(true);
    const { detail } = health.reasons.find(({ code }) => code === 'BALANCE_SHORT') ?? { detail: '' };
    expect(detail).toContain(`holds ${LOCKED - LOST} of the ${LOCKED} units`);
  }
});

test('a week later the coverage is in force and payments are made at it, until the tokens are back', async () => {
  const { coverFrom } = await readLedger();
  await travelTo(coverFrom + 60);
  await awaitCoverage(COVERAGE, COVERAGE);

  const purse = (): Promise<bigint> =>
    readTokenBalance(devnet.network, { ...usdc, holder: devnetAccount('alice').address });
  const before = await purse();
  await requestRelease(devnet.network, { ...usdc, by: 'alice', units: RELEASED });
  await waitUntil({
    what: 'the release paid',
    withinMs: WITHIN_MS,
    everyMs: 500,
    probe: async () => ((await purse()) > before ? true : undefined),
  });
  const share = (RELEASED * (LOCKED - LOST)) / LOCKED;
  expect([(await purse()) - before, await aliceLine()]).toEqual([share, LOCKED - RELEASED]);
  const events = { ...vaultOnAlpha(), eventName: 'LossBorne', fromBlock: 0n } as const;
  expect((await readerOf(ALPHA).getContractEvents(events)).map(({ args }) => args.loss)).toEqual([RELEASED - share]);

  const { output } = await surety('status');
  const { coverage } = output as {
    coverage: readonly { chain: string; symbol: string; detail: string; next: string }[];
  };
  expect(coverage).toMatchObject([{ chain: 'alpha', symbol: 'USDC', inForceWad: COVERAGE.toString() }]);
  expect(coverage[0]?.detail).toContain('margins count × 90.00 %');
  expect(coverage[0]?.next).toBe('once the tokens are back: surety vault report --chain alpha --asset USDC');

  const missing = LOCKED - RELEASED - (LOCKED - LOST - share);
  await bringTokens(devnet.network, { chainId: ALPHA, by: 'bob', units: missing });
  await awaitCoverage(WAD, WAD);
  expect((await readLedger()).since).toBe(0);
  expect(await diagnosis()).toBe('');
  const { selfCheck } = await devnet.aggregator.readStatus();
  expect(selfCheck).toMatchObject({ differences: 0 });
}, 420_000);
