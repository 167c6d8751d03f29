import { collateralLedgerAbi, ledgerLensAbi, liquidationAuctionAbi, sequencerClockAbi } from '@surety/contracts';
import { type Address, type BlockHeight, type Bytes32, type Hex, address } from '@surety/domain';
import type {
  AuctionAccount,
  AuctionClaim,
  AuctionOffer,
  AuctionRecord,
  StartableAccount,
  TakerMargin,
} from '@surety/workflows';
import { type Abi, encodeFunctionData, hexToString, zeroAddress } from 'viem';
import { type ChainReads, decodeAnswer } from './chain-reads.js';
import type { JoinedReads } from './join-reads.js';
import { transactionError } from './errors.js';
import { OFFERS_UNREAD_S, PARTS_AT_ONCE, RECORDS_AT_ONCE, STARTS_AT_ONCE } from './limits.js';
import { untoldAsNull } from './untold-trial.js';

/** Where accounts and their auctions are read. */
export interface AuctionPlaces {
  readonly reads: Pick<ChainReads, 'call' | 'readHead'>;
  /** For accounts that are read at once. */
  readonly joined?: JoinedReads;
  readonly auction: Address;
  readonly ledger: Address;
  readonly lens: Address;
  /** Sender of the acts that are tried. */
  readonly caller: Address;
  /** For one that only takes, its least discount, parts per million: what it never does is not tried, and no offer is read before. */
  readonly takesFromPpm?: bigint;
}

/** In place of an error's name, of an act that was not tried. */
const NOT_TRIED = 'NotTried';

/** Status bit of a line whose source is frozen. @source MarginMath.STATUS_SOURCE_FROZEN */
const SOURCE_FROZEN = 16n;

/** Errors with which the auction refuses every start. */
const NOTHING_STARTS: ReadonlySet<string> = new Set(['AuctionsStopped', 'ChainDown']);

/** `Auction` as viem decodes it. */
interface DecodedRecord {
  readonly starter: Hex;
  readonly startedAt: number;
  readonly seenAt: number;
  readonly flags: number;
}

/** Fields that are used of `Quote`; viem decodes ids as numbers. */
interface DecodedQuote {
  readonly shareWad: bigint;
  readonly assumedWad: bigint;
  readonly ppm: bigint;
  readonly assetIds: readonly number[];
  readonly wait: Hex;
}

/** Reads what decides about an account, all of it at the newest block. An account that needs nothing costs three calls, and a block three. */
export async function readAuctionAccount(
  places: AuctionPlaces & { readonly readPause?: PauseReader },
  account: Bytes32,
  signal?: AbortSignal,
): Promise<AuctionAccount> {
  const { joined, reads } = places;
  const { height, timestamp } = await (joined?.readHead(signal) ?? reads.readHead('latest', signal));
  const at = { ...places, height, signal, view: joined?.view };
  const [record, margin, pause] = await Promise.all([
    readRecord(at, account),
    readMargin(at, account),
    (places.readPause ?? readPauseAt)(at),
  ]);
  const { aM: assetsWad, qM: requiredWad } = margin;
  const { stoppedUntilS, resumedAtS } = pause;
  const clock = record === null ? null : await readClock(at, account);
  const clockS = clock?.elapsedS ?? null;
  // A node that answers for a block while it makes the next one may end an auction between two answers.
  const running = clockS === null ? null : record;
  const facts = {
    account,
    height,
    timeS: timestamp,
    assetsWad,
    requiredWad,
    record: running,
    stoppedUntilS,
    resumedAtS,
  };
  if (places.takesFromPpm !== undefined) {
    const isSeen = record !== null && timestamp < record.seenAt + OFFERS_UNREAD_S;
    const isEarly = isSeen && clock !== null && clock.ppm < places.takesFromPpm;
    const claims = running === null || isEarly ? [] : await readClaims(at, account);
    return { ...facts, clockS, startRefusal: NOT_TRIED, closeRefusal: NOT_TRIED, claims };
  }
  if (running === null) {
    const startRefusal = await refusalOf(at, 'start', account);
    const isOver = startRefusal === null || assetsWad >= requiredWad;
    const claims = isOver ? [] : await readClaims(at, account);
    return { ...facts, clockS: null, startRefusal, closeRefusal: 'NotStarted', claims };
  }
  const closeRefusal = await refusalOf(at, 'close', account);
  const claims = closeRefusal === null ? [] : await readClaims(at, account);
  return { ...facts, clockS, startRefusal: 'AlreadyStarted', closeRefusal, claims };
}

/** Reads the running auction of an account at the newest block; null if there is none. */
export async function readAuctionRecord(
  places: AuctionPlaces,
  account: Bytes32,
  signal?: AbortSignal,
): Promise<AuctionRecord | null> {
  const { height } = await places.reads.readHead('latest', signal);
  return readRecord({ ...places, height, signal }, account);
}

/** Reads the running auctions among accounts, at the newest block. */
export async function readRunningAuctions(
  places: AuctionPlaces,
  accounts: readonly Bytes32[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<Bytes32, AuctionRecord>> {
  if (accounts.length === 0) return new Map();
  const { height } = await places.reads.readHead('latest', signal);
  const at = { ...places, height, signal };
  const running = new Map<Bytes32, AuctionRecord>();
  await inParts(accounts, RECORDS_AT_ONCE, async (part) => {
    const found = (await answerOf(at, 'auctionsOf', [part])) as readonly DecodedRecord[];
    for (const [index, account] of part.entries()) {
      const record = recordOf(found[index]);
      if (record !== null) running.set(account, record);
    }
  });
  return running;
}

/**
 * Reads which accounts' auctions would start now, at the newest block. A part that is refused, as one with a protocol that burns gas is,
 * is halved; an account that is refused alone is left out.
 */
export async function readStartableAccounts(
  places: AuctionPlaces,
  accounts: readonly Bytes32[],
  signal?: AbortSignal,
): Promise<readonly StartableAccount[]> {
  if (accounts.length === 0) return [];
  const { joined, reads } = places;
  const { height } = await (joined?.readHead(signal) ?? reads.readHead('latest', signal));
  const at = { ...places, height, signal };
  const startable: StartableAccount[] = [];
  const ask = async (part: readonly Bytes32[]): Promise<void> => {
    const called = await call(at, at.auction, inAuction('startMany', [part]));
    if (called?.kind === 'value') {
      for (const [index, requiredWad] of (called.value as readonly bigint[]).entries()) {
        const account = part[index];
        if (account !== undefined && requiredWad > 0n) startable.push({ account, requiredWad });
      }
      return;
    }
    if (called === undefined || part.length === 1 || NOTHING_STARTS.has(called.name)) return;
    const middle = part.length >> 1;
    await ask(part.slice(0, middle));
    await ask(part.slice(middle));
  };
  await inParts(accounts, STARTS_AT_ONCE, ask);
  return startable;
}

/** Hands a list on in parts, some at a time. */
async function inParts(
  accounts: readonly Bytes32[],
  size: number,
  use: (part: readonly Bytes32[]) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < accounts.length) {
      const from = next;
      next += size;
      await use(accounts.slice(from, from + size));
    }
  };
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, work));
}

/** Reads the initial margin of a taker's account. */
export async function readTakerMargin(
  places: AuctionPlaces,
  account: Bytes32,
  signal?: AbortSignal,
): Promise<TakerMargin> {
  const { height } = await places.reads.readHead('latest', signal);
  const { aI, qI } = await readMargin({ ...places, height, signal }, account);
  return { height, assetsWad: aI, requiredWad: qI };
}

/** Tries a write-off at the newest block: the loss that the protocol would book, null if the auction refuses one. */
export async function tryWriteOff(
  places: AuctionPlaces,
  { account, protocol }: { readonly account: Bytes32; readonly protocol: Address },
  signal?: AbortSignal,
): Promise<bigint | null> {
  const { height } = await places.reads.readHead('latest', signal);
  return writeOffOf({ ...places, height, signal }, account, protocol);
}

/** Reads which ledger the auction sells lines of, and which auction the ledger names. */
export async function readAuctionTies(
  places: AuctionPlaces,
  signal?: AbortSignal,
): Promise<{ readonly ledger: Address; readonly auction: Address }> {
  const { height } = await places.reads.readHead('latest', signal);
  const at = { ...places, height, signal };
  const ledger = address((await answerOf(at, 'ledger', [])) as Hex);
  return { ledger, auction: address((await ledgerAnswerOf(at, 'auction', [])) as Hex) };
}

interface At extends AuctionPlaces {
  readonly height: BlockHeight;
  readonly signal?: AbortSignal | undefined;
  /** Joins views that are called at once. Without it each is a call of its own, as trials always are. */
  readonly view?: JoinedReads['view'] | undefined;
}

type Called = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'refused'; readonly name: string };

/** Calls a function at the block; undefined if the address has no code. */
async function call(
  { reads, caller, height, signal, view }: At,
  to: Address,
  { abi, name, args }: { readonly abi: Abi; readonly name: string; readonly args: readonly unknown[] },
): Promise<Called | undefined> {
  const calldata = encodeFunctionData({ abi, functionName: name, args });
  const answer =
    view !== undefined && isView(abi, name)
      ? await view({ to, calldata }, height, signal)
      : await reads.call({ from: caller, to, calldata }, height, signal);
  if (answer.kind === 'reverted') return { kind: 'refused', name: answer.revert.name };
  if (answer.bytes === '0x' && hasResult(abi, name)) return undefined;
  return { kind: 'value', value: decodeAnswer({ abi, functionName: name, data: answer.bytes }) };
}

function isView(abi: Abi, name: string): boolean {
  return abi.some((item) => item.type === 'function' && item.name === name && item.stateMutability === 'view');
}

function hasResult(abi: Abi, name: string): boolean {
  return abi.some((item) => item.type === 'function' && item.name === name && item.outputs.length > 0);
}

const inAuction = (name: string, args: readonly unknown[]) => ({ abi: liquidationAuctionAbi as Abi, name, args });

/** Reads a view of the auction that cannot fail. @throws NO_AUCTION. */
async function answerOf(at: At, name: string, args: readonly unknown[]): Promise<unknown> {
  return answerIn(await call(at, at.auction, inAuction(name, args)), at, name);
}

function answerIn(called: Called | undefined, { auction }: At, name: string): unknown {
  if (called?.kind === 'value') return called.value;
  throw transactionError(
    'NO_AUCTION',
    `${name} of ${auction} gave ${called?.name ?? 'no code'}; expected the ledger's auction; check settlement.auction in chains.config.json`,
    { auction },
  );
}

async function ledgerAnswerOf(at: At, name: string, args: readonly unknown[]): Promise<unknown> {
  const called = await call(at, at.ledger, { abi: collateralLedgerAbi, name, args });
  if (called?.kind === 'value') return called.value;
  throw transactionError(
    'NO_LEDGER',
    `${name} of ${at.ledger} gave ${called?.name ?? 'no code'}; expected a ledger; check settlement.ledger in chains.config.json`,
  );
}

/** Tries an act; returns the name of its error, null if it would pass. */
async function refusalOf(at: At, name: 'start' | 'close', account: Bytes32): Promise<string | null> {
  const called = await call(at, at.auction, inAuction(name, [account]));
  return called?.kind === 'refused' ? called.name : null;
}

async function readRecord(at: At, account: Bytes32): Promise<AuctionRecord | null> {
  return recordOf((await answerOf(at, 'auctionOf', [account])) as DecodedRecord);
}

/** Reads the clock of an auction in seconds, and its discount; null if it does not run. @throws NO_AUCTION. */
async function readClock(at: At, account: Bytes32): Promise<{ elapsedS: bigint; ppm: bigint } | null> {
  const called = await call(at, at.auction, inAuction('discountOf', [account]));
  if (called?.kind === 'refused' && called.name === 'NotStarted') return null;
  const [ppm, elapsedS] = answerIn(called, at, 'discountOf') as readonly [bigint, bigint];
  return { elapsedS, ppm };
}

function recordOf(found: DecodedRecord | undefined): AuctionRecord | null {
  if (found === undefined || found.startedAt === 0) return null;
  return {
    starter: address(found.starter),
    startedAt: BigInt(found.startedAt),
    seenAt: BigInt(found.seenAt),
    isTaken: (found.flags & 1) !== 0,
  };
}

async function readMargin(at: At, account: Bytes32): Promise<Record<'aI' | 'qI' | 'aM' | 'qM', bigint>> {
  const sums = (await ledgerAnswerOf(at, 'marginOf', [account])) as readonly bigint[];
  const [aI = 0n, qI = 0n, , , aM = 0n, qM = 0n] = sums;
  return { aI, qI, aM, qM };
}

/** Until when auctions are held up, as one block says. */
interface AuctionPause {
  /** Block time in seconds at which a stop of everything ends; 0 if there never was one. */
  readonly stoppedUntilS: bigint;
  /** Block time in seconds from which clocks run again after a stop or an outage; 0 if there was neither. */
  readonly resumedAtS: bigint;
}

type PauseReader = (at: At) => Promise<AuctionPause>;

async function readPauseAt(at: At): Promise<AuctionPause> {
  const [stoppedUntilS, outageEndsS] = await Promise.all([readStop(at), readOutageEnd(at)]);
  return { stoppedUntilS, resumedAtS: stoppedUntilS > outageEndsS ? stoppedUntilS : outageEndsS };
}

/** Creates a reader that asks once a block, however many accounts are read at it. What failed is asked again. */
export function createPauseReader(): PauseReader {
  let held: { readonly height: BlockHeight; readonly pause: Promise<AuctionPause> } | undefined;
  return (at) => {
    if (held?.height === at.height) return held.pause;
    const asked = { height: at.height, pause: readPauseAt(at) };
    held = asked;
    asked.pause.catch(() => {
      if (held === asked) held = undefined;
    });
    return asked.pause;
  };
}

async function readStop(at: At): Promise<bigint> {
  const { until } = (await answerOf(at, 'stopOf', [0])) as { readonly until: number };
  return BigInt(until);
}

/** Reads from when on clocks run after the last outage of the chain; 0 without one, or without a clock that answers. */
async function readOutageEnd(at: At): Promise<bigint> {
  const clock = (await answerOf(at, 'clock', [])) as Hex;
  if (clock === zeroAddress) return 0n;
  const called = await call(at, address(clock), { abi: sequencerClockAbi, name: 'outage', args: [] });
  if (called?.kind !== 'value') return 0n;
  const [, resumesAt] = called.value as readonly [boolean, number];
  return BigInt(resumesAt);
}

async function readClaims(at: At, account: Bytes32): Promise<readonly AuctionClaim[]> {
  const protocols = (await ledgerAnswerOf(at, 'protocolsOf', [account])) as readonly Hex[];
  let reading: ReturnType<typeof readFrozen> | undefined;
  const frozen = () => (reading ??= readFrozen(at, account));
  return Promise.all(
    protocols.map(async (hex) => {
      const protocol = address(hex);
      const offer = await readOffer(at, { account, protocol, frozen });
      if (at.takesFromPpm !== undefined) return { protocol, offer, writeOffWad: null };
      // One protocol must hide neither the account nor the others.
      const writeOffWad = await writeOffOf(at, account, protocol).catch(untoldAsNull);
      return { protocol, offer, writeOffWad };
    }),
  );
}

async function readOffer(
  at: At,
  of: {
    readonly account: Bytes32;
    readonly protocol: Address;
    readonly frozen: () => Promise<ReadonlySet<number> | undefined>;
  },
): Promise<AuctionOffer> {
  const called = await call(at, at.auction, inAuction('quote', [of.account, of.protocol]));
  if (called?.kind !== 'value') return { kind: 'closed', reason: called?.name ?? 'no code' };
  const { shareWad, assumedWad, ppm, assetIds, wait } = called.value as DecodedQuote;
  const reason = hexToString(wait).replaceAll('\0', '');
  if (reason !== '') return { kind: 'closed', reason };
  const frozen = await of.frozen();
  // Unknown counts as frozen.
  const holdsFrozen = frozen === undefined || assetIds.some((assetId) => frozen.has(assetId));
  return { kind: 'open', shareWad, assumedWad, ppm, holdsFrozen };
}

/** Reads which assets of an account come from frozen sources; undefined if the lens does not say. */
async function readFrozen(at: At, account: Bytes32): Promise<ReadonlySet<number> | undefined> {
  const called = await call(at, at.lens, { abi: ledgerLensAbi, name: 'marginBreakdown', args: [account] });
  if (called?.kind !== 'value') return undefined;
  const lines = called.value as readonly { readonly assetId: number; readonly margin: { readonly status: bigint } }[];
  return new Set(lines.filter(({ margin }) => (margin.status & SOURCE_FROZEN) !== 0n).map(({ assetId }) => assetId));
}

async function writeOffOf(at: At, account: Bytes32, protocol: Address): Promise<bigint | null> {
  const called = await call(at, at.auction, inAuction('writeOff', [account, protocol]));
  return called?.kind === 'value' ? (called.value as bigint) : null;
}
