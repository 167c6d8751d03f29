import type { Network, ProviderEndpoint } from '@surety/config';
import type { ReportFile } from '@surety/chain';
import { marginReportsAbi, perpetualBookAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { type Hex, decodeFunctionData, encodeFunctionResult } from 'viem';
import { afterEach, expect, it } from 'vitest';
import { serveMethods } from '../testing/serve-landing.js';
import { readPosting } from './read-posting.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const [reports, protocol, verifier] = ['a1', 'b2', 'c3'].map((byte) => address(`0x${byte.repeat(20)}`));
const figures = { initialWad: 5n, maintenanceWad: 4n, positionNonce: 3n, blockNumber: 200n };
const [asOf, expiry] = [1_800_000_000, 1_800_000_600];
const report = {
  reports,
  protocol,
  account: `0x${'ac'.repeat(32)}`,
  ...figures,
  asOf: BigInt(asOf),
  expiry: BigInt(expiry),
};
const NOTHING = { initialWad: 0n, maintenanceWad: 0n, positionNonce: 0n, blockNumber: 0n, asOf: 0, expiry: 0 };

/** Answers a view of the protocol or of its reports. */
function viewOf(data: Hex, isStored: boolean): Hex {
  const answers: Readonly<Record<string, unknown>> = {
    reports,
    attesterSet: verifier,
    positionsOf: [3n, [], []],
    countsFrom: 3n,
    reportOf: isStored ? { ...figures, asOf, expiry } : NOTHING,
  };
  const abi = [...marginReportsAbi, ...perpetualBookAbi];
  const { functionName } = decodeFunctionData({ abi, data });
  return encodeFunctionResult({ abi, functionName, result: answers[functionName] as never });
}

/** Judges the report at providers that show it stored, or do not. */
async function postingAt(...shown: readonly boolean[]): Promise<Awaited<ReturnType<typeof readPosting>>> {
  const urls = await Promise.all(
    shown.map((isStored) =>
      serveMethods((method, [first]) => {
        if (method === 'eth_chainId') return '0x384';
        if (method === 'eth_call') return viewOf((first as { readonly data: Hex }).data, isStored);
        return method === 'eth_blockNumber' ? '0x100' : { number: '0x100', timestamp: '0x6b49d200' };
      }, closing),
    ),
  );
  const endpoints = urls.map((url, at) => ({ name: `p${at}`, operator: `p${at}`, url: { reveal: () => url } }));
  const chain = { chainId: 900, name: 'settlement', blockTimeMs: 1_000, providers: [] };
  const place = {
    chain: chain as unknown as Network['chains'][number],
    endpoints: endpoints as unknown as ProviderEndpoint[],
    clock: systemClock,
  };
  return readPosting(place, { report, verifier } as unknown as ReportFile);
}

it.each([
  ['to be posted where the first of three providers alone shows it', [true, false, false], 'post'],
  ['stored where two of three providers show it', [false, true, true], 'there'],
  ['stored where a single provider shows it', [true], 'there'],
  ['to be posted where a single provider does not show it', [false], 'post'],
] as const)('a report is %s', async (_, shown, kind) => {
  expect((await postingAt(...shown)).kind).toBe(kind);
});
