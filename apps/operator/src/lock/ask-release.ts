import { releaseCall } from '@surety/client';
import { collateralLedgerAbi, describeRevert, marginReportsAbi, marketAbi } from '@surety/contracts';
import { type Address, AppError, type Bytes32, type Hex, address, mulDivUp, oneLine } from '@surety/domain';
import { LEDGER_ERRORS, type Rpc } from '@surety/transactions';
import { type Abi, type PublicClient, decodeErrorResult, erc20Abi, parseAbi } from 'viem';
import { operatorError } from '../errors.js';
import type { InitialMargin } from './find-largest-release.js';
import { formatReadable, formatWad } from '../terminal/format.js';

/** A release as the ledger is asked about it; amounts in token units. */
export interface ReleaseCall {
  readonly account: Bytes32;
  readonly assetId: number;
  readonly amount: bigint;
  readonly recipient: Address;
  readonly fee: bigint;
}

/** Verdict of the ledger on a release made now. */
export type LedgerVerdict =
  | { readonly kind: 'taken' }
  /** `short` where the margin is too low. */
  | { readonly kind: 'refused'; readonly detail: string; readonly short?: InitialMargin };

/** Requirement of one protocol for an account, and the debt behind it where it tells. */
export interface RequiringProtocol {
  readonly protocol: Address;
  /** By which the configuration knows it, or what it calls itself; its address alone where it has neither. */
  readonly name: string | undefined;
  readonly requiredWad: bigint;
  readonly debt: { readonly units: bigint; readonly decimals: number; readonly symbol: string } | undefined;
}

/** Most characters of what a contract calls itself or its token. */
const NAME_LENGTH_MAX = 40;

/** Views by which lenders tell a debt; a protocol need not have them. */
const LENDER = parseAbi([
  'function debtOf(bytes32 account) view returns (uint256)',
  'function asset() view returns (address)',
]);
const REQUIREMENT = parseAbi([
  'function requirementOf(bytes32 account) view returns (uint256 initialWad, uint256 maintenanceWad, uint64 positionNonce, uint64 asOf)',
]);
/** Errors of the ledger, and of what a protocol's answer may rest on. */
const ERRORS: Abi = [...LEDGER_ERRORS, ...collateralLedgerAbi, ...marginReportsAbi].filter(
  ({ type }) => type === 'error',
);

/** Asks the ledger, at the newest block and in the sender's name, what it would do with a release; sends nothing. */
export async function askRelease(
  rpc: Rpc,
  { ledger, from }: { readonly ledger: Address; readonly from: Address },
  release: ReleaseCall,
): Promise<LedgerVerdict> {
  try {
    const { data } = releaseCall({ ...release, ledger });
    await rpc.call('eth_call', [{ from, to: ledger, data }, 'latest']);
    return { kind: 'taken' };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'RPC_REFUSED') throw error;
    const { payload, detail } = error.context;
    if (typeof payload !== 'string' && !/revert/i.test(String(detail))) throw error;
    const data = typeof payload === 'string' ? (payload as Hex) : null;
    const told = describeRevert(data, String(detail), ERRORS).detail;
    const short = data === null ? undefined : shortOf(data);
    return { kind: 'refused', detail: told, ...(short === undefined ? {} : { short }) };
  }
}

/** Builds the error of a release that the ledger would refuse. */
export function ledgerRefusal(detail: string): Error {
  return operatorError('RELEASE_REFUSED', `the ledger would refuse the release: ${detail}; nothing was sent`);
}

/** The margin that a refusal names as too low. @source ILedgerMargin.MarginTooLow */
function shortOf(data: Hex): InitialMargin | undefined {
  try {
    const { errorName, args } = decodeErrorResult({ abi: collateralLedgerAbi, data });
    if (errorName !== 'MarginTooLow') return undefined;
    const [, assetsWad, requiredWad] = args;
    return { assetsWad, requiredWad };
  } catch {
    return undefined;
  }
}

/** Reads what each protocol of an account requires, the largest first; `names` are those of configured markets. */
export async function readRequiring(
  client: PublicClient,
  {
    ledger,
    account,
    names,
  }: {
    readonly ledger: Address;
    readonly account: Bytes32;
    readonly names: ReadonlyMap<string, string>;
  },
): Promise<RequiringProtocol[]> {
  const at = { address: ledger, abi: collateralLedgerAbi } as const;
  const listed = await client.readContract({ ...at, functionName: 'protocolsOf', args: [account] });
  const read = await Promise.all(
    listed.map(async (one): Promise<RequiringProtocol> => {
      const protocol = address(one);
      const [requirement, debt, own] = await Promise.all([
        orNothing(
          client.readContract({ address: one, abi: REQUIREMENT, functionName: 'requirementOf', args: [account] }),
        ),
        readDebt(client, one, account),
        orNothing(client.readContract({ address: one, abi: erc20Abi, functionName: 'name' })),
      ]);
      return {
        protocol,
        name: nameOf(names.get(protocol), own),
        requiredWad: requirement?.[0] ?? 0n,
        debt,
      };
    }),
  );
  return read.toSorted((left, right) => (left.requiredWad < right.requiredWad ? 1 : -1));
}

/** A protocol may call itself by any text, also as a configured market is called. */
function nameOf(configured: string | undefined, own: string | undefined): string | undefined {
  if (configured !== undefined) return `market ${configured}`;
  return own === undefined
    ? undefined
    : `"${oneLine(own, NAME_LENGTH_MAX).replaceAll('"', "'")}" (not in the configuration)`;
}

async function readDebt(client: PublicClient, protocol: Hex, account: Bytes32): Promise<RequiringProtocol['debt']> {
  const [asset, plain, position] = await Promise.all([
    orNothing(client.readContract({ address: protocol, abi: LENDER, functionName: 'asset' })),
    orNothing(client.readContract({ address: protocol, abi: LENDER, functionName: 'debtOf', args: [account] })),
    orNothing(client.readContract({ address: protocol, abi: marketAbi, functionName: 'positionOf', args: [account] })),
  ]);
  const units = position?.[0] ?? plain;
  if (asset === undefined || units === undefined) return undefined;
  const token = { address: asset, abi: erc20Abi } as const;
  const [decimals, symbol] = await Promise.all([
    orNothing(client.readContract({ ...token, functionName: 'decimals' })),
    orNothing(client.readContract({ ...token, functionName: 'symbol' })),
  ]);
  return decimals === undefined || symbol === undefined
    ? undefined
    : { units, decimals, symbol: oneLine(symbol, NAME_LENGTH_MAX) };
}

/** Returns undefined where a contract does not answer: it need not have the view. A provider that fails is no answer of it. */
export async function orNothing<Value>(asked: Promise<Value>): Promise<Value | undefined> {
  try {
    return await asked;
  } catch (error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      if (cause instanceof AppError && cause.retryable) throw error;
    return undefined;
  }
}

/**
 * Says what keeps the rest of a line from leaving: how much to repay and where, the largest requirement first. Amounts are rounded up
 * to whole units.
 */
export function whatKeeps({ assetsWad, requiredWad }: InitialMargin, protocols: readonly RequiringProtocol[]): string {
  let missing = requiredWad - assetsWad;
  const acts: string[] = [];
  for (const { protocol, name, requiredWad: own, debt } of protocols) {
    if (missing <= 0n || own === 0n) break;
    const part = missing < own ? missing : own;
    const where = name === undefined ? protocol : `${name} ${protocol}`;
    acts.push(
      debt === undefined
        ? `lower by ${formatWad(part)} what ${where} requires`
        : `repay ${formatReadable(mulDivUp(debt.units, part, own), debt.decimals)} ${debt.symbol} at ${where}`,
    );
    missing -= part;
  }
  if (acts.length === 0) acts.push(`lower by ${formatWad(missing)} what protocols require, or lock more`);
  return `${acts.join(' and ')} for the rest`;
}
