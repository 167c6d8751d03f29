import { collateralLedgerAbi, ledgerLensAbi, liquidationAuctionAbi } from '@surety/contracts';
import { type Address, address, bytes32 } from '@surety/domain';
import { ManualClock } from '@surety/rpc/testing';
import { type Abi, decodeFunctionData, encodeErrorResult, encodeFunctionResult, parseAbi, stringToHex } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import { createChainReads } from './chain-reads.js';
import { AUCTION_ERRORS, createAuctionDesk } from './create-auction-desk.js';
import { RPC_BYTES_MAX } from './limits.js';
import { createRpc } from './rpc.js';

const some = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const [auction, ledger, lens, keeper, honest, hostile] = ['a0', '1e', '1a', '6e', 'cc', 'ee'].map(some) as [
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
];
const account = bytes32(`0x${'77'.repeat(32)}`);
const ABI: Abi = [...liquidationAuctionAbi, ...collateralLedgerAbi, ...ledgerLensAbi];
const QUOTE = { shareWad: 0n, assumedWad: 0n, lossWad: 0n, ppm: 0n, assetIds: [], amounts: [] };

const ANSWERS: Readonly<Record<string, unknown>> = {
  auctionOf: { starter: keeper, startedAt: 900, seenAt: 950, flags: 0 },
  marginOf: [5n, 7n, 80n, 90n, 88n, 100n, 0n, 1n],
  stopOf: { until: 0, streak: 0, rowUntil: 0 },
  clock: some('00'),
  discountOf: [2_000n, 120n],
  protocolsOf: [hostile, honest],
  quote: { ...QUOTE, wait: stringToHex('nothing', { size: 32 }) },
  writeOff: 7n,
};

/** What every node answers to the trial of the hostile protocol, or the failure to. */
let trial: object | undefined;

beforeEach(() => {
  trial = undefined;
});

/** What a node answers to a call that reverts with a text. */
function reverted(reason: string): object {
  const data = encodeErrorResult({ abi: parseAbi(['error Error(string)']), errorName: 'Error', args: [reason] });
  return { error: { code: 3, message: `execution reverted: ${reason}`, data } };
}

function answerTo(method: string, [call]: readonly { readonly data: `0x${string}` }[]): object | undefined {
  if (method === 'eth_chainId') return { result: '0x1' };
  if (method === 'eth_getBalance') return { result: '0x5' };
  if (method === 'eth_getBlockByNumber') return { result: { number: '0x10', timestamp: '0x66000000' } };
  const { functionName, args = [] } = decodeFunctionData({ abi: ABI, data: call?.data ?? '0x' });
  if (functionName === 'close') return reverted('unhealthy');
  if (functionName === 'writeOff' && String(args[1]).toLowerCase() === hostile) return trial;
  return { result: encodeFunctionResult({ abi: ABI, functionName, result: ANSWERS[functionName] }) };
}

/** A keeper's desk over three providers of the same chain. */
function open() {
  const transport = {
    async send(body: string) {
      const { id, method, params } = JSON.parse(body);
      const answer = answerTo(method, params);
      if (answer === undefined) throw new Error('the connection is lost');
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, ...answer }) };
    },
  };
  const endpoints = ['p1', 'p2', 'p3'].map((name) => ({ name, url: 'http://nowhere' }));
  const clock = new ManualClock();
  const rpc = createRpc({ chainId: 1, clock, timeoutMs: 1_000, endpoints, transportOf: () => transport });
  const reads = createChainReads(rpc, AUCTION_ERRORS);
  const sender = { address: keeper, land: () => Promise.reject(new Error('nothing is sent')) };
  return { reads, desk: createAuctionDesk({ rpc, reads, sender, auction, ledger, lens }) };
}

describe('a protocol whose write-off cannot be tried', () => {
  it.each<[name: string, answer: object | undefined]>([
    ['reverts with 100,000 commas', reverted(','.repeat(100_000))],
    ['reverts with more than a provider may send', reverted('x'.repeat(RPC_BYTES_MAX))],
    ['takes a node longer than it allows', { error: { code: -32_000, message: 'execution aborted (timeout = 5s)' } }],
    ['breaks every connection', undefined],
  ])('hides neither the account nor its other protocol: it %s', async (_, answer) => {
    trial = answer;
    const { desk, reads } = open();
    for (let pass = 0; pass < 4; pass += 1) {
      expect((await desk.readAccount(account)).claims).toMatchObject([
        { protocol: hostile, writeOffWad: null },
        { protocol: honest, writeOffWad: 7n },
      ]);
    }
    expect(await reads.readBalance(keeper)).toBe(5n);
  });
});
