import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleNetwork } from '@surety/config';
import type { Hex } from '@surety/domain';
import { type ServedPayments, servePayments } from './serve-payments.js';

/** Writes the example network, with quick blocks, to a folder, and serves its vaults. Returns the environment of an exit from Ethereum. */
export async function exitEnvironment(
  folder: string,
  ethereum: Omit<ServedPayments, 'chainId' | 'vault'>,
  closing: (() => void)[],
): Promise<Record<string, string>> {
  const network = exampleNetwork();
  const vault = network.chains.find(({ name }) => name === 'ethereum')?.vault?.address as Hex;
  for (const chain of network.chains) Object.assign(chain, { blockTimeMs: 20 });
  const file = join(folder, 'chains.config.json');
  writeFileSync(file, JSON.stringify({ ...network, profile: 'development' }));
  return {
    SURETY_CONFIG: file,
    SURETY_PROFILE: 'development',
    SURETY_KEY: `0x${'01'.repeat(32)}`,
    RPC_URL_ETHEREUM_1: await servePayments({ ...ethereum, chainId: 1, vault }, closing),
    RPC_URL_BASE_1: await servePayments({ chainId: 8453, vault, payments: [] }, closing),
  };
}
