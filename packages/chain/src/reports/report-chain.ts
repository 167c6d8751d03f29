import {
  attesterSetAbi,
  collateralLedgerAbi,
  ledgerLensAbi,
  marginReportsAbi,
  perpetualBookAbi,
  riskManagerAbi,
} from '@surety/contracts';
import { type Address, type Bytes32, address, quorumOf } from '@surety/domain';
import type { CachedPrice } from '@surety/margin';
import type { PublicClient } from 'viem';

/** The settlement chain at one provider, and the contracts from which a report's inputs are read. */
export interface ReportChain {
  readonly chain: {
    readonly chainId: number;
    readonly finality: { readonly rule: 'finalized' } | { readonly rule: 'depth'; readonly depth: number };
  };
  readonly settlement: {
    readonly ledger: string;
    readonly lens: string;
    readonly attesterSet: string;
    /** Price slots with their names. */
    readonly underlyings: readonly { readonly id: number; readonly symbol: string }[];
  };
  readonly reader: PublicClient;
}

/** The risk manager's prices have 12 decimals. @source IRiskManager.sol */
export const WAD_PER_PRICE = 1_000_000n;
/** Kinds of positions by their numbers. @source IReportedPositions.sol */
export const POSITION_KINDS = ['perpetual', 'call', 'put'] as const;

/** A token's on-chain terms that determine the worth of a line. */
export interface AssetOnChain {
  readonly decimals: number;
  /** Price slot of its underlying. */
  readonly underlying: number;
  /** Price of the underlying, and of its own feed if the ledger lists one. */
  readonly prices: readonly CachedPrice[];
}

/** A chain at one block, with the risk manager of that block. */
export interface ReportBlock extends ReportChain {
  readonly blockNumber: bigint;
  readonly riskManager: Address;
}

/** Binds a chain to one block and reads the risk manager of that block. */
export async function atBlock(at: ReportChain, blockNumber: bigint): Promise<ReportBlock> {
  const ledger = { address: address(at.settlement.ledger), abi: collateralLedgerAbi, blockNumber } as const;
  const riskManager = await at.reader.readContract({ ...ledger, functionName: 'riskManager' });
  return { ...at, blockNumber, riskManager: address(riskManager.toLowerCase()) };
}

/** Returns the number of the last final block by the chain's rule. */
export async function readFinalNumber({ chain, reader }: Pick<ReportChain, 'chain' | 'reader'>): Promise<bigint> {
  const { finality } = chain;
  if (finality.rule === 'finalized') return (await reader.getBlock({ blockTag: 'finalized' })).number;
  return (await reader.getBlockNumber()) - BigInt(finality.depth);
}

/** Returns the contract from which a protocol takes reports, and that contract's verifier. */
export async function readReportsOf(
  protocol: Address,
  { reader, blockNumber }: Pick<ReportBlock, 'reader' | 'blockNumber'>,
): Promise<{ readonly reports: Address; readonly verifier: Address }> {
  const at = { address: protocol, abi: perpetualBookAbi, blockNumber } as const;
  const reports = address((await reader.readContract({ ...at, functionName: 'reports' })).toLowerCase());
  const view = { address: reports, abi: marginReportsAbi, blockNumber } as const;
  const verifier = await reader.readContract({ ...view, functionName: 'attesterSet' });
  return { reports, verifier: address(verifier.toLowerCase()) };
}

/**
 * Returns what an account holds at a protocol: the position's number, cash (negative if the account owes it), the debt
 * of a report, and the contracts that the protocol lists. @source IMarginPositions.sol
 */
export async function readPosition(
  { protocol, account }: { readonly protocol: Address; readonly account: Bytes32 },
  { reader, blockNumber }: Pick<ReportBlock, 'reader' | 'blockNumber'>,
) {
  const at = { address: protocol, abi: perpetualBookAbi, blockNumber } as const;
  const [nonce, cashWad, positions] = await reader.readContract({
    ...at,
    functionName: 'positionsOf',
    args: [account],
  });
  return { nonce, cashWad, owedWad: cashWad < 0n ? -cashWad : 0n, positions };
}

/** Returns the price cached by the risk manager for a slot. */
export async function readCachedPrice(
  slot: number,
  { reader, riskManager, blockNumber }: ReportBlock,
): Promise<CachedPrice> {
  const view = { address: riskManager, abi: riskManagerAbi, functionName: 'priceOf' } as const;
  const { price, ema, observedAt, ...kept } = await reader.readContract({ ...view, args: [slot], blockNumber });
  return { price1e12: price, slow1e12: ema, observedAt: BigInt(observedAt), ...kept };
}

/** A line as margins count it: its units times the coverage in force, which is below 1 for a short asset. */
export interface CountedLine {
  /** Number of its asset at the ledger. */
  readonly id: number;
  readonly line: { readonly amount: bigint; readonly unseasoned: bigint; readonly seasonEnd: number };
}

/**
 * Returns how many protocols an account has opted in to, and its lines in the ledger's order. Amounts are taken from
 * the words that the risk manager weighs: `lineOf` has units, which nobody's margin counts while their asset is short.
 */
export async function readCountedLines(
  account: Bytes32,
  { reader, settlement, blockNumber }: ReportBlock,
): Promise<{ readonly protocols: number; readonly lines: readonly CountedLine[] }> {
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi, blockNumber } as const;
  const [protocols, [ids, words]] = await Promise.all([
    reader.readContract({ ...ledger, functionName: 'protocolsOf', args: [account] }),
    reader.readContract({ ...ledger, functionName: 'lineWordsOf', args: [account] }),
  ]);
  return {
    protocols: protocols.length,
    lines: ids.map((id, place) => ({ id, line: decodeLineWord(words[place]?.line ?? 0n) })),
  };
}

/** Returns a line with its asset's terms and prices, and its weights in parts per million. */
export async function readLine({ id, line }: CountedLine, at: ReportBlock) {
  const { reader, settlement, blockNumber } = at;
  const lens = { address: address(settlement.lens), abi: ledgerLensAbi, blockNumber } as const;
  const [asset, weights] = await Promise.all([
    readAsset(id, at),
    reader.readContract({ ...lens, functionName: 'weightsOf', args: [id] }),
  ]);
  return { id, line, asset, weights };
}

/** Units of a line that count for every grade: all but the unseasoned ones. */
export function seasonedUnits(line: CountedLine['line'], time: bigint): bigint {
  return line.amount - unseasonedUnits(line, time);
}

/** Units of a line that do not count for initial yet. */
export function unseasonedUnits({ amount, unseasoned, seasonEnd }: CountedLine['line'], time: bigint): bigint {
  if (time >= BigInt(seasonEnd)) return 0n;
  return unseasoned < amount ? unseasoned : amount;
}

/** Members of an epoch at the current verifier, those whose signatures count, and the quorum. */
export interface ReportMembers {
  readonly members: readonly Address[];
  readonly usable: readonly Address[];
  readonly quorum: number;
}

/** Returns the members of an epoch; for an epoch that the verifier does not know, undefined with its newest epoch. */
export async function readReportMembers(
  epoch: number,
  { reader, settlement }: ReportChain,
): Promise<{ readonly newest: number; readonly found: ReportMembers | undefined }> {
  const set = { address: address(settlement.attesterSet), abi: attesterSetAbi } as const;
  const newest = await reader.readContract({ ...set, functionName: 'newestEpoch' });
  if (epoch < 1 || epoch > newest) return { newest, found: undefined };
  const [listed, bits] = await Promise.all([
    reader.readContract({ ...set, functionName: 'members', args: [epoch] }),
    reader.readContract({ ...set, functionName: 'suspended', args: [epoch] }),
  ]);
  const members = listed.map((one) => address(one.toLowerCase()));
  const usable = members.filter((_, place) => Math.floor(bits / 2 ** place) % 2 === 0);
  return { newest, found: { members, usable, quorum: quorumOf(members.length) } };
}

/** Reads a line's word. @source IRiskManager.LineWords.line */
function decodeLineWord(word: bigint): CountedLine['line'] {
  return {
    amount: BigInt.asUintN(112, word),
    unseasoned: BigInt.asUintN(104, word >> 112n),
    seasonEnd: Number(BigInt.asUintN(32, word >> 216n)),
  };
}

async function readAsset(id: number, at: ReportBlock): Promise<AssetOnChain & { readonly source: number }> {
  const { reader, settlement, blockNumber } = at;
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi, blockNumber } as const;
  const { terms } = await reader.readContract({ ...ledger, functionName: 'assetOf', args: [id] });
  const { decimals, underlying, ownPrice, source } = terms;
  const prices = await Promise.all(
    (ownPrice === 0 ? [underlying] : [underlying, ownPrice]).map((slot) => readCachedPrice(slot, at)),
  );
  return { decimals, underlying, prices, source };
}
