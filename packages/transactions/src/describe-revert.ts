import { type Hex, WAD, mulDivDown } from '@surety/domain';
import { type Abi, decodeErrorResult } from 'viem';

/** A decoded revert: the custom error's name and its arguments. */
export interface Revert {
  readonly name: string;
  readonly detail: string;
}

type Values = readonly unknown[];

/**
 * Explanations, with the next step, of reverts around shortages, refunds and rewinds.
 * @source IVault.sol, ILedgerLosses.sol, RewindLib.sol
 */
const SENTENCES: Readonly<Record<string, (values: Values) => string>> = {
  AssetShort: ([asset, accounted, held]) =>
    `the vault holds ${textOf(held)} of the ${textOf(accounted)} units of asset ${textOf(asset)} that it accounts for, or a shortage is on record; nothing of it is locked until a report finds it whole, and it is paid at its coverage once the shortage has been on record for 7 days as it is now: call report(${textOf(asset)})`,
  ReportTooSoon: ([asset, coverage, earliest]) =>
    `the coverage of asset ${textOf(asset)}, ${percentOf(coverage)}, is no less than the last report told; that is reported again from ${dateOf(earliest)} on`,
  RefundTooSoon: ([seq, earliest]) =>
    `the refund of payment ${textOf(seq)} is journaled from ${dateOf(earliest)} on, or earlier once witnesses have confirmed its release and it was not journaled before`,
  NothingToCover: ([assetId]) => `what the vault of asset ${textOf(assetId)} reported last is in force already`,
  CoverTooEarly: ([assetId, from, asOf]) =>
    `the reported coverage of asset ${textOf(assetId)} can be put in force once its source is known up to ${dateOf(from)}; it is known up to ${dateOf(asOf)}`,
  NotConfirmed: ([index, confirmed, opensAt]) =>
    `witnesses have confirmed up to entry ${textOf(confirmed)}, not entry ${textOf(index)}; without them it can be done from ${dateOf(opensAt)} on`,
  AssetUnsettled: ([assetId]) =>
    `a rewind left entries of asset ${textOf(assetId)} that have not come again, or units that its vault has not answered for; nothing of it leaves before: bring the journal to its tip, take back what is left, tell the vault with writeOff`,
  TakeBackTooEarly: ([source, needed, asOf]) =>
    needed === 0n
      ? `the journal of source ${textOf(source)} was not heard to its tip since the rewind; apply it first, what is left is taken back three days later`
      : `what a rewind of source ${textOf(source)} left is taken back once the source is known up to ${dateOf(needed)}; it is known up to ${dateOf(asOf)}`,
  OrphanUnknown: ([source, hash]) =>
    `no entry ${textOf(hash)} of source ${textOf(source)} is left of a rewind: it came again, or was taken back`,
  OrphansLeft: ([source, vaultAsset, units]) =>
    `${textOf(units)} units of asset ${textOf(vaultAsset)} of source ${textOf(source)} have not come again; they come again or are taken back before the vault is told what is missing`,
  NothingMissing: ([source, vaultAsset]) =>
    `nothing of asset ${textOf(vaultAsset)} of source ${textOf(source)} is missing or found that its vault does not know`,
  PointUnknown: ([, count, head]) =>
    `the replica does not hold head ${textOf(head)} at count ${textOf(count)}, or the entries do not lead there: mark it first, or choose a point that both ends hold`,
  PointPastTip: ([count, tip]) => `the point is entry ${textOf(count)} of a journal of ${textOf(tip)} entries`,
  RewindRunning: ([, next]) => `the replica is being rewound to ${textOf(next)} already: unwind what is left first`,
  RewindNotRunning: ([edge]) => `the replica of edge ${textOf(edge)} is not being rewound; call rewind first`,
  StepPastPoint: ([, entries, left]) =>
    `the step holds ${textOf(entries)} entries, and ${textOf(left)} are left past the point`,
  EntryKindMismatch: ([seq, kind]) =>
    kind === 18
      ? `entry ${textOf(seq)} is a loss, not a release: call takeLoss for it`
      : `entry ${textOf(seq)} is a release, not a loss: call pay for it`,
};

/**
 * Decodes a revert with the errors of an ABI and adds an explanation where one is known; unknown errors are named by
 * their selector.
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

/** Formats a share of 1e18 as a percentage with two decimals, rounded down. */
function percentOf(wad: unknown): string {
  const hundredths = mulDivDown(wad as bigint, 10_000n, WAD)
    .toString()
    .padStart(3, '0');
  return `${hundredths.slice(0, -2)}.${hundredths.slice(-2)} %`;
}

/** Formats a block time in seconds as a date; a time beyond the range of dates stays a number. */
function dateOf(seconds: unknown): string {
  const date = new Date(Number(seconds) * 1_000);
  return Number.isNaN(date.getTime()) ? textOf(seconds) : date.toISOString();
}
