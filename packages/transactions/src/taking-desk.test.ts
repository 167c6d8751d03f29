import { liquidationAuctionAbi, collateralLedgerAbi, ledgerLensAbi, perpsAndOptionsAbi } from '@surety/contracts';
import { WAD, address, bytes32, txHash } from '@surety/domain';
import type { LandOutcome, TransactionCall } from '@surety/workflows';
import {
  type Abi,
  type Hex,
  decodeErrorResult,
  decodeFunctionData,
  encodeErrorResult,
  encodeEventTopics,
  encodeFunctionResult,
  getAddress,
  padHex,
  stringToHex,
  zeroAddress,
} from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import type { BlockLog, ChainReads } from './chain-reads.js';
import { AUCTION_ERRORS, createAuctionDesk } from './create-auction-desk.js';
import { BID_GAS, FURTHER_BID_GAS } from './limits.js';

const some = (pair: string) => address(`0x${pair.repeat(20)}`);
const [auction, ledger, lens, keeper, credit] = ['a0', 'b0', 'c0', 'd0', 'e0'].map(some) as [
  ReturnType<typeof some>,
  ReturnType<typeof some>,
  ReturnType<typeof some>,
  ReturnType<typeof some>,
  ReturnType<typeof some>,
];
const account = bytes32(`0x${'aa'.repeat(32)}`);
const to = bytes32(`0x${'70'.repeat(32)}`);
const ABI: Abi = [...liquidationAuctionAbi, ...collateralLedgerAbi, ...ledgerLensAbi];
const RUNS = { starter: keeper, startedAt: 900, seenAt: 950, flags: 0 };
const QUOTE = {
  shareWad: WAD,
  assumedWad: 5n,
  lossWad: 0n,
  ppm: 2_000n,
  assetIds: [],
  amounts: [],
  wait: padHex('0x'),
};

const [TAKEN] = encodeEventTopics({ abi: liquidationAuctionAbi, eventName: 'Taken' });

let answers: Record<string, unknown>;
let asked: string[];
let sent: TransactionCall[];
/** What each transaction ends with, in order. */
let outcomes: LandOutcome[];
let logs: BlockLog[];
let logsAsked: unknown[];

beforeEach(() => {
  answers = {
    auctionOf: RUNS,
    marginOf: [5n, 7n, 80n, 90n, 88n, 100n, 0n, 1n],
    stopOf: { until: 0, streak: 0, rowUntil: 0 },
    clock: zeroAddress,
    discountOf: [2_000n, 120n],
    protocolsOf: [credit],
    quote: QUOTE,
    marginBreakdown: [],
  };
  [asked, sent, outcomes, logs, logsAsked] = [[], [], [], [], []];
});

/** The desk of a keeper that only takes, for a discount of so much and more. */
function open(takesFromPpm = 0n) {
  const call: ChainReads['call'] = async ({ calldata }) => {
    const { functionName } = decodeFunctionData({ abi: ABI, data: calldata });
    asked.push(functionName);
    return { kind: 'answer', bytes: encodeFunctionResult({ abi: ABI, functionName, result: answers[functionName] }) };
  };
  const land = async (one: TransactionCall): Promise<LandOutcome> => {
    sent.push(one);
    return outcomes.shift() ?? { kind: 'overtaken', detail: 'done' };
  };
  const reads = {
    call,
    readHead: async () => ({ height: 200n as never, timestamp: 1_000n, baseFeePerGas: 0n }),
    readEvents: async (of: unknown) => {
      logsAsked.push(of);
      return logs;
    },
  };
  const sender = { address: keeper, land };
  return createAuctionDesk({ rpc: { rotate: () => undefined }, reads, sender, auction, ledger, lens, takesFromPpm });
}

describe('a desk that only takes', () => {
  it('tries nothing that its keeper never does', async () => {
    expect(await open().readAccount(account)).toMatchObject({
      clockS: 120n,
      startRefusal: 'NotTried',
      closeRefusal: 'NotTried',
      claims: [{ protocol: credit, offer: { kind: 'open', ppm: 2_000n }, writeOffWad: null }],
    });
    const reads = ['auctionOf', 'clock', 'discountOf', 'marginBreakdown', 'marginOf', 'protocolsOf', 'quote', 'stopOf'];
    expect(asked.toSorted()).toEqual(reads);
  });

  it('reads no offers before their discount, but those of an auction whose clock is about to stop', async () => {
    expect(await open(2_001n).readAccount(account)).toMatchObject({ clockS: 120n, claims: [] });
    expect(asked.toSorted()).toEqual(['auctionOf', 'clock', 'discountOf', 'marginOf', 'stopOf']);
    expect((await open(2_000n).readAccount(account)).claims).toHaveLength(1);
    // Read at 1,000 s.
    answers['auctionOf'] = { ...RUNS, startedAt: 500, seenAt: 520 };
    expect((await open(2_001n).readAccount(account)).claims).toHaveLength(1);
    answers['auctionOf'] = { ...RUNS, startedAt: 500, seenAt: 521 };
    expect((await open(2_001n).readAccount(account)).claims).toEqual([]);
  });

  it('sees in the quote that an account has recovered', async () => {
    answers['quote'] = { ...QUOTE, wait: stringToHex('healthy', { size: 32 }) };
    expect((await open().readAccount(account)).claims).toMatchObject([
      { offer: { kind: 'closed', reason: 'healthy' } },
    ]);
  });

  it('asks nothing more of an account without an auction', async () => {
    answers['auctionOf'] = { ...RUNS, startedAt: 0 };
    expect(await open().readAccount(account)).toMatchObject({ record: null, startRefusal: 'NotTried', claims: [] });
    expect(asked).not.toContain('protocolsOf');
  });
});

const terms = { shareMaxWad: WAD, shareMinWad: 0n, leastPpm: -7n, pays: false };

describe('the gas of a bid', () => {
  const bid = () => open().bid({ account, protocol: credit, to, terms });
  const landed: LandOutcome = {
    kind: 'landed',
    txHash: txHash(`0x${'11'.repeat(32)}`),
    height: 1n as never,
    gasUsed: 9n,
    feeWei: 9n,
  };
  const refused: LandOutcome = { kind: 'refused', name: 'GasTooLow', detail: 'x' };

  it('is named, since an estimate costs a node several tries', async () => {
    outcomes = [landed];
    expect(await bid()).toEqual(landed);
    expect(sent.map(({ gasLimit }) => gasLimit)).toEqual([BID_GAS]);
  });

  it('is estimated where so much is not enough', async () => {
    outcomes = [refused, landed];
    expect(await bid()).toEqual(landed);
    expect(sent.map(({ gasLimit }) => gasLimit)).toEqual([BID_GAS, undefined]);
    outcomes = [refused, { ...refused, name: 'ShareTooSmall' }];
    expect(await bid()).toMatchObject({ kind: 'refused', name: 'ShareTooSmall' });
  });

  it('is of no interest where somebody else was faster', async () => {
    answers['auctionOf'] = { ...RUNS, startedAt: 0 };
    outcomes = [refused];
    expect(await bid()).toEqual({ kind: 'overtaken', detail: 'x' });
    expect(sent).toHaveLength(1);
  });
});

describe('acts for several accounts', () => {
  const other = bytes32(`0x${'ab'.repeat(32)}`);
  const mined = txHash(`0x${'22'.repeat(32)}`);
  const landed: LandOutcome = { kind: 'landed', txHash: mined, height: 7n as never, gasUsed: 9n, feeWei: 9n };
  const bids = [account, other].map((one) => ({ account: one, protocol: credit, to, terms }));
  const takenFrom = (one: Hex, by = mined): BlockLog => ({
    address: auction,
    topics: [TAKEN, one, padHex(credit), to],
    data: '0x',
    txHash: by,
    height: 7n as never,
  });

  /** Acts of a transaction for several, decoded. */
  const actsOf = (made: TransactionCall | undefined) => {
    const whole = decodeFunctionData({ abi: liquidationAuctionAbi, data: made?.calldata ?? '0x' });
    const acts = whole.functionName === 'tryMany' ? whole.args[0] : [];
    return acts.map((data) => {
      const { functionName, args } = decodeFunctionData({ abi: liquidationAuctionAbi, data });
      return [functionName, args];
    });
  };

  it('touches several in one transaction too', async () => {
    const record = { starter: keeper, startedAt: 900n, seenAt: 950n, isTaken: false };
    await open().touch([account, other].map((one) => ({ account: one, record })));
    expect(actsOf(sent[0])).toEqual([
      ['touch', [account]],
      ['touch', [other]],
    ]);
  });

  it('bids for them in one transaction with the gas of all of them', async () => {
    await open().bidTogether(bids);
    const [made] = sent;
    expect([made?.priority, made?.gasLimit, made?.isTried]).toEqual([
      'liquidation',
      BID_GAS + FURTHER_BID_GAS,
      undefined,
    ]);
    const given = [getAddress(credit), to, { ...terms, leastPpm: -7 }, '0x'];
    expect(actsOf(made)).toEqual([
      ['bid', [account, ...given]],
      ['bid', [other, ...given]],
    ]);
  });

  it('has bid for those of which the logs of its transaction say so', async () => {
    outcomes = [landed];
    logs = [takenFrom(other), takenFrom(account, txHash(`0x${'33'.repeat(32)}`))];
    expect(await open().bidTogether(bids)).toEqual({ outcome: landed, served: new Set([other]) });
    expect(logsAsked).toEqual([{ contract: auction, topic: TAKEN, from: 7n, to: 7n }]);
  });

  it('is overtaken with its bids once none of the auctions runs, and else refused', async () => {
    const refused: LandOutcome = { kind: 'refused', name: 'NotStarted', detail: 'x' };
    const none = { ...RUNS, startedAt: 0 };
    [outcomes, answers['auctionsOf']] = [
      [refused, refused],
      [none, RUNS],
    ];
    expect(await open().bidTogether(bids)).toEqual({ outcome: refused, served: new Set() });
    answers['auctionsOf'] = [none, none];
    expect(await open().bidTogether(bids)).toEqual({
      outcome: { kind: 'overtaken', detail: 'x' },
      served: new Set(),
    });
    expect(logsAsked).toEqual([]);
  });
});

it('names the refusals of a protocol that has a newer price than the auction', () => {
  const data = encodeErrorResult({ abi: perpsAndOptionsAbi, errorName: 'TakeOverTooLarge', args: [2n, 1n] });
  expect(decodeErrorResult({ abi: AUCTION_ERRORS, data })).toMatchObject({
    errorName: 'TakeOverTooLarge',
    args: [2n, 1n],
  });
  const own = AUCTION_ERRORS.flatMap((item) => (item.type === 'error' ? [item.name] : []));
  expect(own).toEqual(expect.arrayContaining(['LossTooLarge', 'NoRelief']));
});
