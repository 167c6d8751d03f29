import { type Hex, WAD, mulDivDown } from '@surety/domain';
import { type Abi, decodeErrorResult } from 'viem';

/** A revert in words: the custom error's name, and its arguments. */
export interface Revert {
  readonly name: string;
  readonly detail: string;
}

type Values = readonly unknown[];

/** What refusals around a shortage mean, and what to do. @source ICollateralVault.sol, ILedgerBadDays.sol, ILedgerGenerations.sol */
const SENTENCES: Readonly<Record<string, (values: Values) => string>> = {
  AssetShort: ([asset, accounted, held]) =>
    `the vault holds ${textOf(held)} of the ${textOf(accounted)} units of asset ${textOf(asset)} that it accounts for, or a shortage is on record; nothing of it is locked until a report finds it whole, and it is paid at its coverage once the shortage has been on record for 7 days as it is now: call report(${textOf(asset)})`,
  ReportTooSoon: ([asset, coverage, earliest]) =>
    `the coverage of asset ${textOf(asset)}, ${percentOf(coverage)}, is no less than the last report told; that is reported again from ${dateOf(earliest)} on`,
  NotImpaired: ([assetId]) => `the vault of asset ${textOf(assetId)} reports no less than the coverage in force`,
  CoverTooEarly: ([assetId, from, asOf]) =>
    `the reported coverage of asset ${textOf(assetId)} can be put in force once its source is known up to ${dateOf(from)}; it is known up to ${dateOf(asOf)}`,
  NotConfirmed: ([index, confirmed, opensAt]) =>
    `witnesses have confirmed up to entry ${textOf(confirmed)}, not entry ${textOf(index)}; without them it can be done from ${dateOf(opensAt)} on`,
  NothingOwed: ([assetId]) => `no closed generation left anything of asset ${textOf(assetId)} owing`,
  WriteOffTooEarly: ([assetId, needed, asOf]) =>
    `what asset ${textOf(assetId)} owes can be written off once its source is known up to ${dateOf(needed)}; it is known up to ${dateOf(asOf)}`,
  WriteOffUnsettled: ([assetId]) =>
    `what a closed generation left owing of asset ${textOf(assetId)} is neither repaid nor taken over by its vault; write it off, and have the vault take the loss`,
  EntryKindMismatch: ([seq, kind]) =>
    kind === 18
      ? `entry ${textOf(seq)} is a loss, not a release: call takeLoss for it`
      : `entry ${textOf(seq)} is a release, not a loss: call pay for it`,
};

/**
 * Gives a revert's name and arguments by the errors of an ABI, with a sentence where one is known; unknown bytes are named by their
 * selector.
 */
export function describeRevert(payload: string | null, message: string, errors: Abi): Revert {
  if (payload === null || payload === '0x') return { name: 'REVERTED', detail: message };
  try {
    const { args = [], errorName } = decodeErrorResult({ abi: errors, data: payload as Hex });
    const detail = `${errorName}(${args.map(textOf).join(', ')})`;
    const sentence = SENTENCES[errorName]?.(args);
    return { name: errorName, detail: sentence === undefined ? detail : `${detail}: ${sentence}` };
  } catch {
    return { name: 'REVERTED', detail: `the call reverts with unknown error ${payload.slice(0, 10)}` };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'bigint' ||
    typeof value === 'number' ||
    typeof value === 'string' ||
    typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value, (_name, member: unknown) => (typeof member === 'bigint' ? member.toString() : member));
}

/** A share of 1e18 in percent with two decimals, rounded down. */
function percentOf(wad: unknown): string {
  const hundredths = mulDivDown(wad as bigint, 10_000n, WAD)
    .toString()
    .padStart(3, '0');
  return `${hundredths.slice(0, -2)}.${hundredths.slice(-2)} %`;
}

/** A block time in seconds as a date; a time past the range of dates stays a number. */
function dateOf(seconds: unknown): string {
  const date = new Date(Number(seconds) * 1_000);
  return Number.isNaN(date.getTime()) ? textOf(seconds) : date.toISOString();
}
