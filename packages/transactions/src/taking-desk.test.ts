import { liquidationAuctionAbi, collateralLedgerAbi, ledgerLensAbi } from '@surety/contracts';
import { WAD, address, bytes32, txHash } from '@surety/domain';
import type { LandOutcome, TransactionCall } from '@surety/workflows';
import { type Abi, decodeFunctionData, encodeFunctionResult, padHex, stringToHex, zeroAddress } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChainReads } from './chain-reads.js';
import { createAuctionDesk } from './create-auction-desk.js';
import { BID_GAS } from './limits.js';

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

let answers: Record<string, unknown>;
let asked: string[];
let sent: TransactionCall[];
/** What each transaction ends with, in order. */
let outcomes: LandOutcome[];

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
  [asked, sent, outcomes] = [[], [], []];
});

/** The desk of a keeper that only takes. */
function open() {
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
    readEvents: async () => [],
  };
  const sender = { address: keeper, land };
  return createAuctionDesk({ rpc: { rotate: () => undefined }, reads, sender, auction, ledger, lens, onlyTakes: true });
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

describe('the gas of a bid', () => {
  const terms = { shareMaxWad: WAD, shareMinWad: 0n, leastPpm: 0n, pays: false };
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
