import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { type Address, address } from '@surety/domain';
import { systemClock } from '@surety/process';
import { encodeAbiParameters, numberToHex } from 'viem';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openConfig } from '../chains/open-config.js';
import { serveMethods } from '../testing/serve-landing.js';
import { findTarget } from './find-target.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const folder = mkdtempSync(join(tmpdir(), 'surety-find-target-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'chains.config.json');
const network = exampleNetwork();
writeFileSync(file, JSON.stringify(network));
const configured = address(network.settlement?.riskManager.toLowerCase() ?? '');
const adopted = address(`0x${'a6'.repeat(20)}`);

/** Finds the risk manager for an act where the ledger weighs by one. */
async function findAt(weighing: Address, options: { readonly at?: string } = {}): Promise<Address> {
  const url = await serveMethods((method) => {
    if (method === 'eth_chainId') return numberToHex(network.settlement?.chainId ?? 0);
    if (method === 'eth_call') return encodeAbiParameters([{ type: 'address' }], [weighing]);
    return method === 'eth_blockNumber' ? '0x6a' : { number: '0x6a', timestamp: '0x65000000', baseFeePerGas: '0x1' };
  }, closing);
  const urls = [1, 2, 3, 4].map((at) => [`RPC_URL_BASE_${at}`, url]);
  const environment = { SURETY_CONFIG: file, ...Object.fromEntries(urls) };
  const { contract } = await findTarget(openConfig({ environment, clock: systemClock }), 'prices', options);
  return contract;
}

describe('the risk manager of an act', () => {
  it('is the one by which the ledger weighs', async () => {
    expect(await findAt(configured)).toBe(configured);
  });

  it('is refused where the configuration names another one', async () => {
    await expect(findAt(adopted)).rejects.toMatchObject({
      code: 'BAD_USE',
      message: `settlement.riskManager of chains.config.json is ${configured}, and the ledger weighs by ${adopted}; expected one: put ${adopted} into the file, or add --at with the one that is meant`,
    });
  });

  it('is the one that --at names, whichever weighs', async () => {
    expect(await findAt(adopted, { at: configured })).toBe(configured);
  });
});
