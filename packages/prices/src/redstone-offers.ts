import { keccak256, recoverCanonical } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  bytesToHex,
  concatBytes,
  hexToBytes,
  mulDivDown,
  uintToBytes,
} from '@surety/domain';
import type { OfferedPrice } from '@surety/workflows';
import { z } from 'zod';
import { type AskService, type PullSourceSpec, type ReadOffers, createAskAll } from './pull-service.js';

/** Last bytes of a payload. @source RedStoneFeed.MARKER */
const MARKER = '0x000002ed57011e0000';
/** Decimals in which the network's values are signed. */
const DECIMALS = 8;
const VALUE_BYTES = 32;
/** Packages of one price that are read from one service: seven signers, and some for other times. */
const PACKAGES_MAX = 64;

/** The part of a package that is used. @source RedStone's gateways, GET /v2/data-packages/latest/:service */
const dataPackage = z.object({
  dataPoints: z
    .array(z.object({ dataFeedId: z.string().max(32), value: z.union([z.number(), z.string().max(64)]) }))
    .length(1),
  timestampMilliseconds: z.int().min(0).max(0xffff_ffff_ffff),
  signature: z.string().max(256),
});

interface SignedPackage {
  readonly timeMs: number;
  readonly value: bigint;
  readonly signer: Address;
  readonly bytes: Uint8Array;
}

/**
 * Gathers packages of one price from RedStone's gateways. A package counts only if one of the adapter's own signers signed it, so
 * a gateway can withhold, and invent nothing. Gives at most one offer: the newest time for which `threshold` of them signed.
 */
export function redStoneOffers(
  services: readonly AskService[],
  source: Extract<PullSourceSpec, { kind: 'redstone' }>,
): ReadOffers {
  const symbol = symbolOf(source.feedId);
  const askAll = createAskAll(services);
  return async (signal) => {
    const answers = await askAll('', signal);
    const read = answers.flatMap(({ answer }) => packagesOf(answer, symbol));
    const verified = await Promise.all(read.map((one) => verify(one, source)));
    return newestQuorum(verified.flat(), source.threshold);
  };
}

/**
 * Returns the packages of one price. A gateway gives those of some hundred prices, by many signers: whatever is malformed hides
 * nothing but itself.
 */
function packagesOf(answer: unknown, symbol: string): z.infer<typeof dataPackage>[] {
  if (typeof answer !== 'object' || answer === null || !Object.hasOwn(answer, symbol)) return [];
  const list = (answer as Record<string, unknown>)[symbol];
  if (!Array.isArray(list)) return [];
  return list.slice(0, PACKAGES_MAX).flatMap((one) => dataPackage.safeParse(one).data ?? []);
}

/** Returns the signed bytes of one package with their signer; nothing if it is of another form or by a stranger. */
async function verify(
  raw: z.infer<typeof dataPackage>,
  { feedId, signers }: Extract<PullSourceSpec, { kind: 'redstone' }>,
): Promise<readonly SignedPackage[]> {
  const [point] = raw.dataPoints;
  const value = point === undefined ? undefined : valueOf(point.value);
  const signature = Buffer.from(raw.signature, 'base64');
  if (point?.dataFeedId !== symbolOf(feedId) || value === undefined || signature.length !== 65) return [];
  const signed = concatBytes(
    hexToBytes(feedId),
    uintToBytes(value, VALUE_BYTES),
    uintToBytes(BigInt(raw.timestampMilliseconds), 6),
    uintToBytes(BigInt(VALUE_BYTES), 4),
    uintToBytes(1n, 3),
  );
  const signer = await recoverCanonical(bytesToHex(keccak256(signed)) as Bytes32, bytesToHex(signature));
  if (signer === undefined || !signers.some((one) => one.toLowerCase() === signer)) return [];
  return [{ timeMs: raw.timestampMilliseconds, value, signer, bytes: concatBytes(signed, signature) }];
}

function newestQuorum(packages: readonly SignedPackage[], threshold: number): OfferedPrice[] {
  const times = [...new Set(packages.map(({ timeMs }) => timeMs))].toSorted((one, other) => other - one);
  for (const timeMs of times) {
    const bySigner = new Map(packages.filter((one) => one.timeMs === timeMs).map((one) => [one.signer, one]));
    if (bySigner.size < threshold) continue;
    const chosen = [...bySigner.values()];
    const payload = concatBytes(
      ...chosen.map(({ bytes }) => bytes),
      uintToBytes(BigInt(chosen.length), 2),
      uintToBytes(0n, 3),
      hexToBytes(MARKER),
    );
    const price1e12 = medianOf(chosen.map(({ value }) => value)) * 10n ** BigInt(12 - DECIMALS);
    const observedAt = mulDivDown(BigInt(timeMs), 1n, 1_000n);
    return [{ price1e12, observedAt, service: 'all services', updates: [bytesToHex(payload)] }];
  }
  return [];
}

/** The middle value, of an even number the mean of the middle two, rounded down. @source RedStoneFeed */
function medianOf(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((one, other) => (one < other ? -1 : Number(one > other)));
  const low = sorted[(sorted.length - 1) >> 1] ?? 0n;
  const high = sorted[sorted.length >> 1] ?? 0n;
  return mulDivDown(low + high, 1n, 2n);
}

/**
 * Scales a value as its signer did: to eight decimals, by JavaScript's own rounding of a JSON number. A wrong digit
 * would recover another signer.
 */
function valueOf(value: number | string): bigint | undefined {
  const text = typeof value === 'number' ? value.toFixed(DECIMALS) : value;
  const [, whole, part = ''] = /^([0-9]{1,30})(?:\.([0-9]{1,8}))?$/.exec(text) ?? [];
  return whole === undefined ? undefined : BigInt(`${whole}${part.padEnd(DECIMALS, '0')}`);
}

function symbolOf(feedId: Hex): string {
  return Buffer.from(hexToBytes(feedId)).toString('latin1').replace(/\0+$/, '');
}
