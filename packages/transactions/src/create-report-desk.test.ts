import { attesterSetAbi, marginReportDigest, marginReportsAbi, perpetualBookAbi } from '@surety/contracts';
import { type Address, type Hex, type MarginReport, address, bytes32 } from '@surety/domain';
import type { TransactionCall } from '@surety/workflows';
import { type Abi, decodeFunctionData, encodeFunctionResult } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChainReads } from './chain-reads.js';
import { REPORT_GAS_CEILING, createReportDesk, quorumOfSignatures } from './create-report-desk.js';

const some = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const word = bytes32(`0x${'11'.repeat(32)}`);
const [verifier, protocol, reports] = ['5e', 'bb', 'aa'].map(some) as [Address, Address, Address];
const members = ['01', '02', '03', '04'].map(some);
const report: MarginReport = {
  reports,
  protocol,
  account: word,
  positionNonce: 4n,
  blockNumber: 100n,
  blockHash: word,
  asOf: 1_000n,
  inputsHash: word,
  parameterVersion: word,
  initialWad: 8n,
  maintenanceWad: 7n,
  expiry: 1_900n,
  epoch: 1,
};
const stored = { initialWad: 8n, maintenanceWad: 7n, positionNonce: 4n, blockNumber: 99n, asOf: 900, expiry: 1_800 };
const ABIS = new Map<Address, Abi>([
  [verifier, attesterSetAbi],
  [protocol, perpetualBookAbi],
  [reports, marginReportsAbi],
]);
let answers: Record<string, unknown>;
let sent: TransactionCall[];
let rotated: number;

beforeEach(() => {
  answers = {
    members,
    k: 3,
    suspended: 0b10,
    reports,
    positionsOf: [5n, 0n, []],
    countsFrom: 3n,
    attesterSet: verifier,
    reportOf: stored,
  };
  [sent, rotated] = [[], 0];
});

function open() {
  const call: ChainReads['call'] = async ({ to, calldata }) => {
    const abi = ABIS.get(to) ?? [];
    const { functionName } = decodeFunctionData({ abi, data: calldata });
    const answer = answers[functionName];
    if (answer === undefined) return { kind: 'reverted', revert: { name: 'Unknown', detail: 'unknown' } };
    if (typeof answer === 'string' && answer.length < 10) return { kind: 'answer', bytes: answer as Hex };
    return { kind: 'answer', bytes: encodeFunctionResult({ abi, functionName, result: answer }) };
  };
  const land = async (one: TransactionCall) => {
    sent.push(one);
    return { kind: 'overtaken', detail: 'done' } as never;
  };
  return createReportDesk({
    rpc: { rotate: () => void rotated++ },
    reads: { call, readHead: async () => ({ height: 200n as never, timestamp: 1_500n, baseFeePerGas: 0n }) },
    sender: { address: verifier, land },
    chainId: 900,
    verifier,
  });
}

describe('the contract that stores reports', () => {
  it('lets members of an epoch sign unless suspended, and knows no members of an unknown epoch', async () => {
    const [first, , ...others] = members;
    expect(await open().readSigners(1)).toEqual({ quorum: 3, usable: [first, ...others] });
    delete answers['members'];
    expect(await open().readSigners(9)).toBeUndefined();
  });

  it('recovers the signer of a report for this chain and its verifier', async () => {
    const key = privateKeyToAccount(`0x${'1'.repeat(64)}`);
    const signature = await key.sign({ hash: marginReportDigest(report, { chainId: 900, verifier }) });
    const signed = { report, verifier, signature };
    expect(await open().recoverSigner(signed)).toBe(key.address.toLowerCase());
    expect(await open().recoverSigner({ ...signed, verifier: some('5f') })).not.toBe(key.address.toLowerCase());
    expect(await open().recoverSigner({ ...signed, signature: '0x11' })).toBeUndefined();
  });

  it('reads protocol, verifier, position and stored report at one block', async () => {
    expect(await open().readPlace(report)).toEqual({
      time: 1_500n,
      taker: reports,
      verifier,
      positionNonce: 5n,
      countsFrom: 3n,
      stored: { ...stored, asOf: 900n, expiry: 1_800n },
    });
  });

  it('recognises a contract that is no protocol, or one that stores no reports', async () => {
    answers = { ...answers, reports: '0x', attesterSet: '0x1234', reportOf: undefined, positionsOf: undefined };
    const place = await open().readPlace(report);
    expect(place).toMatchObject({ taker: undefined, verifier: undefined, positionNonce: 0n });
    expect(place.stored.blockNumber).toBe(0n);
  });

  it('lets only the present position count at a protocol that keeps no trades', async () => {
    answers = { ...answers, countsFrom: undefined };
    expect(await open().readPlace(report)).toMatchObject({ positionNonce: 5n, countsFrom: 5n });
  });

  it('submits a report as upkeep, done once a report of its block or a newer one is stored', async () => {
    const desk = open();
    await desk.submit(report, '0x12');
    const [call] = sent;
    expect(call).toMatchObject({ purpose: 'report', priority: 'upkeep', to: reports, gasCeiling: REPORT_GAS_CEILING });
    const { functionName, args } = decodeFunctionData({ abi: marginReportsAbi, data: call?.calldata ?? '0x' });
    expect([functionName, args[1]]).toEqual(['submit', '0x12']);
    expect(await call?.readEffect?.()).toBe(false);
    answers['reportOf'] = { ...stored, blockNumber: 100n };
    expect(await call?.readEffect?.()).toBe(true);
    desk.distrustProvider();
    expect(rotated).toBe(1);
  });

  it('passes as many signatures as are needed, ascending by signer', () => {
    const held = new Map<Address, Hex>([
      [some('03'), '0x33'],
      [some('01'), '0x11'],
      [some('02'), '0x22'],
    ]);
    expect(quorumOfSignatures(held, 2)).toBe('0x1133');
  });
});
