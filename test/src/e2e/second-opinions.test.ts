import { FAST_BP, accountOf, lock, readLine, waitUntil } from '@surety/devnet';
import { collateralLedgerAbi } from '@surety/contracts';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Line, startLine } from './start-line.js';

const SETTLEMENT = 900;
const ALPHA = 901;
const SOURCE = 1;
const UNIT = 1_000_000n;
/** The cap is 50 million: one unit more than may be in use before a witness confirms. */
const LARGE = ((50_000_000n * BigInt(FAST_BP)) / 10_000n + 1n) * UNIT;
const WITHIN_MS = 90_000;

let line: Line;

beforeAll(async () => {
  line = await startLine({ guardians: 13, environment: { SURETY_WITNESS_FALLBACK_MS: '15000' } });
});
afterAll(() => line?.stop());

const alice = { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') } as const;
const lockLarge = (): Promise<unknown> =>
  lock(line.devnet.network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: LARGE });

async function confirmedBy(slot: number): Promise<bigint> {
  const { network } = line.devnet;
  const [, , , confirmed] = await (network.readers.get(SETTLEMENT) as PublicClient).readContract({
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'witnessOf',
    args: [SOURCE, slot],
  });
  return confirmed;
}

/** Waits until alice's line holds as much. */
async function awaitLine(units: bigint): Promise<void> {
  await waitUntil({
    what: `a line of ${units}`,
    withinMs: WITHIN_MS,
    probe: async () => ((await readLine(line.devnet.network, alice)) === units ? true : undefined),
  });
}

test('a lock above the fast limit is published over one bridge, confirmed, and counts, with nobody’s help', async () => {
  await lockLarge();
  await awaitLine(LARGE);
  expect(await confirmedBy(0)).toBe(1n);
  // One witness was asked for, and nobody paid for a second one.
  expect(await confirmedBy(1)).toBe(0n);
});

test('with LayerZero dead the same comes over Wormhole, only later', async () => {
  line.devnet.bridgeWorkers?.setWorking('layerzero', false);
  await lockLarge();
  await awaitLine(2n * LARGE);
  expect(await confirmedBy(0)).toBe(1n);
  expect(await confirmedBy(1)).toBe(2n);
});

test('once LayerZero works again, what it held back is delivered and confirmed too', async () => {
  line.devnet.bridgeWorkers?.setWorking('layerzero', true);
  await waitUntil({
    what: 'the second confirmation by LayerZero',
    withinMs: WITHIN_MS,
    probe: async () => ((await confirmedBy(0)) === 2n ? true : undefined),
  });
  await awaitLine(2n * LARGE);
  expect(await confirmedBy(1)).toBe(2n);
});
