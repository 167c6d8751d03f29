import { type Hex, WAD, dateText, mulDivDown, oneLine } from '@surety/domain';
import { type Abi, decodeErrorResult, parseAbi } from 'viem';
import { ERROR_NOTICES } from './generated/index.js';

/** A decoded revert: the custom error's name and what it means. */
export interface Revert {
  readonly name: string;
  readonly detail: string;
  /** Of a known custom error. */
  readonly args?: readonly unknown[];
}

/** The token that an act is about: amounts of its errors are units of it. */
export interface RevertToken {
  readonly symbol: string;
  readonly decimals: number;
}

type Values = readonly unknown[];
type AbiError = Extract<Abi[number], { type: 'error' }>;

/** Errors of tokens and of what calls them, which no contract here declares. @source ERC-6093, OpenZeppelin SafeERC20 */
const TOKEN_ERRORS: Abi = parseAbi([
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
  'error ERC20InvalidSender(address sender)',
  'error ERC20InvalidReceiver(address receiver)',
  'error ERC20InvalidApprover(address approver)',
  'error ERC20InvalidSpender(address spender)',
  'error SafeERC20FailedOperation(address token)',
]);

/** Meanings of the compiler's own panics. @source Solidity documentation, "Panic via assert and Error via require" */
const PANICS: Readonly<Record<string, string>> = {
  1: 'an assertion of the contract failed',
  17: 'a sum or a difference leaves its range',
  18: 'a division by zero',
  33: 'a value is outside its enumeration',
  49: 'an empty list has no last item',
  50: 'a list has no item of this number',
  65: 'a call wants too much memory',
};

/**
 * Explanations, with the next step, of reverts around tokens, shortages, refunds and rewinds, and of errors of which two contracts say
 * different things.
 * @source IVault.sol, ILedgerLosses.sol, RewindLib.sol
 */
const SENTENCES: Readonly<Record<string, (values: Values) => string>> = {
  ERC20InsufficientBalance: ([sender, balance, needed]) =>
    `${textOf(sender)} holds ${textOf(balance)} units of the token; the call needs ${textOf(needed)}`,
  ERC20InsufficientAllowance: ([spender, allowance, needed]) =>
    `${textOf(spender)} may take ${textOf(allowance)} units of the token; the call needs ${textOf(needed)}: approve them first`,
  ERC20InvalidSender: ([sender]) => `the token takes nothing from ${textOf(sender)}`,
  ERC20InvalidReceiver: ([receiver]) => `the token gives nothing to ${textOf(receiver)}`,
  ERC20InvalidApprover: ([approver]) => `${textOf(approver)} cannot approve anything`,
  ERC20InvalidSpender: ([spender]) => `nothing can be approved for ${textOf(spender)}`,
  SafeERC20FailedOperation: ([token]) => `the token ${textOf(token)} refused the transfer and gave no reason`,
  SafeCastOverflowedUintDowncast: ([bits, value]) => `${textOf(value)} does not fit ${textOf(bits)} bits`,
  ReentrancyGuardReentrantCall: () => 'the contract was called again while a call into it still ran',
  AddressMissing: ([name]) => `an address is missing: ${textOf(name)}`,
  StatementNotLocal: ([epoch]) =>
    `a statement of epoch ${textOf(epoch)} is signed by attesters; this edge takes none but those of its own chain`,
  Panic: ([code]) => PANICS[textOf(code)] ?? 'the contract met a state that it rules out',
  AssetUnknown: ([asset]) => `no listed asset has the index ${textOf(asset)}`,
  MarginTooLow: ([, assets, required]) =>
    `the initial margin would be ${wadOf(assets)}, and ${wadOf(required)} is required: lock more, or do less`,
  AccountHealthy: ([, assets, required]) =>
    `maintenance assets of ${wadOf(assets)} cover the ${wadOf(required)} required`,
  StillUnhealthy: ([, assets, required]) =>
    `assets of ${wadOf(assets)} do not cover the ${wadOf(required)} required yet`,
  RequirementLeft: ([, protocol, initial]) =>
    `${textOf(protocol)} still requires ${wadOf(initial)}: repay or close what is open there first`,
  NoRelief: ([protocol, required, most]) =>
    `${textOf(protocol)} still requires ${wadOf(required)}, and ${wadOf(most)} at most was to be left`,
  LossTooLarge: ([protocol, loss, most]) =>
    `${textOf(protocol)} names a loss of ${wadOf(loss)}, and the bid leaves ${wadOf(most)} at most`,
  DiscountTooSmall: ([ppm, least]) =>
    `the discount is ${ppmOf(ppm)} now, and ${ppmOf(least)} was asked for: it grows with time`,
  ShareTooSmall: ([share, least]) =>
    `${percentOf(share)} of the burden can be taken now, and ${percentOf(least)} at least was asked for`,
  NotAuthorized: ([caller, needed]) =>
    textOf(needed).length === 42
      ? `${textOf(caller)} may not do this; ${textOf(needed)} may`
      : `${textOf(caller)} does not have the role that this act needs`,
  NotOwner: ([caller, account]) =>
    `${textOf(caller)} is not the owner${account === undefined ? '' : ` of account ${textOf(account)}`}`,
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
 * Explanations of errors whose figures are amounts of the token that the act is about. Those of ERC-20 are none: at a market they may be
 * of its shares. @source IVault.sol, ILedgerCore.sol, IMarket.sol
 */
const AMOUNT_SENTENCES: Readonly<Record<string, (values: Values, amount: (units: unknown) => string) => string>> = {
  CapExceeded: ([wanted, room], amount) => `${amount(wanted)} are above the ${amount(room)} that a cap allows now`,
  AmountUnavailable: ([wanted, seasoned], amount) =>
    `${amount(wanted)} are wanted, and ${amount(seasoned)} of the line may move: what was credited lately seasons first`,
  ReleaseTooSmall: ([wanted, minimum], amount) =>
    `${amount(wanted)} are less than the smallest release, ${amount(minimum)}`,
  BelowMinimum: ([wanted, minimum], amount) => `${amount(wanted)} are less than the smallest lock, ${amount(minimum)}`,
  FeeAboveAmount: ([fee, wanted], amount) => `the fee of ${amount(fee)} is above the amount of ${amount(wanted)}`,
  FeeBelowMinimum: ([fee, minimum], amount) => `the fee of ${amount(fee)} is below the smallest, ${amount(minimum)}`,
  NotEnoughCash: ([wanted, cash], amount) => `${amount(wanted)} are wanted, and the market has ${amount(cash)} at hand`,
  DebtTooSmall: ([debt, least], amount) => `a debt of ${amount(debt)} is below the smallest, ${amount(least)}`,
  DebtCapExceeded: ([debt, cap], amount) => `all debts would be ${amount(debt)}, above the cap of ${amount(cap)}`,
};
/** Most characters of a list in an error, or of what a provider says itself. */
const STRANGE_LENGTH_MAX = 500;
const RAW_UNITS = (units: unknown): string => `${textOf(units)} units`;

/** Explains a revert with its amounts in a token, as people count them; what it says already where no amount is known. */
export function revertIn({ name, detail, args }: Revert, { symbol, decimals }: RevertToken): string {
  const sentence = args === undefined ? undefined : AMOUNT_SENTENCES[name];
  if (sentence === undefined || args === undefined) return detail;
  return `${calledOf(name, args)}: ${sentence(args, (units) => `${decimalOf(units, decimals)} ${symbol}`)}`;
}

const calledOf = (name: string, args: Values): string => `${name}(${args.map(textOf).join(', ')})`;

/**
 * Decodes a revert with the errors of an ABI and those of tokens, and adds an explanation: a sentence with the next step where one is
 * known, else what NatSpec says of the error. Text that a contract reverts with is quoted, and kept on the line; unknown errors are named by their selector.
 */
export function describeRevert(payload: string | null, message: string, errors: Abi): Revert {
  if (payload === null || payload === '0x') return { name: 'REVERTED', detail: oneLine(message, STRANGE_LENGTH_MAX) };
  try {
    const decoded = decodeErrorResult({ abi: [...errors, ...TOKEN_ERRORS], data: payload as Hex });
    const { abiItem, errorName } = decoded;
    const args: Values = decoded.args ?? [];
    if (errorName === 'Error') return { name: errorName, detail: `the contract says "${textOf(args[0])}"` };
    const detail = calledOf(errorName, args);
    const sentence =
      SENTENCES[errorName]?.(args) ??
      AMOUNT_SENTENCES[errorName]?.(args, RAW_UNITS) ??
      clauseOf(ERROR_NOTICES[signatureOf(abiItem as AbiError)]);
    return { name: errorName, detail: sentence === undefined ? detail : `${detail}: ${sentence}`, args };
  } catch {
    return { name: 'REVERTED', detail: `the call reverts with unknown error ${payload.slice(0, 10)}` };
  }
}

function signatureOf({ name, inputs }: AbiError): string {
  return `${name}(${inputs.map(({ type }) => type).join(',')})`;
}

/** Makes the sentences of a notice a clause behind other words. */
function clauseOf(notice: string | undefined): string | undefined {
  if (notice === undefined) return undefined;
  // A name in capitals keeps them.
  const first = /^[A-Z][a-z ]/.test(notice) ? `${notice.charAt(0).toLowerCase()}${notice.slice(1)}` : notice;
  return first.replace(/\.$/, '');
}

/** Any contract may revert with any text or bytes: they stay part of the line. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return oneLine(value);
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : oneLine(
        JSON.stringify(value, (_name, member: unknown) => (typeof member === 'bigint' ? member.toString() : member)),
        STRANGE_LENGTH_MAX,
      );
}

/** Formats a value with 18 decimals as people read money, rounded down; the largest figures are no sum. */
function wadOf(wad: unknown): string {
  if (typeof wad !== 'bigint' || wad >= INFINITE) return 'an infinite sum';
  const cents = decimalOf(mulDivDown(wad, 1n, 10n ** 16n), 2);
  return cents.includes('.') ? cents.replace(/\.\d$/, '$&0') : `${cents}.00`;
}

/** Formats units of either sign without zeros at the end, its thousands apart. */
function decimalOf(units: unknown, decimals: number): string {
  const text = textOf(units);
  const digits = text.replace('-', '').padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  const rest = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${text.startsWith('-') ? '-' : ''}${whole}${rest === '' ? '' : `.${rest}`}`;
}

/** Formats parts per million of either sign as a percentage. */
function ppmOf(ppm: unknown): string {
  return `${decimalOf(ppm, 4)} %`;
}

/** Formats a share of 1e18 as a percentage with two decimals, rounded down. */
function percentOf(wad: unknown): string {
  const hundredths = mulDivDown(wad as bigint, 10_000n, WAD)
    .toString()
    .padStart(3, '0');
  return `${hundredths.slice(0, -2)}.${hundredths.slice(-2)} %`;
}

/** From here on a figure is the ledger's word for "no assets cover it". @source ILedgerMargin.sol */
const INFINITE = 2n ** 128n - 1n;
/** The last second of year 9999; contracts keep later ones for "never". */
const LAST_DATE = 253_402_300_799n;

/** Formats a block time in seconds as a date; a time past every calendar stays a number. */
function dateOf(seconds: unknown): string {
  if (typeof seconds !== 'bigint' && typeof seconds !== 'number') return textOf(seconds);
  return BigInt(seconds) > LAST_DATE ? textOf(seconds) : dateText(BigInt(seconds));
}
