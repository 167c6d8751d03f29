import { WAD, coverageOf } from '@surety/domain';
import { formatCoverage, formatTime, formatUnits } from '../terminal/format.js';

/**
 * A vault's and the ledger's facts of one asset. Either is null if it was not read. Times in block seconds.
 */
export interface CoverageFacts {
  readonly chain: string;
  readonly symbol: string;
  /** Index at the vault. */
  readonly index: number;
  readonly decimals: number;
  readonly vault: {
    /** Units that it accounts for. */
    readonly accounted: bigint;
    /** Token units that it holds, null if the token gives no balance. */
    readonly held: bigint | null;
    /** Part of a unit that has tokens by its last report, WAD; 1e18 while no shortage is on record. */
    readonly reportedWad: bigint;
    /** Since when a shortage is on record, 0 if none is. */
    readonly shortSince: bigint;
    readonly hasEnded: boolean;
    readonly nowS: bigint;
  } | null;
  readonly ledger: {
    /** Coverage that margins multiply by, and the vault's last report, WAD. */
    readonly inForceWad: bigint;
    readonly reportedWad: bigint;
    /** Time of the first report of less than is in force, 0 while the asset is not impaired; `cover` from the second one on. */
    readonly impairedSince: bigint;
    readonly coverFrom: bigint;
    /** Number of the loss that the vault has not answered, 0 for none. */
    readonly lostSeq: bigint;
    /** Units of entries that a rewind unwound, and that neither came again nor were taken back. */
    readonly orphaned: bigint;
    /** Units that the vault must be informed of: taken back and not there, or there after all. */
    readonly missing: bigint;
    readonly found: bigint;
    /** Time up to which the source is known. */
    readonly asOf: bigint;
  } | null;
  /** Reasons for null parts in words, one each; empty where both were read. */
  readonly unread: readonly string[];
}

/** A problem of an asset, and the command to run. */
export interface CoverageTrouble {
  readonly chain: string;
  readonly symbol: string;
  /** Coverage that margins multiply by, WAD; null if the ledger's chain gave no answer. */
  readonly inForceWad: bigint | null;
  /** Part of a unit that has tokens now, WAD; null if the vault's chain gave no answer. */
  readonly coverageWad: bigint | null;
  /** Since when it is on record at the vault, or else impaired at the ledger; 0 if it is on record nowhere. */
  readonly since: bigint;
  readonly detail: string;
  /** A command, or what is waited for. */
  readonly next: string;
  /** True if the command can be run now. */
  readonly isDue: boolean;
}

const PAID_AFTER_S = 604_800n;

type Step = Pick<CoverageTrouble, 'next' | 'isDue'>;

/**
 * Describes what is wrong with an asset; undefined if its vault holds all that it accounts for and the ledger counts
 * all of it.
 */
export function judgeCoverage(facts: CoverageFacts): CoverageTrouble | undefined {
  const { chain, symbol, vault, ledger } = facts;
  const coverageWad = coverageNow(vault);
  const step = unsettledStep(facts) ?? shortStep(facts, coverageWad);
  if (step === undefined) return undefined;
  const since = [vault?.shortSince ?? 0n, ledger?.impairedSince ?? 0n].find((time) => time !== 0n) ?? 0n;
  const detail = detailOf(facts, coverageWad, since);
  return { chain, symbol, inForceWad: ledger?.inForceWad ?? null, coverageWad, since, detail, ...step };
}

function coverageNow(vault: CoverageFacts['vault']): bigint | null {
  if (vault === null || vault.held === null) return null;
  const { accounted, held } = vault;
  return coverageOf({ missing: held < accounted ? accounted - held : 0n, accounted });
}

/** An unsettled rewind comes first: until then nothing of the asset leaves the ledger. */
function unsettledStep({ chain, index, ledger }: CoverageFacts): Step | undefined {
  if (ledger === null) return undefined;
  // One loss at a time: the next one waits for the vault's answer.
  if (ledger.lostSeq !== 0n) {
    const next = `surety relay carries entry ${ledger.lostSeq} to the vault, and has it take the loss over a day after that`;
    return { next, isDue: false };
  }
  if (ledger.orphaned !== 0n) {
    const next = `surety relay brings entries again; what is left three days after the last of them is taken back: surety migrate rewind`;
    return { next, isDue: false };
  }
  if (ledger.missing === 0n && ledger.found === 0n) return undefined;
  return { next: `surety ledger write-off --source ${chain} --vault-asset ${index}`, isDue: true };
}

function shortStep({ chain, symbol, vault, ledger }: CoverageFacts, coverageWad: bigint | null): Step | undefined {
  const report = `surety vault report --chain ${chain} --asset ${symbol}`;
  if (vault?.hasEnded === true) return undefined;
  if (vault !== null && vault.held === null) {
    return { next: 'find out why the token gives no balance; nothing of it is locked or paid meanwhile', isDue: false };
  }
  if (vault !== null && coverageWad !== null) {
    const isWorse = coverageWad < vault.reportedWad;
    const isOver = vault.shortSince !== 0n && coverageWad === WAD;
    if (isWorse || isOver) return { next: report, isDue: true };
  }
  if (ledger !== null && coverageWad !== null && ledger.reportedWad !== coverageWad) {
    return { next: `surety relay, which carries the last report to the ledger; or ${report}`, isDue: false };
  }
  if (ledger !== null && ledger.impairedSince !== 0n) {
    const command = `surety ledger cover --asset ${chain}:${symbol}`;
    return ledger.asOf >= ledger.coverFrom
      ? { next: command, isDue: true }
      : { next: `${command}, once the source is known up to ${formatTime(ledger.coverFrom)}`, isDue: false };
  }
  const isWhole = (coverageWad ?? WAD) === WAD && (ledger?.inForceWad ?? WAD) === WAD;
  return isWhole ? undefined : { next: `once the tokens are back: ${report}`, isDue: false };
}

function detailOf({ vault, ledger, decimals }: CoverageFacts, coverageWad: bigint | null, since: bigint): string {
  const parts: string[] = [];
  if (vault !== null && vault.held === null) parts.push('the token gives no balance');
  if (vault !== null && vault.held !== null && coverageWad !== null && coverageWad < WAD) {
    const [held, accounted] = [formatUnits(vault.held, decimals), formatUnits(vault.accounted, decimals)];
    parts.push(`the vault holds ${held} of ${accounted}, coverage ${formatCoverage(coverageWad)}`);
    const paidFrom = vault.shortSince + PAID_AFTER_S;
    if (vault.shortSince === 0n) parts.push('not reported yet, so nothing of it is paid');
    else if (vault.nowS < paidFrom) parts.push(`payments wait until ${formatTime(paidFrom)}`);
    else parts.push('payments are made at that coverage');
  }
  if (since !== 0n) parts.push(`on record since ${formatTime(since)}`);
  if (ledger !== null && ledger.inForceWad < WAD) parts.push(`margins count × ${formatCoverage(ledger.inForceWad)}`);
  if (ledger !== null && ledger.impairedSince !== 0n)
    parts.push('impaired at the ledger: no initial margin, no new credit');
  if (ledger !== null && ledger.orphaned !== 0n) {
    parts.push(`a rewind unwound ${formatUnits(ledger.orphaned, decimals)} that have not come again`);
  }
  if (ledger !== null && ledger.missing !== 0n) parts.push(`${formatUnits(ledger.missing, decimals)} are missing`);
  if (ledger !== null && ledger.found !== 0n) {
    parts.push(`${formatUnits(ledger.found, decimals)} that were told missing are backed after all`);
  }
  if (ledger !== null && ledger.lostSeq !== 0n) parts.push(`loss ${ledger.lostSeq} waits for the vault’s answer`);
  return parts.length === 0 ? 'the ledger counts another coverage than the vault has' : parts.join('; ');
}
