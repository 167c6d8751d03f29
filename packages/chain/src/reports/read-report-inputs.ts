import type { Address, Bytes32 } from '@surety/domain';
import { formatUnits } from 'viem';
import { chainError } from '../errors.js';
import { isContractAnswer } from './is-contract-answer.js';
import type { OwnMarkets } from './markets.js';
import {
  type ReportChain,
  POSITION_KINDS,
  atBlock,
  readCountedLines,
  readFinalNumber,
  readLine,
  readPosition,
  readReportsOf,
  seasonedUnits,
} from './report-chain.js';
import {
  type TimedBlock,
  type WrittenLine,
  type WrittenUnderlying,
  assetName,
  expiryName,
  readUnderlyings,
  sourceName,
  writtenAsset,
  writtenSource,
} from './written-book.js';

/** The account, the block and the signer's own figures of a report to build. */
export interface InputsRequest {
  readonly protocol: Address;
  readonly account: Bytes32;
  /** A final block; by default the last one. */
  readonly blockNumber?: bigint;
  readonly markets: OwnMarkets;
}

/**
 * The inputs of a report as `parseReportInputs` reads them. Names of lines and sources derive from the ledger's
 * numbers, so any two readers produce the same.
 */
export interface WrittenInputs {
  readonly subject: Readonly<Record<string, string>>;
  readonly bindings: Readonly<Record<'assets' | 'prices', Readonly<Record<string, string>>>>;
  readonly book: Readonly<Record<string, unknown>>;
}

type Position = Awaited<ReturnType<typeof readPosition>>;

/**
 * Builds the inputs of a report. Position, lines as margins count them with their weights, and prices come from the
 * chain at one final block; volumes, volatilities, forwards, rates, depths and confidences from the signer's own file.
 * Lines are left out if the account has other protocols. `compareInputs` finds what a book cannot express, such as a
 * source that has been dark for weeks.
 * @throws NOT_FINAL, NO_REPORTS for a protocol that has no view of positions, NOTHING_TO_REPORT for an account without
 * a position, MARKET_MISSING.
 */
export async function readReportInputs(request: InputsRequest, chain: ReportChain): Promise<WrittenInputs> {
  const { protocol, account, markets } = request;
  const final = await readFinalNumber(chain);
  const blockNumber = request.blockNumber ?? final;
  if (blockNumber > final) {
    throw chainError(
      'NOT_FINAL',
      `block ${blockNumber} of chain ${chain.chain.chainId} is not final; the last final block is ${final}: name that one, or wait`,
    );
  }
  const block = await chain.reader.getBlock({ blockNumber });
  const at: TimedBlock = { ...(await atBlock(chain, blockNumber)), time: block.timestamp };
  const { reports } = await asked(protocol, at, () => readReportsOf(protocol, at));
  const position = await asked(protocol, at, () => readPosition(request, at));
  if (position.positions.length === 0 && position.owedWad === 0n) {
    throw chainError(
      'NOTHING_TO_REPORT',
      `${account} has no position at ${protocol} in block ${blockNumber} and owes nothing there; expected one: check --account and --protocol, or wait until its first trade is final`,
    );
  }
  const lines = await readHedge(account, at);
  const traded = new Set(position.positions.map(({ slot }) => slot));
  const slots = [...traded, ...lines.map(({ asset }) => asset.underlying)];
  const underlyings = await readUnderlyings({ traded, slots, markets }, at);
  return {
    subject: {
      chainId: String(chain.chain.chainId),
      reports,
      protocol,
      account,
      positionNonce: position.nonce.toString(),
      blockNumber: blockNumber.toString(),
      blockHash: block.hash,
      asOf: at.time.toString(),
    },
    bindings: {
      assets: Object.fromEntries(lines.map(({ id }) => [assetName(id), String(id)])),
      prices: Object.fromEntries(underlyings.map(({ name, slot }) => [name, String(slot)])),
    },
    book: {
      at: at.time.toString(),
      sources: Object.fromEntries(lines.map((line) => [sourceName(line), writtenSource(line)])),
      underlyings: Object.fromEntries(underlyings.map(({ name, written }) => [name, written])),
      assets: Object.fromEntries(lines.map((line) => [assetName(line.id), writtenAsset(line, at)])),
      accounts: [writtenAccount(account, { position, lines, underlyings }, at)],
    },
  };
}

/** Calls a protocol. An invalid response means that it takes no reports. */
async function asked<Value>(protocol: Address, at: TimedBlock, ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask();
  } catch (cause) {
    if (!isContractAnswer(cause)) throw cause;
    throw chainError(
      'NO_REPORTS',
      `${protocol} on chain ${at.chain.chainId} does not answer reports() and positionsOf() in block ${at.blockNumber}; expected a protocol with IReportedPositions whose reports() is a MarginReports: check --protocol`,
      { cause },
    );
  }
}

/** Lines hedge a position only if no other protocol relies on them. */
async function readHedge(account: Bytes32, at: TimedBlock): Promise<WrittenLine[]> {
  const { protocols, lines } = await readCountedLines(account, at);
  if (protocols > 1) return [];
  const ascending = lines.toSorted((left, right) => left.id - right.id);
  return Promise.all(ascending.map((line) => readLine(line, at)));
}

interface Read {
  readonly position: Position;
  readonly lines: readonly WrittenLine[];
  readonly underlyings: readonly WrittenUnderlying[];
}

function writtenAccount(account: Bytes32, { position, lines, underlyings }: Read, at: TimedBlock): object {
  const { owedWad } = position;
  const contracts = position.positions
    .map((one) => ({ ...one, on: underlyings.find(({ slot }) => slot === one.slot) as WrittenUnderlying }))
    .toSorted(byContract);
  const wad = (value: bigint): string => formatUnits(value, 18);
  return {
    id: account,
    portfolio: true,
    owed: wad(owedWad),
    lines: lines.map(({ id, asset, line }) => ({
      asset: assetName(id),
      amount: formatUnits(seasonedUnits(line, at.time), asset.decimals),
    })),
    perps: contracts
      .filter(({ kind }) => kind === 0)
      .map(({ on, priceWad, sizeWad }) => ({ underlying: on.name, size: wad(sizeWad), entryPrice: wad(priceWad) })),
    options: contracts
      .filter(({ kind }) => kind !== 0)
      .map(({ on, kind, expiry, priceWad, sizeWad }) => ({
        underlying: on.name,
        expiry: expiryName(on, BigInt(expiry), at),
        strike: wad(priceWad),
        type: POSITION_KINDS[kind] ?? String(kind),
        quantity: wad(sizeWad),
      })),
  };
}

type Contract = Pick<Position['positions'][number], 'slot' | 'expiry' | 'priceWad' | 'kind'>;

/** Orders positions, so that two readers produce the same inputs whatever order a protocol lists. */
function byContract(left: Contract, right: Contract): number {
  const strikes = left.priceWad < right.priceWad ? -1 : left.priceWad > right.priceWad ? 1 : 0;
  return left.slot - right.slot || left.expiry - right.expiry || strikes || left.kind - right.kind;
}
