import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { numberToHex } from 'viem';
import { afterAll, afterEach, expect, it } from 'vitest';
import { ledgerAsset } from '../testing/ledger-asset.js';
import { runSurety } from '../testing/run-surety.js';
import { serveMethods } from '../testing/serve-landing.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const folder = mkdtempSync(join(tmpdir(), 'surety-propose-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const network = exampleNetwork();
const [file, prices] = [join(folder, 'chains.config.json'), join(folder, 'prices.json')];
writeFileSync(file, JSON.stringify({ ...network, profile: 'development' }));
const [underlying] = network.settlement?.underlyings ?? [];
// Swings of a fifth from day to day, which leave a low weight for initial.
const rows = Array.from({ length: 60 }, (_, at) => [
  String(1_790_000_000 + at * 86_400),
  String(3_000 + (at % 2) * 600),
]);
writeFileSync(prices, JSON.stringify({ [underlying?.symbol ?? '']: rows }));

/** Proposes at providers that show these weights of every asset. */
async function proposed(...shown: readonly (readonly [initialBp: number, maintenanceBp: number])[]): Promise<string> {
  const { chainId } = network.settlement ?? { chainId: 0 };
  const urls = await Promise.all(
    shown.map(([initialBp, maintenanceBp]) =>
      serveMethods((method) => {
        if (method === 'eth_chainId') return numberToHex(chainId);
        if (method !== 'eth_call') return '0x100';
        return ledgerAsset({ initialBp, maintenanceBp, underlying: underlying?.id ?? 0 });
      }, closing),
    ),
  );
  const providers = network.chains.find((one) => one.chainId === chainId)?.providers ?? [];
  const named = providers.slice(0, urls.length).map(({ urlEnv }, at) => [urlEnv, urls[at]] as const);
  const environment = { SURETY_CONFIG: file, ...(Object.fromEntries(named) as Record<string, string>) };
  const run = await runSurety(['params', 'propose', '--prices', prices], { environment });
  expect([run.told, run.code]).toEqual(['', 0]);
  return run.output;
}

it('proposes the maintenance weight that three of four providers show', async () => {
  const output = await proposed([5_000, 5_500], [8_000, 8_500], [8_000, 8_500], [8_000, 8_500]);
  expect(output).toContain('initial 0.8 to ');
  expect(output).toContain('maintenance stays 0.85');
  expect(output).toMatch(/set-weights .* --maintenance-bp 8500 --as riskAdmin/);
  expect(output).not.toContain('5500');
});

it('proposes what a single provider shows', async () => {
  expect(await proposed([8_000, 8_500])).toContain('maintenance stays 0.85');
});
