import { collateralLedgerAbi, ledgerLensAbi, liquidationAuctionAbi, sequencerClockAbi } from '@surety/contracts';
import { type Address, type Bytes32, WAD, address, bytes32, txHash } from '@surety/domain';
import { type AuctionRecord, type LandOutcome, TRANSACTION_GAS_MAX, type TransactionCall } from '@surety/workflows';
import { type Abi, decodeFunctionData, encodeFunctionResult, stringToHex, toEventSelector, zeroAddress } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChainReads } from './chain-reads.js';
import { createAuctionDesk } from './create-auction-desk.js';
import { RECORDS_AT_ONCE, STARTS_AT_ONCE } from './limits.js';

const some = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const [auction, ledger, lens, clock] = [some('a0'), some('1e'), some('1a'), some('c1')];
const [keeper, credit, book] = [some('6e'), some('cc'), some('bb')];
const account = bytes32(`0x${'aa'.repeat(32)}`);
const other = bytes32(`0x${'ab'.repeat(32)}`);
const to = bytes32(`0x${'70'.repeat(32)}`);
const ABIS = new Map<Address, Abi>([
  [auction, liquidationAuctionAbi],
  [ledger, collateralLedgerAbi],
  [lens, ledgerLensAbi],
  [clock, sequencerClockAbi],
]);

const MINED = txHash(`0x${'7'.repeat(64)}`);
const RUNS = { starter: keeper, startedAt: 900, seenAt: 950, flags: 0 };
const NONE = { starter: zeroAddress, startedAt: 0, seenAt: 0, flags: 0 };
const NEITHER = { shareWad: 0n, assumedWad: 0n, lossWad: 0n, ppm: 0n, assetIds: [], amounts: [] };
const waits = (reason: string) => ({ ...NEITHER, wait: stringToHex(reason, { size: 32 }) });
const QUOTE = {
  ...waits(''),
  shareWad: WAD / 2n,
  assumedWad: 400n,
  ppm: -5_000n,
  assetIds: [4, 5],
  amounts: [1n, 2n],
};
const RECORD: AuctionRecord = { starter: keeper, startedAt: 900n, seenAt: 950n, isTaken: false };

const seen = (...records: readonly AuctionRecord[]) =>
  records.map((record, index) => ({ account: index === 0 ? account : other, record }));

/** By function: a result, or the error that refuses it. A function that answers by protocol has one for each. */
type Answer = unknown;
class Refusal {
  constructor(readonly name: string) {}
}
const refused = (name: string): Refusal => new Refusal(name);

let answers: Record<string, Answer>;
let byProtocol: Record<string, Record<string, Answer>>;
let byArguments: Record<string, (accounts: readonly Bytes32[]) => Answer>;
let asked: { name: string; from: unknown; at: unknown }[];
let sent: TransactionCall[];
let outcome: LandOutcome;
let rotated: number;
let height: bigint;

beforeEach(() => {
  answers = {
    auctionOf: RUNS,
    auctionsOf: [RUNS, RUNS],
    marginOf: [5n, 7n, 80n, 90n, 88n, 100n, 0n, 1n],
    stopOf: { until: 0, streak: 0, rowUntil: 0 },
    clock: zeroAddress,
    discountOf: [-5_000n, 120n],
    protocolsOf: [credit],
    close: refused('StillUnhealthy'),
    ledger,
    auction,
    marginBreakdown: [lineOf(4, 0n), lineOf(5, 1n), lineOf(6, 16n)],
  };
  byProtocol = { quote: { [credit]: QUOTE }, writeOff: { [credit]: refused('WriteOffTooEarly') } };
  byArguments = {};
  [asked, sent, rotated, height] = [[], [], 0, 200n];
  outcome = { kind: 'overtaken', detail: 'done' };
});

function lineOf(assetId: number, status: bigint) {
  const names = ['baseI', 'baseM', 'sourceI', 'sourceM', 'freshI', 'freshM', 'size', 'volI', 'volM'];
  const factors = Object.fromEntries(names.map((name) => [name, 0]));
  const units = { units: 0n, unitsInitial: 0n, price: 0n, priceInitial: 0n };
  const sums = { ...units, initialWad: 0n, exitWad: 0n, maintenanceWad: 0n };
  const ids = { assetId, source: 1, vaultAsset: 1, underlying: 1, decimals: 6, asOf: 1 };
  return { ...ids, margin: { ...sums, factors, status } };
}

function open() {
  const call: ChainReads['call'] = async (request, at) => {
    const abi = ABIS.get(request.to) ?? [];
    const { functionName, args = [] } = decodeFunctionData({ abi, data: request.calldata });
    asked.push({ name: functionName, from: 'from' in request ? request.from : undefined, at });
    const protocol = String(args[1]).toLowerCase();
    const bySent = byArguments[functionName]?.(args[0] as readonly Bytes32[]);
    const answer = bySent ?? byProtocol[functionName]?.[protocol] ?? answers[functionName];
    if (answer instanceof Refusal) return { kind: 'reverted', revert: { name: answer.name, detail: 'x' } };
    if (answer === undefined) return { kind: 'answer', bytes: '0x' };
    return { kind: 'answer', bytes: encodeFunctionResult({ abi, functionName, result: answer }) };
  };
  const land = async (one: TransactionCall) => (sent.push(one), outcome);
  return createAuctionDesk({
    rpc: { rotate: () => void rotated++ },
    reads: {
      call,
      readHead: async () => ({ height: height as never, timestamp: 1_000n, baseFeePerGas: 0n }),
      readEvents: async ({ contract, topic, from, to: last }) => {
        asked.push({ name: topic, from: contract, at: [from, last] });
        const log = { address: contract, data: '0x', txHash: MINED, height: 8n as never } as const;
        return [account, other].map((started) => ({ ...log, topics: [topic, started] }));
      },
    },
    sender: { address: keeper, land },
    auction,
    ledger,
    lens,
  });
}

describe('an account with an auction', () => {
  it('is read at one block, as its keeper would find it', async () => {
    const facts = await open().readAccount(account);
    expect(facts).toEqual({
      account,
      height: 200n,
      timeS: 1_000n,
      assetsWad: 88n,
      requiredWad: 100n,
      record: RECORD,
      clockS: 120n,
      stoppedUntilS: 0n,
      resumedAtS: 0n,
      startRefusal: 'AlreadyStarted',
      closeRefusal: 'StillUnhealthy',
      claims: [
        {
          protocol: credit,
          offer: { kind: 'open', shareWad: WAD / 2n, assumedWad: 400n, ppm: -5_000n, holdsFrozen: false },
          writeOffWad: null,
        },
      ],
    });
    expect(new Set(asked.map(({ at, from }) => `${String(at)} ${String(from)}`))).toEqual(new Set([`200 ${keeper}`]));
  });

  it('holds frozen lines if one that is sold is frozen, or if nobody says that none is', async () => {
    const isFrozen = async () => {
      const [claim] = (await open().readAccount(account)).claims;
      return claim?.offer.kind === 'open' && claim.offer.holdsFrozen;
    };
    byProtocol['quote'] = { [credit]: { ...QUOTE, assetIds: [4, 6] } };
    expect(await isFrozen()).toBe(true);
    byProtocol['quote'] = { [credit]: QUOTE };
    answers['marginBreakdown'] = refused('GasTooLow');
    expect(await isFrozen()).toBe(true);
  });

  it('says of each protocol why nobody can bid, and what a write-off would book', async () => {
    answers['protocolsOf'] = [credit, book];
    byProtocol = {
      quote: { [credit]: waits('nothing'), [book]: refused('BurdenUnknown') },
      writeOff: { [credit]: 70n, [book]: 0n },
    };
    expect((await open().readAccount(account)).claims).toEqual([
      { protocol: credit, offer: { kind: 'closed', reason: 'nothing' }, writeOffWad: 70n },
      { protocol: book, offer: { kind: 'closed', reason: 'BurdenUnknown' }, writeOffWad: 0n },
    ]);
  });

  it('is asked for nothing more once it can be closed', async () => {
    answers['close'] = null;
    answers['auctionOf'] = { ...RUNS, flags: 1 };
    const facts = await open().readAccount(account);
    expect([facts.closeRefusal, facts.record?.isTaken, facts.claims]).toEqual([null, true, []]);
  });

  it('knows stops and outages: the later end counts, and a clock that fails says that all is well', async () => {
    answers = { ...answers, stopOf: { until: 1_100, streak: 1, rowUntil: 9 }, clock, outage: [false, 1_200] };
    expect(await open().readAccount(account)).toMatchObject({ stoppedUntilS: 1_100n, resumedAtS: 1_200n });
    answers['outage'] = [false, 1_050];
    expect((await open().readAccount(account)).resumedAtS).toBe(1_100n);
    answers['outage'] = refused('Panic');
    expect((await open().readAccount(account)).resumedAtS).toBe(1_100n);
  });
});

describe('stops and outages', () => {
  const countStops = () => asked.filter(({ name }) => name === 'stopOf').length;

  it('are asked for once a block, and again where an answer failed', async () => {
    const desk = open();
    await Promise.all([account, other, account].map((one) => desk.readAccount(one)));
    expect(countStops()).toBe(1);
    height += 1n;
    answers['stopOf'] = undefined;
    await expect(desk.readAccount(account)).rejects.toMatchObject({ code: 'NO_AUCTION' });
    answers['stopOf'] = { until: 1_100, streak: 1, rowUntil: 9 };
    expect((await desk.readAccount(account)).stoppedUntilS).toBe(1_100n);
    expect(countStops()).toBe(3);
  });
});

describe('an account without an auction', () => {
  beforeEach(() => {
    answers['auctionOf'] = NONE;
    answers['start'] = refused('AccountHealthy');
  });

  it('is judged by what the auction would say to a start', async () => {
    answers['marginOf'] = [5n, 7n, 80n, 90n, 100n, 100n, 0n, 1n];
    expect(await open().readAccount(account)).toMatchObject({
      record: null,
      clockS: null,
      startRefusal: 'AccountHealthy',
      claims: [],
    });
    answers['start'] = null;
    expect((await open().readAccount(account)).startRefusal).toBeNull();
  });

  it('has none, too, where it ended between two answers of a node', async () => {
    answers['auctionOf'] = RUNS;
    answers['discountOf'] = refused('NotStarted');
    expect(await open().readAccount(account)).toMatchObject({ record: null, clockS: null, closeRefusal: 'NotStarted' });
    answers['discountOf'] = refused('Other');
    await expect(open().readAccount(account)).rejects.toMatchObject({ code: 'NO_AUCTION', retryable: true });
  });

  it('and without lines shows the loss that a write-off would book', async () => {
    answers['start'] = refused('NothingToTake');
    byProtocol = { quote: { [credit]: waits('unstarted') }, writeOff: { [credit]: 70n } };
    expect((await open().readAccount(account)).claims).toEqual([
      { protocol: credit, offer: { kind: 'closed', reason: 'unstarted' }, writeOffWad: 70n },
    ]);
  });
});

describe('an act', () => {
  const call = async (run: (desk: ReturnType<typeof open>) => Promise<unknown>) => {
    sent = [];
    await run(open());
    const [only] = sent as [TransactionCall];
    const { functionName, args } = decodeFunctionData({ abi: liquidationAuctionAbi, data: only.calldata });
    return { ...only, functionName, args };
  };

  it('is sent to the auction, the urgent ones first', async () => {
    const made = [
      await call((desk) => desk.start([account])),
      await call((desk) => desk.touch([{ account, record: RECORD }])),
      await call((desk) => desk.close(account)),
      await call((desk) => desk.writeOff(account, credit)),
    ];
    expect(made.map((one) => [one.purpose, one.priority, one.functionName, one.isPressing === true])).toEqual([
      ['auction-start', 'liquidation', 'startMany', true],
      ['auction-touch', 'upkeep', 'touch', false],
      ['auction-close', 'upkeep', 'close', false],
      ['auction-write-off', 'upkeep', 'writeOff', false],
    ]);
    for (const one of made) expect(one).toMatchObject({ to: auction, gasCeiling: TRANSACTION_GAS_MAX });
  });

  it('for many is tried with enough gas for each, and within what a transaction may use', async () => {
    const one = open();
    const landed = { kind: 'landed', txHash: MINED, height: 8n as never, gasUsed: 100_000n, feeWei: 1n } as const;
    await one.close(account);
    for (const count of [1, 48, 64, 1, 10]) {
      if (count === 64) outcome = landed;
      await one.start(Array<Bytes32>(count).fill(account), undefined, true);
    }
    await one.start([account]);
    const limits = [undefined, 4_350_000n, 16_100_000n, TRANSACTION_GAS_MAX, 4_350_000n, 5_500_000n, 4_350_000n];
    expect(sent.map(({ gasLimit }) => gasLimit)).toEqual(limits);
  });

  it('bids on the terms that it was given', async () => {
    const terms = { shareMaxWad: WAD, shareMinWad: 3n, leastPpm: -5n, pays: true };
    const made = await call((desk) => desk.bid({ account, protocol: credit, to, terms }));
    expect([made.priority, made.functionName]).toEqual(['liquidation', 'bid']);
    const [of, protocol, taker, given, bytes] = made.args as readonly unknown[];
    expect([of, String(protocol).toLowerCase(), taker, given, bytes]).toEqual([
      account,
      credit,
      to,
      { ...terms, leastPpm: -5 },
      '0x',
    ]);
  });

  it('is over once its effect is there, whoever caused it', async () => {
    const effect = async (run: (desk: ReturnType<typeof open>) => Promise<unknown>) => (await call(run)).readEffect?.();
    const terms = { shareMaxWad: WAD, shareMinWad: 0n, leastPpm: 0n, pays: false };
    const bid = (desk: ReturnType<typeof open>) => desk.bid({ account, protocol: credit, to, terms });
    const start = (desk: ReturnType<typeof open>) => desk.start([account, other]);
    const touch = (...records: readonly AuctionRecord[]) => effect((desk) => desk.touch(seen(...records)));
    const [now, earlier] = [RECORD, { ...RECORD, seenAt: 949n }];
    expect(await effect(start)).toBe(true);
    expect(await effect((desk) => desk.close(account))).toBe(false);
    expect(await effect(bid)).toBe(false);
    expect([await touch(now), await touch(earlier), await touch({ ...now, startedAt: 800n })]).toEqual([
      false,
      true,
      true,
    ]);
    expect([await touch(earlier, now), await touch(earlier, earlier)]).toEqual([false, true]);
    answers['auctionsOf'] = [RUNS, NONE];
    expect([await effect(start), await touch(earlier, now)]).toEqual([false, true]);
    byProtocol['writeOff'] = { [credit]: 70n };
    expect(await effect((desk) => desk.writeOff(account, credit))).toBe(false);
    byProtocol['writeOff'] = { [credit]: 0n };
    expect(await effect((desk) => desk.writeOff(account, credit))).toBe(true);
    answers['auctionOf'] = NONE;
    expect(await effect((desk) => desk.close(account))).toBe(true);
    expect(await effect(bid)).toBe(true);
  });

  it('that is refused was overtaken if its effect is there, and is refused if not', async () => {
    outcome = { kind: 'refused', name: 'NotStarted', detail: 'nothing runs' };
    expect(await open().close(account)).toEqual(outcome);
    answers['auctionOf'] = NONE;
    expect(await open().close(account)).toEqual({ kind: 'overtaken', detail: 'nothing runs' });
  });

  it('for many serves those that this key started, and none that a rival did', async () => {
    outcome = { kind: 'landed', txHash: MINED, height: 1n as never, gasUsed: 9n, feeWei: 9n };
    answers['auctionsOf'] = [RUNS, { ...RUNS, starter: some('66') }];
    expect(await open().start([account, other])).toEqual({ outcome, served: new Set([account]) });
    expect((await open().touch(seen(RECORD, { ...RECORD, seenAt: 949n }))).served).toEqual(new Set([other]));
    outcome = { kind: 'reverted', txHash: outcome.txHash, height: 1n as never, name: 'GasTooLow', feeWei: 9n };
    expect((await open().start([account, other])).served).toEqual(new Set());
  });
});

describe('many accounts', () => {
  const listed = Array.from({ length: 150 }, (_, n) => bytes32(`0x${(n + 1).toString(16).padStart(64, '0')}`));

  it('are asked in parts for their auctions', async () => {
    byArguments['auctionsOf'] = (accounts) => accounts.map((one) => (Number(one) % 50 === 0 ? RUNS : NONE));
    const many = Array.from({ length: RECORDS_AT_ONCE + 1 }, (_, n) => listed[n % 150] ?? account);
    expect(await open().readRunning(many)).toEqual(new Map([49, 99, 149].map((n) => [listed[n], RECORD])));
    expect(asked.filter(({ name }) => name === 'auctionsOf')).toHaveLength(2);
    expect(await open().readRunning([])).toEqual(new Map());
  });

  it('are named where logs say that their auctions began', async () => {
    expect(await open().readStarted({ from: 7n as never, to: 9n as never })).toEqual([account, other]);
    const topic = toEventSelector('Started(bytes32,address,uint256,uint256)');
    expect(asked).toEqual([{ name: topic, from: auction, at: [7n, 9n] }]);
  });

  it('are tried in parts, and one that lets no call pass is left out', async () => {
    const burning = listed[70];
    byArguments['startMany'] = (accounts) =>
      accounts.includes(burning ?? account)
        ? refused('GasTooLow')
        : accounts.map((one) => (Number(one) % 3 === 0 ? BigInt(one) : 0n));
    const found = await open().readStartable(listed);
    const wanted = listed.filter((one) => Number(one) % 3 === 0 && one !== burning);
    expect(found.map(({ account: one }) => one).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(wanted);
    expect(found.every(({ account: one, requiredWad }) => requiredWad === BigInt(one))).toBe(true);
    // Three parts, and of one of them both halves of each half that fails.
    expect(asked.filter(({ name }) => name === 'startMany')).toHaveLength(3 + 2 * Math.log2(STARTS_AT_ONCE));
  });

  it('are asked once where nothing starts at all', async () => {
    for (const name of ['AuctionsStopped', 'ChainDown']) {
      asked = [];
      byArguments['startMany'] = () => refused(name);
      expect(await open().readStartable(listed.slice(0, STARTS_AT_ONCE))).toEqual([]);
      expect(asked.map((one) => one.name)).toEqual(['startMany']);
    }
  });
});

describe('the addresses', () => {
  it('must name each other', async () => {
    await open().requireTies();
    answers['auction'] = book;
    await expect(open().requireTies()).rejects.toMatchObject({ code: 'AUCTION_MISMATCH', retryable: true });
    answers = { ...answers, auction, ledger: book };
    await expect(open().requireTies()).rejects.toMatchObject({ code: 'AUCTION_MISMATCH' });
  });

  it('must hold contracts', async () => {
    delete answers['ledger'];
    await expect(open().requireTies()).rejects.toMatchObject({ code: 'NO_AUCTION', retryable: true });
    answers['auctionOf'] = refused('Unknown');
    await expect(open().readAccount(account)).rejects.toThrow('auctionOf of');
    answers['auctionOf'] = RUNS;
    delete answers['marginOf'];
    await expect(open().readAccount(account)).rejects.toMatchObject({ code: 'NO_LEDGER' });
  });

  it('give a taker its initial margin, and another provider when asked', async () => {
    const desk = open();
    expect(await desk.readTaker(to)).toEqual({ height: 200n, assetsWad: 5n, requiredWad: 7n });
    desk.distrustProvider();
    expect(rotated).toBe(1);
  });
});
