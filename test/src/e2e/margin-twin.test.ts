import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  developmentFeedAbi,
  developmentFeedCode,
  feedAdapterAbi,
  feedAdapterCode,
  riskManagerAbi,
  riskManagerCode,
} from '@surety/contracts';
import { type AnvilNode, startAnvil } from '@surety/devnet';
import { type Hex, PPM, tokenUnits } from '@surety/domain';
import {
  type CachedPrice,
  LINE_STATUS_BITS,
  type Line,
  MAINTENANCE_FALL_PER_DAY,
  MAINTENANCE_FLOOR,
  MARGIN_STATUS,
  SOURCE_STATES,
  type SourceState,
  accountMarginOf,
  rampedWeightOf,
} from '@surety/margin';
import fc from 'fast-check';
import { createPublicClient, createWalletClient, http } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SLOTS = 6;
const BOOKS = 1_500;
const SEED = 20_261_120;
const folder = mkdtempSync(join(tmpdir(), 'surety-twin-'));
const account = mnemonicToAccount('test test test test test test test test test test test junk');
let node: AnvilNode;

beforeAll(async () => {
  node = await startAnvil({ chainId: 77_001, logFile: join(folder, 'anvil.log') });
});
afterAll(async () => {
  await node?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One random line, in the ledger's storage words and as the engine takes it. */
interface Book {
  readonly words: readonly { line: bigint; asset: bigint; source: bigint }[];
  readonly lines: readonly Line[];
}

const pack = (fields: readonly (readonly [value: bigint, shift: number])[]): bigint =>
  fields.reduce((word, [value, shift]) => word | (value << BigInt(shift)), 0n);
const int = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

function anyBook(now: bigint, prices: readonly CachedPrice[]): fc.Arbitrary<Book> {
  const line = fc.record({
    amount: fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 2n ** 104n - 1n })),
    unseasoned: fc.bigInt({ min: 0n, max: 2n ** 104n - 1n }),
    seasonEnd: fc.bigInt({ min: now - 2n, max: now + 2n }),
    decimals: int(24),
    baseI: int(10_000),
    baseM: int(10_000),
    wI: int(10_000),
    wM: int(10_000),
    underlying: fc.integer({ min: 1, max: SLOTS }),
    ownPrice: int(SLOTS),
    state: fc.oneof(
      fc.constant<SourceState>('LIVE'),
      fc.constantFrom(...(Object.keys(SOURCE_STATES) as SourceState[])),
    ),
    stateUntil: fc.bigInt({ min: now - 2n, max: now + 2n }),
    age: fc.oneof(
      fc.bigInt({ min: -120n, max: 900n }),
      fc.bigInt({ min: 0n, max: 40_000n }),
      fc.bigInt({ min: 0n, max: 3_000_000n }),
    ),
    stale: fc.integer({ min: 1, max: 200 }),
    dark: fc.integer({ min: 201, max: 1_000 }),
    floor: fc.integer({ min: 1_000, max: 10_000 }),
    frozenM: int(10_000),
    thawedAt: fc.oneof(fc.constant(0n), fc.bigInt({ min: now - 2_000_000n, max: now + 2n })),
  });
  return fc.array(line, { maxLength: 16, size: 'max' }).map((rows) => ({
    words: rows.map((row) => ({
      line: pack([
        [row.amount, 0],
        [row.unseasoned, 112],
        [row.seasonEnd, 216],
      ]),
      asset: pack([
        [1n, 0],
        [1n, 16],
        [BigInt(row.underlying), 32],
        [BigInt(row.decimals), 48],
        [BigInt(row.baseI), 64],
        [BigInt(row.baseM), 80],
        [BigInt(row.ownPrice), 224],
      ]),
      source: pack([
        [now - row.age, 0],
        [BigInt(SOURCE_STATES[row.state]), 40],
        [row.stateUntil, 48],
        [BigInt(row.wI), 88],
        [BigInt(row.wM), 104],
        [row.thawedAt, 152],
        [BigInt(row.stale), 192],
        [BigInt(row.dark), 208],
        [BigInt(row.floor), 224],
        [BigInt(row.frozenM), 240],
      ]),
    })),
    lines: rows.map((row) => ({
      amount: tokenUnits(row.amount),
      unseasoned: tokenUnits(row.unseasoned),
      seasonEnd: row.seasonEnd,
      asset: { decimals: row.decimals, baseInitialBps: row.baseI, baseMaintenanceBps: row.baseM },
      source: {
        state: row.state,
        stateUntil: row.stateUntil,
        asOf: now - row.age,
        weightInitialBps: row.wI,
        weightMaintenanceBps: row.wM,
        staleAfterMinutes: row.stale,
        darkAfterMinutes: row.dark,
        floorAfterMinutes: row.floor,
        frozenMaintenanceBps: row.frozenM,
        thawedAt: row.thawedAt,
      },
      prices: [row.underlying, ...(row.ownPrice === 0 ? [] : [row.ownPrice])].map(
        (slot) => prices[slot] as CachedPrice,
      ),
    })),
  }));
}

/** Deploys a risk manager with feeds of different ages, the last slot without a price, and gives its cache. */
async function deployRiskManager(): Promise<{ address: Hex; prices: CachedPrice[]; now: bigint }> {
  const transport = http(node.url);
  const wallet = createWalletClient({ account, transport });
  const client = createPublicClient({ transport });
  const land = async (sent: Promise<Hex>): Promise<Hex> => {
    const receipt = await client.waitForTransactionReceipt({ hash: await sent });
    expect(receipt.status).toBe('success');
    return receipt.contractAddress ?? '0x';
  };
  const from = { account, chain: null };
  const address = await land(
    wallet.deployContract({
      ...from,
      abi: riskManagerAbi,
      bytecode: riskManagerCode.creation as Hex,
      args: [account.address],
    }),
  );
  const start = (await client.getBlock()).timestamp;
  for (let slot = 1; slot < SLOTS; slot++) {
    const answer = BigInt(slot) ** 5n * 12_345_678n + 1n;
    const feed = await land(
      wallet.deployContract({
        ...from,
        abi: developmentFeedAbi,
        bytecode: developmentFeedCode.creation as Hex,
        args: [account.address, 8, `feed ${slot}`, answer],
      }),
    );
    await land(
      wallet.writeContract({
        ...from,
        address: feed,
        abi: developmentFeedAbi,
        functionName: 'setAt',
        args: [answer, start - BigInt(slot) * 100n],
      }),
    );
    const bounds = { aggregator: feed, maxAgeS: 1_000_000, maxAheadS: 60, minPrice1e12: 1n, maxPrice1e12: 2n ** 88n };
    const adapter = await land(
      wallet.deployContract({
        ...from,
        abi: feedAdapterAbi,
        bytecode: feedAdapterCode.creation as Hex,
        args: [bounds],
      }),
    );
    await land(
      wallet.writeContract({
        ...from,
        address,
        abi: riskManagerAbi,
        functionName: 'listUnderlying',
        args: [slot, adapter, 350],
      }),
    );
  }
  await land(
    wallet.writeContract({ ...from, address, abi: riskManagerAbi, functionName: 'poke', args: [[1, 2, 3, 4, 5]] }),
  );
  const prices: CachedPrice[] = [];
  for (let slot = 0; slot <= SLOTS; slot++) {
    const cached = await client.readContract({ address, abi: riskManagerAbi, functionName: 'priceOf', args: [slot] });
    prices.push({ price1e12: cached.price, observedAt: BigInt(cached.observedAt), maxAgeS: cached.maxAgeS });
  }
  return { address, prices, now: (await client.getBlock()).timestamp };
}

interface WorkedLine {
  readonly id: string;
  readonly time: string;
  readonly line: Readonly<Record<'amount' | 'unseasoned' | 'seasonEnd', string>>;
  readonly asset: Readonly<Record<'decimals' | 'baseInitialBp' | 'baseMaintenanceBp', string>>;
  readonly source: Readonly<
    Record<
      | 'asOf'
      | 'state'
      | 'stateUntil'
      | 'initialBp'
      | 'maintenanceBp'
      | 'staleAfterMin'
      | 'darkAfterMin'
      | 'floorAfterMin'
      | 'frozenMaintenanceBp'
      | 'thawedAt',
      string
    >
  >;
  readonly prices: readonly Readonly<Record<'price1e12' | 'observedAt' | 'maxAgeS', string>>[];
  readonly expected: Readonly<
    Record<
      | 'price'
      | 'unitsInitial'
      | 'freshInitialPpm'
      | 'freshMaintenancePpm'
      | 'initialWad'
      | 'exitWad'
      | 'maintenanceWad'
      | 'status',
      string
    >
  >;
}

const stateNamed = (value: string): SourceState =>
  (Object.keys(SOURCE_STATES) as SourceState[]).find((name) => SOURCE_STATES[name] === Number(value)) ?? 'LIVE';

/** Values a worked line with the engine and writes the result as the vectors do. */
function valueWorkedLine({ time, line, asset, source, prices }: WorkedLine): WorkedLine['expected'] {
  const margin = accountMarginOf(
    [
      {
        amount: tokenUnits(BigInt(line.amount)),
        unseasoned: tokenUnits(BigInt(line.unseasoned)),
        seasonEnd: BigInt(line.seasonEnd),
        asset: {
          decimals: Number(asset.decimals),
          baseInitialBps: Number(asset.baseInitialBp),
          baseMaintenanceBps: Number(asset.baseMaintenanceBp),
        },
        source: {
          state: stateNamed(source.state),
          stateUntil: BigInt(source.stateUntil),
          asOf: BigInt(source.asOf),
          weightInitialBps: Number(source.initialBp),
          weightMaintenanceBps: Number(source.maintenanceBp),
          staleAfterMinutes: Number(source.staleAfterMin),
          darkAfterMinutes: Number(source.darkAfterMin),
          floorAfterMinutes: Number(source.floorAfterMin),
          frozenMaintenanceBps: Number(source.frozenMaintenanceBp),
          thawedAt: BigInt(source.thawedAt),
        },
        prices: prices.map((one) => ({
          price1e12: BigInt(one.price1e12),
          observedAt: BigInt(one.observedAt),
          maxAgeS: Number(one.maxAgeS),
        })),
      },
    ],
    BigInt(time),
  );
  const [one] = margin.lines;
  return {
    price: String(one?.price.price1e12),
    unitsInitial: String(one?.unitsInitial),
    freshInitialPpm: String(one?.freshness.initial),
    freshMaintenancePpm: String(one?.freshness.maintenance),
    initialWad: String(margin.grades.initial.assets),
    exitWad: String(margin.grades.exit.assets),
    maintenanceWad: String(margin.grades.maintenance.assets),
    status: String(margin.status),
  };
}

describe('the vectors that Solidity and TypeScript share', () => {
  it('are reproduced by the TypeScript engine to the last integer', () => {
    const file = new URL('../../../packages/contracts/vectors/line-margin.json', import.meta.url);
    const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: WorkedLine[] };
    expect(cases.length).toBeGreaterThan(50);
    for (const worked of cases) expect([worked.id, valueWorkedLine(worked)]).toEqual([worked.id, worked.expected]);
  });

  it('give a falling maintenance weight the same basis points at every time', () => {
    const file = new URL('../../../packages/contracts/vectors/weight-ramp.json', import.meta.url);
    const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Record<string, string>[] };
    expect(cases.length).toBeGreaterThan(11);
    for (const { id, fromBp, toBp, start, end, time, expectedBp } of cases) {
      const ramp = { fromBps: Number(fromBp), toBps: Number(toBp), start: BigInt(start ?? 0), end: BigInt(end ?? 0) };
      expect([id, rampedWeightOf(ramp, BigInt(time ?? 0))]).toEqual([id, Number(expectedBp)]);
    }
  });
});

describe('what is fixed in the risk manager', () => {
  it('is the same number in the engine; all else both take from the ledger’s words', () => {
    const file = new URL('../../../packages/contracts/solidity/risk/MarginMath.sol', import.meta.url);
    const constants = [...readFileSync(file, 'utf8').matchAll(/internal constant (\w+) = ([\d_]+);/g)];
    const statuses = Object.entries(MARGIN_STATUS).filter(([name]) => name !== 'UNANSWERED');
    expect(new Map(constants.map(([, name, value]) => [name, BigInt((value ?? '').replaceAll('_', ''))]))).toEqual(
      new Map([
        ['PPM', PPM],
        ['FRESH_FLOOR_PPM', MAINTENANCE_FLOOR],
        ['FRESH_FALL_PPM_PER_DAY', MAINTENANCE_FALL_PER_DAY],
        ...statuses.map(([name, bit]) => [`STATUS_${name}`, bit] as const),
      ]),
    );
    expect(statuses.reduce((bits, [, bit]) => bits | bit, 0n)).toBe(LINE_STATUS_BITS);
  });
});

describe('the Solidity risk manager and the TypeScript engine', () => {
  it(`give the same integers for ${BOOKS} random books`, async () => {
    const { address, prices, now } = await deployRiskManager();
    const client = createPublicClient({ transport: http(node.url), batch: { multicall: false } });
    const blockNumber = await client.getBlockNumber();
    const books = fc.sample(anyBook(now, prices), { numRuns: BOOKS, seed: SEED });
    const seen = { lines: 0, valued: 0, stale: 0, missing: 0, frozen: 0, dark: 0 };
    for (const book of books) {
      const onChain = await client.readContract({
        address,
        abi: riskManagerAbi,
        functionName: 'margin',
        args: [book.words],
        blockNumber,
      });
      const margin = accountMarginOf(book.lines, now);
      expect(onChain).toEqual({
        initialWad: margin.grades.initial.assets,
        exitWad: margin.grades.exit.assets,
        maintenanceWad: margin.grades.maintenance.assets,
        status: margin.status,
        oldestAsOf: margin.oldestAsOf,
      });
      seen.lines += book.lines.length;
      if (margin.grades.initial.assets > 0n) seen.valued += 1;
      if ((margin.status & 1n) !== 0n) seen.stale += 1;
      if ((margin.status & 2n) !== 0n) seen.missing += 1;
      if ((margin.status & 8n) !== 0n) seen.dark += 1;
      if ((margin.status & 16n) !== 0n) seen.frozen += 1;
    }
    // The comparison says something only if every branch was taken often.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(BOOKS / 8);
  });
});
