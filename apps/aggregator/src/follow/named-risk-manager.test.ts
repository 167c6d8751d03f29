import { collateralLedgerAbi, riskManagerAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import { type Hex, decodeFunctionData, encodeFunctionResult, toFunctionSelector } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import { createLedgerAsker } from '../terms/ledger-asker.js';
import { finalBlockOf } from '../testing/fake-settlement-reader.js';
import { ChainSettlementReader } from './chain-settlement-reader.js';
import type { QuorumCaller } from './quorum-caller.js';

const [LEDGER, SET, CONFIGURED, ADOPTED, FEED] = ['11', '22', '33', '44', '55'].map((pair) =>
  address(`0x${pair.repeat(20)}`),
) as [Address, Address, Address, Address, Address];
const BLOCK = finalBlockOf(7, 9n);
const ASSET = { assetId: 1, source: 1, underlying: 1, ownPrice: 0 };
const NAMES_RISK_MANAGER = toFunctionSelector('riskManager()');

let named: Address;
let asked: Address[];
let logsRead: Address[];

/** Answers for a ledger that names `named`, and for any risk manager. */
function answer({ to, input }: { readonly to: Address; readonly input: Hex }): Hex {
  if (to === LEDGER) {
    const functionName = input === NAMES_RISK_MANAGER ? 'riskManager' : 'termWordsOf';
    const result = functionName === 'riskManager' ? named : [0n, 1n << 40n];
    return encodeFunctionResult({ abi: collateralLedgerAbi, functionName, result: result as never });
  }
  asked.push(to);
  const { functionName } = decodeFunctionData({ abi: riskManagerAbi, data: input });
  const price = { price: 1n, ema: 1n, confPpm: 0, observedAt: 8, maxAgeS: 60, failing: false };
  const result = { priceOf: price, feedOf: FEED, sellsFrom: 0 }[functionName as 'priceOf'];
  return encodeFunctionResult({ abi: riskManagerAbi, functionName, result });
}

const caller = { callAgreed: async (call: Parameters<typeof answer>[0]) => answer(call) } as unknown as QuorumCaller;

function reader(): ChainSettlementReader {
  const chain = {
    chainId: 7,
    readLogs: async ({ address: of }: { readonly address: Address }) => {
      logsRead.push(of);
      return [];
    },
  };
  const at = { ledger: LEDGER, riskManager: CONFIGURED, attesterSet: SET };
  return new ChainSettlementReader({ chain, caller, ...at } as never);
}

const range = { from: 9n, to: 9n, termsToo: true, refuse: () => undefined };

describe('prices after the ledger took another risk manager than the configured one', () => {
  beforeEach(() => {
    named = ADOPTED;
    asked = [];
    logsRead = [];
  });

  it('are those of the one that the ledger names', async () => {
    expect(await reader().readTerms([ASSET], BLOCK)).toMatchObject([{ prices: [{ price1e12: 1n }] }]);
    expect(asked).toEqual([ADOPTED]);
  });

  it('are watched where they were read last', async () => {
    const settlement = reader();
    await settlement.readFacts(range);
    expect(logsRead).toEqual([LEDGER, CONFIGURED, SET]);
    await settlement.readTerms([ASSET], BLOCK);
    logsRead = [];
    await settlement.readFacts(range);
    expect(logsRead).toEqual([LEDGER, ADOPTED, SET]);
  });

  it('have the feeds of the one that the ledger names', async () => {
    const feeds = await createLedgerAsker(caller, LEDGER).readFeeds([1], BLOCK);
    expect(feeds.get(1)?.feed).toBe(FEED);
    expect([...new Set(asked)]).toEqual([ADOPTED]);
  });
});
