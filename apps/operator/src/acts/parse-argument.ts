import { readFileSync } from 'node:fs';
import type { Network } from '@surety/config';
import { type Address, type Hex } from '@surety/domain';
import { isHex, keccak256, parseAbiItem, stringToHex, toFunctionSelector } from 'viem';
import { operatorError } from '../errors.js';
import { formatTime } from '../terminal/format.js';
import { parseAccountArgument, parseAddressArgument } from '../terminal/parse-account.js';
import { parseTokenUnits } from '../terminal/parse-decimal.js';
import type { ActArgument, ArgumentKind } from './act-spec.js';
import { joinSignatures } from './rotation-signatures.js';

export interface ArgumentPlace {
  readonly network: Network;
  /** The chain of the contract that is called. */
  readonly chain: Network['chains'][number];
  readonly contract: Address;
  /** Time of the chain's newest block, in seconds. */
  readonly nowS: bigint;
}

type Parser = (text: string, given: ActArgument, place: ArgumentPlace) => unknown;

const SECONDS: Readonly<Record<string, bigint>> = { s: 1n, m: 60n, h: 3_600n, d: 86_400n };
/** Bits of what a pause stops. @source ILedgerTerms.pause, IVaultAdmin.pause */
const STOPS: Readonly<Record<string, bigint>> = { lock: 1n, credit: 2n, pay: 8n };
const ROLE_NAMES = ['proposer', 'canceller', 'executor'];
/** A year with 14 digits is no block time. */
const TIME_MAX_S = 10n ** 11n;
const NUMBER_16_MAX = 65_535n;

const PARSERS: Readonly<Record<ArgumentKind, Parser>> = {
  number: (text, { option }) => parseNumber(text, option),
  numbers: (text, { option }) => text.split(',').map((one) => parseNumber16(one.trim(), option)),
  decimal: (text, { option, scale = 0 }) => parseTokenUnits(text, scale, `--${option}`),
  time: (text, { option }, { nowS }) => parseTime(text, option, nowS),
  length: (text, { option }) => parseLength(text, option),
  address: (text, { option }) => parseAddressArgument(text, `--${option}`),
  addresses: (text) => parseMembers(text),
  word: (text, { option }) => parseBytes(text, option, 32),
  account: (text, { option }) => parseAccountArgument(text, `--${option}`),
  'signed-number': (text, { option }) => parseSigned(text, option),
  bytes: (text, { option }) => parseBytes(text, option),
  text: (text, { option }) => parseText(text, option),
  'yes-no': (text, { option }) => parseYesNo(text, option),
  stops: (text, { option }) => parseStops(text, option),
  source: (text, _given, { network }) => parseSource(text, network),
  'ledger-asset': (text, _given, { network }) => parseLedgerAsset(text, network),
  'vault-asset': (text, _given, { chain }) => parseVaultAsset(text, chain),
  'timelock-role': (text, { option }) => {
    if (!ROLE_NAMES.includes(text)) throw refuse(option, text, ROLE_NAMES.join(', '));
    return keccak256(stringToHex(`${text.toUpperCase()}_ROLE`));
  },
  selector: (text, { option }) => parseSelector(text, option),
  signatures: (text, { option }, place) =>
    isHex(text) ? parseBytes(text, option) : joinSignatures(text.split(','), place, (file) => readText(file, option)),
};

/**
 * Reads one argument of an act as the contract takes it: numbers as bigint, the rest as viem encodes it.
 * @throws BAD_USE with the value seen, what is expected, and where a name is unknown the names that are known; BAD_CHECKSUM.
 */
export function parseArgument(given: ActArgument, text: string, type: string, place: ArgumentPlace): unknown {
  const value = PARSERS[given.kind](text, given, place);
  const bits = Number(/^uint(\d+)$/.exec(type)?.[1] ?? 0);
  const signedBits = Number(/^int(\d+)$/.exec(type)?.[1] ?? 0);
  if (typeof value === 'bigint' && signedBits > 0 && BigInt.asIntN(signedBits, value) !== value) {
    const most = 2n ** BigInt(signedBits - 1);
    throw refuse(given.option, text, `${-most} to ${most - 1n}`);
  }
  if (typeof value === 'bigint' && bits > 0 && value >= 2n ** BigInt(bits)) {
    throw refuse(
      given.option,
      text,
      `at most ${2n ** BigInt(bits) - 1n}${given.scale === undefined ? '' : ` / 10^${given.scale}`}`,
    );
  }
  return value;
}

/** Parses comma-separated addresses into the order of an attester set. @throws BAD_USE for a duplicate, BAD_CHECKSUM. */
export function parseMembers(text: string): Address[] {
  const members = text.split(',').map((one) => parseAddressArgument(one.trim(), '--members'));
  const twice = members.find((one, at) => members.indexOf(one) !== at);
  if (twice !== undefined) throw refuse('members', `${twice} twice`, 'each address once');
  return members.toSorted();
}

/** Parses a time of a chain whose newest block's time is `nowS`, in seconds. @throws BAD_USE. */
export function parseTime(text: string, option: string, nowS: bigint): bigint {
  if (text.startsWith('+')) return nowS + parseLength(text.slice(1), option);
  if (/^\d{1,11}$/.test(text) && BigInt(text) < TIME_MAX_S) return BigInt(text);
  // A time of day without a zone is another one on each machine, and those who sign one rotation must sign the same.
  const [, day] = /^(\d{4}-\d{2}-\d{2})(?:T.*(?:Z|[+-]\d{2}:?\d{2}))?$/.exec(text) ?? [];
  const ms = day !== undefined && isDay(day) ? Date.parse(text) : Number.NaN;
  if (Number.isInteger(ms)) return BigInt(Math.floor(ms / 1_000));
  throw refuse(option, text, 'seconds since 1970, an ISO date with its zone such as 2026-07-01T12:00Z, or +72h');
}

/** False for 31 February, too, which is parsed as a day of March. */
function isDay(day: string): boolean {
  const ms = Date.parse(day);
  return Number.isInteger(ms) && formatTime(ms / 1_000).startsWith(day);
}

/** Reads a length of time in seconds. @throws BAD_USE. */
export function parseLength(text: string, option: string): bigint {
  const [, count, unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  if (count === undefined) throw refuse(option, text, 'a length such as 48h, 7d or 172800');
  return BigInt(count) * (SECONDS[unit] ?? 1n);
}

function parseNumber(text: string, option: string): bigint {
  if (/^(0|[1-9]\d{0,77})$/.test(text)) return BigInt(text);
  throw refuse(option, text, 'a whole number without sign');
}

function parseSigned(text: string, option: string): bigint {
  if (/^-?(0|[1-9]\d{0,18})$/.test(text)) return BigInt(text);
  throw refuse(option, text, 'a whole number, with - in front if it is below 0');
}

function parseNumber16(text: string, option: string): number {
  const value = parseNumber(text, option);
  if (value > NUMBER_16_MAX) throw refuse(option, text, `at most ${NUMBER_16_MAX} each`);
  return Number(value);
}

function parseBytes(text: string, option: string, length?: number): Hex {
  const isWhole = /^0x([0-9a-fA-F]{2})*$/.test(text);
  if (isWhole && (length === undefined || text.length === 2 + 2 * length)) return text as Hex;
  throw refuse(option, text, length === undefined ? '0x and pairs of hex digits' : `0x and ${2 * length} hex digits`);
}

function parseText(text: string, option: string): Hex {
  const { length } = new TextEncoder().encode(text);
  if (length > 32) throw refuse(option, `${length} bytes`, 'at most 32');
  return stringToHex(text, { size: 32 });
}

function parseYesNo(text: string, option: string): boolean {
  if (text !== 'yes' && text !== 'no') throw refuse(option, text, 'yes or no');
  return text === 'yes';
}

function parseStops(text: string, option: string): bigint {
  return [...new Set(text.split(','))].reduce((sum, word) => {
    const bit = STOPS[word];
    if (bit === undefined) throw refuse(option, word, Object.keys(STOPS).join(', '));
    return sum | bit;
  }, 0n);
}

function parseSource(text: string, { chains }: Network): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  const found = chains.find(({ name, vault }) => name === text && vault !== undefined)?.vault;
  if (found !== undefined) return BigInt(found.source);
  const known = chains.flatMap(({ name, vault }) => (vault === undefined ? [] : [`${name} (${vault.source})`]));
  throw refuse('source', text, `an index, or a chain with a vault: ${known.join(', ') || 'none'}`);
}

function parseLedgerAsset(text: string, { chains }: Network): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  const known = chains.flatMap(({ name, vault }) =>
    (vault?.assets ?? []).map(({ symbol, assetId }) => ({ text: `${name}:${symbol}`, assetId })),
  );
  const found = known.find((one) => one.text === text);
  if (found !== undefined) return BigInt(found.assetId);
  throw refuse('asset', text, `an index, or one of ${known.map((one) => one.text).join(', ') || 'none'}`);
}

function parseVaultAsset(text: string, { name, vault }: ArgumentPlace['chain']): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  const found = vault?.assets.find(({ symbol }) => symbol === text);
  if (found !== undefined) return BigInt(found.index);
  const known = vault?.assets.map(({ symbol, index }) => `${symbol} (${index})`) ?? [];
  throw refuse('asset', text, `an index, or an asset of ${name}: ${known.join(', ') || 'none'}`);
}

function parseSelector(text: string, option: string): Hex {
  if (/^0x[0-9a-fA-F]{8}$/.test(text)) return text as Hex;
  try {
    return toFunctionSelector(parseAbiItem(`function ${text}`) as Parameters<typeof toFunctionSelector>[0]);
  } catch (cause) {
    throw refuse(option, text, '0x and 8 hex digits, or a signature such as setAuction(address)', cause);
  }
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file.trim(), 'utf8');
  } catch (cause) {
    throw refuse(option, file, 'files of surety attesters sign, or 0x and signatures of 65 bytes each', cause);
  }
}

function refuse(option: string, seen: string, expected: string, cause?: unknown): ReturnType<typeof operatorError> {
  return operatorError('BAD_USE', `--${option} is "${seen.slice(0, 80)}"; expected ${expected}`, cause);
}
