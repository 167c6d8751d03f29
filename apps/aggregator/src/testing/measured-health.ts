import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { keccak256 } from '@surety/contracts';
import {
  AppError,
  type BlockHeight,
  type Bytes32,
  blockHash,
  bytes32,
  bytesToHex,
  chainId,
  mulDivDown,
  uintToBytes,
} from '@surety/domain';
import { healthRungOf, steadyPrice } from '@surety/margin';
import { type Store, openStore } from '@surety/store';
import {
  type AssetTerms,
  type FinalBlock,
  HealthWatch,
  type LineFact,
  type MarginSnapshot,
  NO_CHANGES,
  snapshotAfterFall,
  stressDebtors,
  weighAccount,
} from '@surety/workflows';
import { boundHeap } from '../bound-heap.js';
import { TERMS } from './test-ledger.js';

const UNDERLYINGS = 12;
const SOURCES = 2;
const LINES_PER_ACCOUNT = 6;
const ACCOUNTS_PER_STEP = 2_000;
/** The underlying whose price moves alone. */
const MOVED = 7;

/**
 * A watch of health that `tools/bench` measures in a process of its own, over messages: `<accounts>` that all owe something,
 * with six lines each in 24 assets, in a database. Nobody answers for what is required, so that a look ends with whoever it found.
 *
 * `full` looks with a watch that knows nothing yet, `move` with one that has looked before; both after one price fell or came
 * back by a twentieth, and both answer the milliseconds of CPU and how many accounts they found.
 */
async function main(accounts: number): Promise<void> {
  boundHeap();
  const folder = mkdtempSync(join(tmpdir(), 'surety-health-'));
  const store = await openStore(`sqlite:${join(folder, 'store.sqlite')}`);
  await fill(store, accounts);
  let height = 1n;
  const kept = watchOf(store);
  await look(kept, snapshotAt(height, false));
  process.on('message', (asked) => {
    if (asked === 'stress') {
      void stress(store, snapshotAt(height, false)).then((told) => process.send?.(told));
      return;
    }
    if (asked === 'move') height += 1n;
    const snapshot = snapshotAt(height, height % 2n === 0n);
    const watch = asked === 'move' ? kept : watchOf(store);
    void look(watch, snapshot).then((told) => process.send?.(told));
  });
  process.on('disconnect', () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
  process.send?.('prepared');
}

function watchOf(store: Store): HealthWatch {
  const nobody = new AppError({ code: 'NO_QUORUM', message: 'nobody answers', retryable: true });
  return new HealthWatch({
    store: store.health,
    known: new Set(),
    observer: { observe: () => undefined },
    tell: () => undefined,
    reader: { readAgreedMargins: () => Promise.reject(nobody), readListed: () => Promise.reject(nobody) },
  });
}

async function look(watch: HealthWatch, snapshot: MarginSnapshot): Promise<{ ms: number; found: number }> {
  const before = process.cpuUsage();
  await watch.look(snapshot, []).catch((cause: unknown) => {
    if (!(cause instanceof AppError && cause.code === 'NO_QUORUM')) throw cause;
  });
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1_000, found: watch.dueCount };
}

/** Judges everybody under the falls of an answer of `/v1/risk`: each price alone, and all by four. */
async function stress(store: Store, now: MarginSnapshot): Promise<{ ms: number; longestMs: number }> {
  const underlyingOf = (assetId: number): number => (assetId - 1) % UNDERLYINGS;
  const assets = new Map([...now.terms.keys()].map((id) => [id, { underlying: underlyingOf(id) }]));
  const slots = Array.from({ length: UNDERLYINGS }, (_, slot) => slot);
  const falls = [
    { underlyings: new Set<number>(), bps: 0 },
    ...slots.map((slot) => ({ underlyings: new Set([slot]), bps: 3_000 })),
    ...[1_000, 2_000, 3_000, 5_000].map((bps) => ({ underlyings: new Set(slots), bps })),
  ];
  const states = falls.map((fall) => snapshotAfterFall(now, assets, fall));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  await stressDebtors({ store: store.health, unlisted: new Set() }, states, new AbortController().signal);
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  return { ms: (user + system) / 1_000, longestMs: delay.max / 1e6 };
}

async function fill(store: Store, accounts: number): Promise<void> {
  const snapshot = snapshotAt(1n, false);
  const { height, hash, timestamp } = snapshot.block;
  const cursor = { chainId: 99, height, hash, timestamp, changed: { height, hash } };
  const draw = seededDraw(1n);
  for (let from = 0; from < accounts; from += ACCOUNTS_PER_STEP) {
    const made = Array.from({ length: Math.min(ACCOUNTS_PER_STEP, accounts - from) }, (_, at) => {
      const account = crossAccountOf(BigInt(from + at));
      return { account, lines: linesOf(account, draw) };
    });
    await store.collateral.saveStep({ cursor, ...NO_CHANGES, lines: made.flatMap(({ lines }) => lines) });
    await store.health.saveHealth(
      made.map(({ account, lines }) => {
        const { assets } = weighAccount(lines, snapshot).margin.grades.maintenance;
        // Health from 1 to 2.5, so that each step has accounts near it.
        const requirement = mulDivDown(assets, 1_000n, 1_000n + draw(1_500n));
        const rung = healthRungOf({ assets, requirement: requirement as typeof assets });
        return { account, rung, told: rung, assets, requirement, block: snapshot.block };
      }),
    );
  }
}

/** An account without a sub-account: an isolated one stands apart. */
function crossAccountOf(n: bigint): Bytes32 {
  return bytes32(`${bytesToHex(keccak256(uintToBytes(n, 32))).slice(0, 42)}${'0'.repeat(24)}`);
}

/** Amounts span six orders of magnitude. */
function linesOf(account: Bytes32, draw: (bound: bigint) => bigint): LineFact[] {
  const first = Number(draw(BigInt(UNDERLYINGS * SOURCES)));
  return Array.from({ length: LINES_PER_ACCOUNT }, (_, at) => {
    const assetId = 1 + ((first + 5 * at) % (UNDERLYINGS * SOURCES));
    const amount = (draw(1_000_000n) + 1n) * 10n ** BigInt(decimalsOf(assetId) - 3) + draw(1_000n);
    return { account, assetId, amount, unseasoned: 0n, seasonEnd: 0n, enabled: true };
  });
}

function decimalsOf(assetId: number): number {
  const underlying = (assetId - 1) % UNDERLYINGS;
  return underlying < 3 ? 6 : underlying < 6 ? 8 : 18;
}

function snapshotAt(height: bigint, isFallen: boolean): MarginSnapshot {
  const block = {
    chainId: chainId(99),
    height: height as BlockHeight,
    hash: blockHash(`0x${height.toString(16).padStart(64, '0')}`),
    timestamp: 1_700_000_000n,
  };
  const terms = Array.from({ length: UNDERLYINGS * SOURCES }, (_, at): AssetTerms => {
    const underlying = at % UNDERLYINGS;
    const price = 10n ** BigInt(12 + (underlying % 5)) + 123_456_789_012n * BigInt(underlying + 1);
    const price1e12 = underlying === MOVED && isFallen ? mulDivDown(price, 95n, 100n) : price;
    return {
      ...TERMS,
      assetId: at + 1,
      sourceIndex: at < UNDERLYINGS ? 1 : 2,
      asset: { ...TERMS.asset, decimals: decimalsOf(at + 1) },
      prices: [steadyPrice({ price1e12, observedAt: 1_700_000_000n, maxAgeS: 3_600 })],
    };
  });
  return { block: block as FinalBlock, terms: new Map(terms.map((one) => [one.assetId, one])), coverages: new Map() };
}

/** Numbers below a bound, the same for a seed: the linear congruence of Knuth's MMIX. */
function seededDraw(seed: bigint): (bound: bigint) => bigint {
  let state = seed;
  return (bound) => {
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    return (state >> 33n) % bound;
  };
}

await main(Number(process.argv[2] ?? 100_000));
