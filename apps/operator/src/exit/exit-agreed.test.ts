import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { collateralVaultAbi } from '@surety/contracts';
import { accountId, address, blockHash, bytes32 } from '@surety/domain';
import { systemClock } from '@surety/process';
import { type Hex, decodeFunctionData, encodeErrorResult, encodeFunctionResult, numberToHex } from 'viem';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openConfig } from '../chains/open-config.js';
import { exitStateOf } from '../testing/exit-state.js';
import { serveMethods } from '../testing/serve-landing.js';
import { servedRecord } from '../testing/serve-timelocked-vault.js';
import { proveClaim, readLargestClaim } from './exit-claim.js';
import type { ExitItem } from './exit-items.js';
import { type ExitVault, openExitVault } from './exit-vault.js';

const OWNER = address(`0x${'a1'.repeat(20)}`);
const LINE: ExitItem = {
  name: 'line:USDC',
  vaultAsset: 1,
  amount: 100n,
  leaf: bytes32(`0x${'1e'.repeat(32)}`),
  isShared: true,
  prove: () => Promise.resolve({ functionName: 'claimLine', args: [1, [], []], marks: [] }),
};
const folder = mkdtempSync(join(tmpdir(), 'surety-exit-agreed-'));
const file = join(folder, 'chains.config.json');
const closing: (() => void)[] = [];
writeFileSync(file, JSON.stringify({ ...exampleNetwork(), profile: 'development' }));
afterEach(() => closing.splice(0).forEach((close) => close()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A vault with 100 units left and a limit of 40,000 tokens; one that lies tells that nothing is left, and a limit of 1. */
function viewOf(data: Hex, lies: boolean): unknown {
  const { functionName, args } = decodeFunctionData({ abi: collateralVaultAbi, data });
  if (functionName === 'assetOf') {
    const result = servedRecord('assetOf', { limit: lies ? 1n : 40_000n, decimals: 6 }) as never;
    return encodeFunctionResult({ abi: collateralVaultAbi, functionName, result });
  }
  const left = lies ? 0n : 100n;
  const [{ amount }] = args as unknown as readonly [{ readonly amount: bigint }];
  if (amount <= left) return numberToHex(1, { size: 32 });
  return {
    reverted: encodeErrorResult({ abi: collateralVaultAbi, errorName: 'ExitAmountRefused', args: [amount, left] }),
  };
}

function serve(chainId: number, lies: boolean): Promise<string> {
  return serveMethods((method, [first]) => {
    if (method === 'eth_chainId') return numberToHex(chainId);
    if (method === 'eth_blockNumber') return '0x64';
    return method === 'eth_call' ? viewOf((first as { readonly data: Hex }).data, lies) : { reverted: '0x' };
  }, closing);
}

async function openServed(liars: readonly boolean[]): Promise<ExitVault> {
  const urls = await Promise.all(
    liars.map(async (lies, at) => [`RPC_URL_ETHEREUM_${at + 1}`, await serve(1, lies)] as const),
  );
  const environment = { SURETY_CONFIG: file, RPC_URL_BASE_1: await serve(8_453, false), ...Object.fromEntries(urls) };
  const place = openExitVault(openConfig({ environment, clock: systemClock }), 'ethereum');
  const proofs: unknown[] = [{ header: [], operator: [], shares: [] }, []];
  return { ...place, prove: () => Promise.resolve(proofs.shift() as never) };
}

const probeAt = async (place: ExitVault): Promise<unknown> => {
  const account = accountId({ owner: OWNER, home: 0, sub: 0n });
  const claimant = { account, caller: OWNER, recipient: OWNER, protocol: undefined };
  const state = exitStateOf({ anchor: blockHash(`0x${'22'.repeat(32)}`) });
  return (await proveClaim(place, state, LINE, claimant)).probe();
};

describe('a claim', () => {
  it('goes by what two thirds of the providers answer of the limit and of what is left', async () => {
    const place = await openServed([true, false, false, false]);
    expect(await readLargestClaim(place, 1)).toBe(3_000_000n);
    expect(await probeAt(place)).toEqual({ left: 100n, room: 100n });
  });

  it('fails where too few agree on what is left: a made-up refusal ends nothing well', async () => {
    const place = await openServed([true, false]);
    await expect(probeAt(place)).rejects.toThrow(/disagree/u);
  });
});
