import { readFileSync } from 'node:fs';
import { tokenUnits } from '@surety/domain';
import { SOURCE_STATES, type SourceState, accountMarginOf, rampedWeightOf } from '@surety/margin';
import { describe, expect, it } from 'vitest';

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
  readonly prices: readonly (Readonly<Record<'price1e12' | 'observedAt' | 'maxAgeS', string>> & {
    readonly slow1e12?: string;
    readonly confPpm?: string;
    readonly failing?: boolean;
  })[];
  readonly expected: Readonly<
    Record<
      | 'price'
      | 'priceInitial'
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
          slow1e12: BigInt(one.slow1e12 ?? one.price1e12),
          confPpm: Number(one.confPpm ?? 0),
          failing: one.failing ?? false,
        })),
      },
    ],
    BigInt(time),
  );
  const [one] = margin.lines;
  return {
    price: String(one?.price.price1e12),
    priceInitial: String(one?.price.initial1e12),
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
