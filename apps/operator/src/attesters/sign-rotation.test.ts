import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { attesterSetAbi } from '@surety/contracts';
import { type Address, type Hex, address } from '@surety/domain';
import { decodeFunctionData, encodeFunctionResult, numberToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterEach, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { serveMethods } from '../testing/serve-landing.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const keyOf = (name: string): Hex => `0x${name.repeat(32)}`;
const memberOf = (name: string): Address => address(privateKeyToAccount(keyOf(name)).address.toLowerCase());
const setOf = (...names: string[]): Address[] => names.map(memberOf).toSorted();
const OLD = setOf('a1', 'a2', 'a3', 'a4');
const NEXT = setOf('a1', 'a2', 'a5', 'a6');

/** Serves one chain whose verifier is in an epoch of these members. */
function serveSet(chainId: number, epoch: number, members: readonly Address[]): Promise<string> {
  const recovery = [`0x${'00'.repeat(32)}`, 0, 0];
  const flags = { stopped: false, inRecovery: false, recovery, proven: false, suspended: 0 };
  const values: Record<string, unknown> = {
    newestEpoch: epoch,
    epoch,
    members,
    k: 3,
    activeFrom: 1,
    expires: 9,
    ...flags,
  };
  return serveMethods((method, [first]) => {
    if (method === 'eth_chainId') return numberToHex(chainId);
    if (method === 'eth_blockNumber') return '0x6a';
    if (method === 'eth_getBlockByNumber') return { number: '0x6a', timestamp: '0x65000000', baseFeePerGas: '0x1' };
    if (method !== 'eth_call') return '0x10000';
    const { functionName } = decodeFunctionData({ abi: attesterSetAbi, data: (first as { data: Hex }).data });
    return encodeFunctionResult({ abi: attesterSetAbi, functionName, result: values[functionName] as never });
  }, closing);
}

/** Signs with a key where a rotation of two of four members reached the ledger (8453) and not the vault (1). */
async function signHalfway(name: string) {
  const network = exampleNetwork();
  Object.assign(network, { profile: 'development' });
  const folder = mkdtempSync(join(tmpdir(), 'halfway-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'chains.config.json');
  writeFileSync(file, JSON.stringify(network));
  const urls: Record<string, string> = {};
  for (const [chainId, epoch, members] of [
    [8453, 2, NEXT],
    [1, 1, OLD],
  ] as const) {
    const providers = network.chains.find((chain) => chain.chainId === chainId)?.providers ?? [];
    for (const { urlEnv } of providers) urls[urlEnv] = await serveSet(chainId, epoch, members);
  }
  const environment = { SURETY_CONFIG: file, SURETY_PROFILE: 'development', SURETY_KEY: keyOf(name), ...urls };
  const line = ['attesters', 'sign', '--members', NEXT.join(','), '--active-from', '+96h', '--yes'];
  const { code, output, told } = await runSurety(line, { environment });
  const rotations =
    code === 0 ? (JSON.parse(output) as { rotations: { chainId: number; epoch: number }[] }).rotations : [];
  return { code, told, signed: rotations.map(({ chainId, epoch }) => [chainId, epoch]) };
}

describe('a member of some verifiers only', () => {
  it.each([
    [
      'a1',
      [
        [8453, 3],
        [1, 2],
      ],
      0,
    ],
    ['a3', [[1, 2]], 1],
    ['a5', [[8453, 3]], 1],
  ] as const)('%s signs there, and is told where it may not', async (name, signed, left) => {
    const run = await signHalfway(name);
    expect([run.code, run.signed]).toEqual([0, signed]);
    expect(run.told.split('left out: ')).toHaveLength(1 + left);
    expect(run.told.includes(`left out: ${memberOf(name)} is no unsuspended member of epoch`)).toBe(left > 0);
  });

  it('is refused if it is a member of none', async () => {
    const run = await signHalfway('a7');
    expect([run.code === 0, run.signed]).toEqual([false, []]);
    expect(run.told).toContain(`${memberOf('a7')} is no unsuspended member of epoch 2`);
    expect(run.told).toContain('nothing was signed');
  });
});
