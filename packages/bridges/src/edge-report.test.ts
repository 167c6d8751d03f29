import { type Bytes32, bytes32 } from '@surety/domain';
import { type DriftPart, DriftBoard } from '@surety/workflows';
import type { PublicClient } from 'viem';
import { beforeEach, expect, test } from 'vitest';
import { type EdgeReport, readEdgeReports } from './edge-report.js';
import { findBlock } from './find-block.js';
import type { PlacedSource } from './sources-of.js';
import type { WitnessSpec } from './witness-spec.js';

const some = (digits: string) => `0x${digits.repeat(20)}` as const;
const edges: Record<'to-ledger' | 'to-vault', Bytes32> = {
  'to-ledger': bytes32(`0x${'a1'.repeat(32)}`),
  'to-vault': bytes32(`0x${'a2'.repeat(32)}`),
};
const end = { contract: some('e1'), core: some('c1'), consistencyLevel: 1 };
const wormhole: WitnessSpec = { kind: 'wormhole', name: 'wormhole', slot: 1, mayConflict: true, guardianSet: { index: 0, size: 13 }, atVault: end, atLedger: end }; // prettier-ignore
const proof: WitnessSpec = {
  kind: 'state-proof',
  name: 'proof',
  slot: 2,
  mayConflict: true,
  atVault: { ...end, hashSource: { kind: 'dispute-game', address: some('d1') } },
  atLedger: { ...end, hashSource: { kind: 'l1-block', address: some('d2') } },
};
const placed: PlacedSource = {
  chain: 'alpha',
  vaultChainId: 901,
  ledgerChainId: 900,
  source: {
    source: 1,
    vault: some('01'),
    ledger: some('02'),
    policy: { m: 1, fastBp: 300 },
    assets: [{ index: 1, assetId: 4, symbol: 'USDC', token: some('03'), decimals: 6, cap: '1000000' }],
    witnesses: [wormhole, proof],
    vaultIds: {},
    ledgerIds: {},
  },
};

/** The results of both chains by view; a missing view fails like a provider. */
let answers: Record<string, unknown>;
let board: DriftBoard;
beforeEach(() => {
  board = new DriftBoard([{ source: 1, name: 'alpha', witnesses: ['wormhole', 'proof'] }]);
  board.tell(1, { drift: [], unread: [] }, 7_000);
  answers = { count: 5n, latest: [3n, '0x', 40], isContradicted: false, kept: [3n, false], quotePublish: 9n, limitsOf: { fastUnits: 40_000n } }; // prettier-ignore
});

async function report(): Promise<EdgeReport> {
  const reader = (side: 'atVault' | 'atLedger') =>
    ({
      readContract: async ({ functionName: view }: { functionName: string }) => {
        const { count, kept, ...plain } = answers;
        const [confirmed, conflicted] = (kept ?? []) as [bigint, boolean];
        const table: Record<string, unknown> = {
          ...plain,
          ...(count === undefined ? {} : { journalHead: [side === 'atVault' ? edges['to-ledger'] : edges['to-vault'], count] }),
          ...(kept === undefined ? {} : { witnessOf: side === 'atVault' ? [{}, confirmed] : ['0x', true, conflicted, confirmed], witnessPolicy: [1, 7, 0, 0n] }),
        }; // prettier-ignore
        if (!(view in table)) throw new TypeError('no provider answered');
        return table[view];
      },
    }) as unknown as PublicClient;
  const readers = { atVault: reader('atVault'), atLedger: reader('atLedger') };
  const [first] = await readEdgeReports(placed, edges, { readers, board, nowMs: 100_500, findBlock: async () => 12n });
  if (first === undefined) throw new TypeError('a source has two edges');
  return first;
}

const differs = (part: DriftPart) => ({ path: 'here', seen: '2', expected: '1', part });

test('a witness that lacks entries is behind, by entries and by the age of its newest head', async () => {
  const { direction, alive, fastShareBp, fast, witnesses } = await report();
  expect({ direction, alive, fastShareBp }).toEqual({ direction: 'to-ledger', alive: 2, fastShareBp: 300 });
  expect(fast).toEqual([{ assetId: 4, symbol: 'USDC', units: 30_000n }]);
  expect(witnesses[0]).toEqual({
    witness: 'wormhole',
    kind: 'wormhole',
    slot: 1,
    health: 'behind',
    head: { count: 3n, time: 40n, block: 12n },
    confirmed: 3n,
    lag: { entries: 2n, seconds: 60n },
    feeWei: 9n,
    configuration: { state: 'same', comparedAtMs: 7_000, drift: [] },
  });
  expect(witnesses[1]).toMatchObject({ witness: 'proof', feeWei: null });
});

test.each<[string, () => unknown, string, number]>([
  ['told all, and is confirmed', () => (answers['count'] = 3n), 'ok', 2],
  ['told more than was compared', () => (answers = { ...answers, count: 3n, kept: [1n, false] }), 'unconfirmed', 2],
  ['told nothing', () => (answers['latest'] = [0n, '0x', 0]), 'unheard', 2],
  ['cannot be read', () => delete answers['latest'], 'unknown', 0],
  ['is read by a ledger that cannot be', () => delete answers['kept'], 'unknown', 0],
  ['told of a journal that cannot be read', () => delete answers['count'], 'unknown', 0],
  ['told two heads for one count', () => (answers['isContradicted'] = true), 'contradicted', 0],
  ['contradicted the journal', () => (answers['kept'] = [3n, true]), 'contradicted', 0],
])('one that %s', async (_name, change, health, alive) => {
  change();
  const seen = await report();
  expect([seen.witnesses[0]?.health, seen.alive]).toEqual([health, alive]);
});

test('a misconfigured witness no longer counts, the others do, and the limit is unchanged', async () => {
  board.tell(1, { drift: [differs({ kind: 'witness', name: 'wormhole' })], unread: [] }, 8_000);
  const { alive, fast, witnesses, configuration } = await report();
  expect([witnesses[0]?.health, alive, fast[0]?.units]).toEqual(['drifted', 1, 30_000n]);
  expect(witnesses[0]?.configuration.drift).toEqual([{ path: 'here', seen: '2', expected: '1' }]);
  expect(configuration.drift).toEqual([]);
});

test('no witness counts if the required confirmations differ, or before the first comparison', async () => {
  board.tell(1, { drift: [differs({ kind: 'policy' })], unread: [] }, 8_000);
  const { alive, fastShareBp, configuration } = await report();
  expect([alive, fastShareBp, configuration.state]).toEqual([0, 300, 'drifted']);
  board = new DriftBoard([{ source: 1, name: 'alpha', witnesses: ['wormhole', 'proof'] }]);
  const fresh = await report();
  expect([fresh.alive, fresh.witnesses[0]?.health, fresh.configuration.state]).toEqual([0, 'unknown', 'unknown']);
});

test('shows no limit above the ledger’s own, and none that the ledger does not return', async () => {
  answers['limitsOf'] = { fastUnits: 7n };
  expect((await report()).fast[0]?.units).toBe(7n);
  delete answers['limitsOf'];
  expect((await report()).fast[0]?.units).toBeNull();
});

test('finds the first block at a time', async () => {
  const times = [1n, 3n, 3n, 5n, 9n];
  const getBlock = async ({ blockNumber }: { blockNumber?: bigint } = {}) => {
    const number = blockNumber ?? BigInt(times.length - 1);
    return { number, timestamp: times[Number(number)] };
  };
  const find = (timeS: number): Promise<bigint | null> => findBlock({ getBlock } as unknown as PublicClient, timeS);
  expect(await Promise.all([0, 3, 4, 9, 10].map(find))).toEqual([0n, 1n, 3n, 4n, null]);
});
