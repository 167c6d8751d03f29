import { collateralLedgerAbi, liquidationAuctionAbi } from '@surety/contracts';
import { type Address, type Bytes32, address } from '@surety/domain';
import { BaseError, ContractFunctionRevertedError, type PublicClient, hexToString } from 'viem';

/** Price and lines of a bid for all that an account owes one protocol. @source ILiquidationAuction.Quote */
export interface RunningAuctionOffer {
  readonly protocol: Address;
  /** Part of the burden, 1e18 is all. */
  readonly shareWad: bigint;
  /** Burden that the taker assumes, WAD. */
  readonly assumedWad: bigint;
  /** Burden that nobody assumes, WAD. */
  readonly lossWad: bigint;
  /** Discount on the gross value of the lines, parts per million; negative above it. */
  readonly discountPpm: bigint;
  /** In the order in which they are taken; amounts in token units. */
  readonly lines: readonly { readonly assetId: number; readonly amount: bigint }[];
  /** Reason for which nobody can bid now: a word of the contract's, or the name of its error; null if somebody can. */
  readonly wait: string | null;
}

/** One auction at one block. @source ILiquidationAuction.Auction */
export interface RunningAuction {
  readonly starter: Address;
  /** Block time in seconds. */
  readonly startedAt: bigint;
  /** Block time in seconds at which the account was last seen unhealthy. */
  readonly seenAt: bigint;
  /** True once something was taken: the account must then reach its exit grade. */
  readonly taken: boolean;
  /** Seconds on the clock, head start and slow class included. */
  readonly elapsedS: bigint;
  /** Discount of the moment on the gross value, parts per million; negative above it. */
  readonly discountPpm: bigint;
  /** In the ledger's order of protocols. */
  readonly offers: readonly RunningAuctionOffer[];
}

/** An account, and the contracts that know of it. */
export interface AuctionOfAccount {
  readonly auction: Address;
  readonly ledger: Address;
  readonly account: Bytes32;
  readonly blockNumber: bigint;
}

/** Bit of an auction's flags: something was taken. */
const TAKEN = 1;

/** Reads an account's auction with what a bid would take for each protocol; null if none runs, after a single call. */
export async function readRunningAuction(reader: PublicClient, of: AuctionOfAccount): Promise<RunningAuction | null> {
  const at = { address: of.auction, abi: liquidationAuctionAbi, blockNumber: of.blockNumber } as const;
  const found = await reader.readContract({ ...at, functionName: 'auctionOf', args: [of.account] });
  if (found.startedAt === 0) return null;
  const ledger = { address: of.ledger, abi: collateralLedgerAbi, blockNumber: of.blockNumber } as const;
  const [[discountPpm, elapsedS], protocols] = await Promise.all([
    reader.readContract({ ...at, functionName: 'discountOf', args: [of.account] }),
    reader.readContract({ ...ledger, functionName: 'protocolsOf', args: [of.account] }),
  ]);
  return {
    starter: address(found.starter),
    startedAt: BigInt(found.startedAt),
    seenAt: BigInt(found.seenAt),
    taken: (found.flags & TAKEN) !== 0,
    elapsedS,
    discountPpm,
    offers: await Promise.all(protocols.map((protocol) => readOffer(reader, of, address(protocol)))),
  };
}

async function readOffer(reader: PublicClient, of: AuctionOfAccount, protocol: Address): Promise<RunningAuctionOffer> {
  try {
    const quote = await reader.readContract({
      address: of.auction,
      abi: liquidationAuctionAbi,
      functionName: 'quote',
      args: [of.account, protocol],
      blockNumber: of.blockNumber,
    });
    const wait = hexToString(quote.wait).replaceAll('\0', '');
    return {
      protocol,
      shareWad: quote.shareWad,
      assumedWad: quote.assumedWad,
      lossWad: quote.lossWad,
      discountPpm: quote.ppm,
      lines: quote.assetIds.map((assetId, index) => ({ assetId, amount: quote.amounts[index] ?? 0n })),
      wait: wait === '' ? null : wait,
    };
  } catch (cause) {
    const nothing = { shareWad: 0n, assumedWad: 0n, lossWad: 0n, discountPpm: 0n, lines: [] };
    return { protocol, ...nothing, wait: refusalIn(cause) };
  }
}

/** The name of the error with which a contract refused. @throws the cause, if no contract did. */
function refusalIn(cause: unknown): string {
  const refused = cause instanceof BaseError ? cause.walk((one) => one instanceof ContractFunctionRevertedError) : null;
  if (!(refused instanceof ContractFunctionRevertedError)) throw cause;
  return refused.data?.errorName ?? refused.signature ?? 'reverted';
}
