import { collateralLedgerAbi, ledgerLensAbi, marketAbi } from '@surety/contracts';
import { type Address, type Bytes32, address } from '@surety/domain';
import { isContractAnswer } from './is-contract-answer.js';
import { readCountedLines, readLine, readPosition } from './report-chain.js';
import type { TimedBlock, WrittenLine } from './written-book.js';

/** A market of the configuration. It shows no positions, but its own view tells what an account owes it. */
export interface LenderOnChain {
  readonly name: string;
  readonly address: string;
  readonly decimals: number;
  readonly terms: { readonly priceSlot: number; readonly initialBp: number; readonly maintenanceBp: number };
}

/**
 * A protocol's part of an account's book: cash and positions, a debt in tokens, or else the maintenance requirement as a
 * fixed sum. WAD; `answered` is false if the protocol fails, and its last figure counts.
 */
export type ProtocolInBook =
  | {
      readonly protocol: Address;
      readonly shows: 'positions';
      readonly cashWad: bigint;
      readonly positions: readonly HeldPosition[];
    }
  | { readonly protocol: Address; readonly shows: 'debt'; readonly lender: LenderOnChain; readonly units: bigint }
  | {
      readonly protocol: Address;
      readonly shows: 'requirement';
      readonly answered: boolean;
      readonly initialWad: bigint;
      readonly maintenanceWad: bigint;
    };

/** A position as its protocol shows it. @source IMarginPositions.sol */
export type HeldPosition = Awaited<ReturnType<typeof readPosition>>['positions'][number];

/** An account at one block. */
export interface LiveAccount {
  readonly account: Bytes32;
  /** In order of their asset's number at the ledger. */
  readonly lines: readonly WrittenLine[];
  readonly protocols: readonly ProtocolInBook[];
}

/** Largest number of positions that are taken over; of more the requirement counts. */
const POSITIONS_MAX = 256;
const KINDS = 3;

/** Returns the positions that all protocols of an account show. */
export function heldBy({ protocols }: Pick<LiveAccount, 'protocols'>): readonly HeldPosition[] {
  return protocols.flatMap((one) => (one.shows === 'positions' ? one.positions : []));
}

/**
 * Reads one account: its lines as margins count them, and what it holds and owes at each of its protocols.
 * @throws what the provider throws.
 */
export async function readLiveAccount(
  account: Bytes32,
  at: TimedBlock,
  lenders: readonly LenderOnChain[],
): Promise<LiveAccount> {
  const { lines: counted } = await readCountedLines(account, at);
  const ascending = counted.toSorted((left, right) => left.id - right.id);
  const lines = await Promise.all(ascending.map((line) => readLine(line, at)));
  const shown = await Promise.all(
    (await readProtocols(account, at)).map(async (protocol) => {
      const lender = lenders.find((one) => address(one.address) === protocol);
      if (lender !== undefined) return readDebt(account, lender, at);
      const positions = await readShownPositions({ protocol, account }, at);
      return positions === undefined ? protocol : { protocol, shows: 'positions' as const, ...positions };
    }),
  );
  const silent = shown.filter((one): one is Address => typeof one === 'string');
  const required = silent.length === 0 ? [] : await readRequirements(account, at);
  return {
    account,
    lines,
    protocols: shown.map((one) => (typeof one === 'string' ? requirementOf(one, required) : one)),
  };
}

async function readProtocols(account: Bytes32, { reader, settlement, blockNumber }: TimedBlock): Promise<Address[]> {
  const ledger = { address: address(settlement.ledger), abi: collateralLedgerAbi, blockNumber } as const;
  const protocols = await reader.readContract({ ...ledger, functionName: 'protocolsOf', args: [account] });
  return protocols.map((one) => address(one.toLowerCase()));
}

async function readDebt(
  account: Bytes32,
  lender: LenderOnChain,
  { reader, blockNumber }: TimedBlock,
): Promise<ProtocolInBook> {
  const market = { address: address(lender.address), abi: marketAbi, blockNumber } as const;
  const [debt, writtenOff] = await reader.readContract({ ...market, functionName: 'positionOf', args: [account] });
  return { protocol: address(lender.address), shows: 'debt', lender, units: debt + writtenOff };
}

/**
 * Returns what a protocol shows of an account; undefined if it has no such view, or shows what no book can express: more than 256
 * positions, or one of another kind.
 */
export async function readShownPositions(
  of: { readonly protocol: Address; readonly account: Bytes32 },
  at: Pick<TimedBlock, 'reader' | 'blockNumber'>,
): Promise<{ readonly cashWad: bigint; readonly positions: readonly HeldPosition[] } | undefined> {
  try {
    const { cashWad, positions } = await readPosition(of, at);
    if (positions.length > POSITIONS_MAX || positions.some(({ kind }) => kind >= KINDS)) return undefined;
    return { cashWad, positions: positions.filter(({ sizeWad }) => sizeWad !== 0n) };
  } catch (cause) {
    if (!isContractAnswer(cause)) throw cause;
    return undefined;
  }
}

type Required = Omit<Extract<ProtocolInBook, { shows: 'requirement' }>, 'shows'>;

async function readRequirements(account: Bytes32, at: TimedBlock): Promise<readonly Required[]> {
  const found = await at.reader.readContract({
    address: address(at.settlement.lens),
    abi: ledgerLensAbi,
    functionName: 'requirementsOf',
    args: [account],
    blockNumber: at.blockNumber,
  });
  return found.map(({ protocol, answered, initialWad, maintenanceWad }) => ({
    protocol: address(protocol.toLowerCase()),
    answered,
    initialWad,
    maintenanceWad,
  }));
}

function requirementOf(protocol: Address, required: readonly Required[]): ProtocolInBook {
  const found = required.find((one) => one.protocol === protocol);
  if (found === undefined) throw new Error(`the lens gave no requirement of ${protocol}, which the ledger lists`);
  return { ...found, shows: 'requirement' };
}
