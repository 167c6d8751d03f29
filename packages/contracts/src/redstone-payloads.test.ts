import { readFileSync } from 'node:fs';
import { DataPackage, NumericDataPoint, RedstonePayload } from '@redstone-finance/protocol';
import { bytesToHex, hexToBytes } from '@surety/domain';
import { describe, expect, test } from 'vitest';
import { keccak256 } from './hash.js';

/** Payloads by RedStone's own signer. `RedStoneFeed.t.sol` reads the file; `-u` renews it. */
const VECTORS = new URL('../vectors/redstone-payloads.json', import.meta.url);

const TIME_MS = 1_800_000_000_000;
const PACKAGE_BYTES = 142;

describe('payloads by RedStone’s own signer', () => {
  test('are those that the contract’s tests read', async () => {
    await expect(`${JSON.stringify(payloads(), null, 1)}\n`).toMatchFileSnapshot(VECTORS.pathname);
  });

  test('hold one package of 142 bytes for each signer, and 14 bytes more', () => {
    const { three, five } = JSON.parse(readFileSync(VECTORS, 'utf8')) as Record<string, string>;
    expect(three?.length).toBe(2 + 2 * (3 * PACKAGE_BYTES + 14));
    expect(five?.length).toBe(2 + 2 * (5 * PACKAGE_BYTES + 14));
  });
});

function payloads(): Record<string, string> {
  const values = [2003, 2000.5, 2001, 1999.12345678, 2002];
  const all = values.map((value, at) => signed(at + 1, [{ id: 'ETH', value }]));
  return {
    three: payloadOf(all.slice(0, 3)),
    five: payloadOf(all),
    withMetadata: payloadOf(all.slice(0, 3), '1800000000000#0.9.0#redstone-primary-prod'),
    later: payloadOf([1, 2, 3].map((key) => signed(key, [{ id: 'ETH', value: 2010 }], TIME_MS + 10_000))),
    otherFeed: payloadOf([1, 2, 3].map((key) => signed(key, [{ id: 'BTC', value: 65_000 }]))),
    twoPoints: payloadOf([
      signed(1, [
        { id: 'BTC', value: 65_000 },
        { id: 'ETH', value: 2000 },
      ]),
    ]),
  };
}

function signed(
  key: number,
  points: readonly { readonly id: string; readonly value: number }[],
  timeMs = TIME_MS,
): ReturnType<DataPackage['sign']> {
  const list = points.map(({ id, value }) => new NumericDataPoint({ dataFeedId: id, value }));
  return new DataPackage(list, timeMs, points[0]?.id ?? '').sign(keyOf(key));
}

/** The key of a signer in tests: keccak256 of its number in 32 bytes. */
function keyOf(number: number): string {
  return bytesToHex(keccak256(hexToBytes(`0x${number.toString(16).padStart(64, '0')}`)));
}

function payloadOf(packages: readonly ReturnType<DataPackage['sign']>[], metadata = ''): string {
  return `0x${RedstonePayload.prepare([...packages], metadata)}`;
}
