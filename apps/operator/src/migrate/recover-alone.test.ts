import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import { attesterSetAbi } from '@surety/contracts';
import type { Hex } from '@surety/domain';
import { systemClock } from '@surety/process';
import { decodeFunctionData, encodeFunctionResult, numberToHex } from 'viem';
import { afterAll, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';
import { serveMethods } from '../testing/serve-landing.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-recovery-'));
const closing: (() => void)[] = [];
afterAll(() => {
  closing.splice(0).forEach((close) => close());
  rmSync(folder, { recursive: true, force: true });
});

const members = ['1', '2', '3', '4'].map((digit) => `0x${digit.repeat(40)}`);
const network = exampleNetwork();
Object.assign(network, { profile: 'development' });
const file = join(folder, 'chains.config.json');
writeFileSync(file, JSON.stringify(network));

/** A verifier at which another set is proposed: the plan is refused for it, once it is made. */
const views: Record<string, unknown> = {
  newestEpoch: 1,
  epoch: 1,
  members,
  k: 3,
  suspended: 0,
  activeFrom: 1,
  expires: 2_000_000_000,
  stopped: false,
  inRecovery: true,
  recovery: [`0x${'ab'.repeat(32)}`, 1_690_000_000, 1_699_000_000],
};

function serveProposed(chainId: number): Promise<string> {
  return serveMethods((method, [first]) => {
    switch (method) {
      case 'eth_chainId':
        return numberToHex(chainId);
      case 'eth_blockNumber':
        return '0x6a';
      case 'eth_getBlockByNumber':
        return { number: '0x6a', timestamp: '0x65000000', baseFeePerGas: '0x1' };
      default: {
        const { functionName } = decodeFunctionData({ abi: attesterSetAbi, data: (first as { data: Hex }).data });
        return encodeFunctionResult({ abi: attesterSetAbi, functionName, result: views[functionName] as never });
      }
    }
  }, closing);
}

describe('surety migrate recovery of a vault’s verifier', () => {
  it.each([
    ['have no URL', {}],
    ['are away', { isAway: true }],
  ])(
    'goes on where the providers of the settlement chain %s, and says what is not known',
    async (_, { isAway }: { isAway?: boolean }) => {
      const chain = network.chains.find(
        ({ chainId, vault }) => vault !== undefined && chainId !== network.settlement?.chainId,
      );
      const home = network.chains.find(({ chainId }) => chainId === network.settlement?.chainId);
      const url = await serveProposed(chain?.chainId ?? 0);
      const environment = {
        SURETY_CONFIG: file,
        SURETY_PROFILE: 'development',
        [chain?.providers[0]?.urlEnv ?? '']: url,
        ...(isAway === true ? { [home?.providers[0]?.urlEnv ?? '']: 'http://127.0.0.1:1' } : {}),
      };
      const asked = ['migrate', 'recovery', '--chain', chain?.name ?? '', '--members', members.join(','), '--dry-run'];
      const { told } = await runSurety(asked, { environment, clock: systemClock });
      expect(told).toContain('is proposed at');
      expect(told).toMatch(/^warning: .* former vault/m);
    },
  );
});
