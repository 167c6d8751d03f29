import { collateralLedgerAbi, developmentTokenAbi, ledgerDutiesAbi } from '@surety/contracts';
import {
  type Devnet,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  assetIndexOf,
  devnetAccount,
  lock,
  readHealth,
  readLine,
  vaultOf,
  waitUntil,
} from '@surety/devnet';
import { encodeFunctionData } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ATTESTERS, type Line, startLine } from './start-line.js';

const ALPHA = 901;
/** Watchers and relayers look once a minute. */
const WITHIN_MS = 180_000;
const LOCKED = 9_000_000_000n;
const LOST = 900_000_000n;
const usdc = { chainId: ALPHA, asset: 'USDC' } as const;
let line: Line;
let devnet: Devnet;

beforeAll(async () => {
  line = await startLine();
  devnet = line.devnet;
});
afterAll(() => line?.stop());

/** Moves tokens out of the vault without the vault: as a token's issuer could, or a fault of the token. */
async function takeFromVault(units: bigint): Promise<void> {
  const node = devnet.network.nodes.get(ALPHA);
  const [vault, token] = [vaultOf(devnet.network, ALPHA), devnet.network.tokens.get(ALPHA)?.['USDC']];
  if (node === undefined || token === undefined) throw new TypeError('alpha has a vault and a token');
  const args = [devnetAccount('bob').address, units] as const;
  const data = encodeFunctionData({ abi: developmentTokenAbi, functionName: 'transfer', args });
  await node.call('anvil_setBalance', [vault, '0xde0b6b3a7640000']);
  await node.call('anvil_impersonateAccount', [vault]);
  await node.call('eth_sendTransaction', [{ from: vault, to: token, data, gas: '0x30d40' }]);
  await node.call('anvil_stopImpersonatingAccount', [vault]);
}

/** What the ledger knows of the shortage, and the account's initial margin. */
async function readLedger(): Promise<{ deficit: bigint; accounted: bigint; initial: bigint }> {
  const reader = devnet.network.readers.get(SETTLEMENT_CHAIN_ID);
  if (reader === undefined) throw new TypeError('the settlement chain is read');
  const { ledger } = devnet.network.plan.settlement;
  const asset = assetIndexOf(devnet.network, usdc);
  const [deficit, accounted] = await reader.readContract({
    address: ledger,
    abi: ledgerDutiesAbi,
    functionName: 'impairmentOf',
    args: [1, asset],
  });
  const [initial] = await reader.readContract({
    address: ledger,
    abi: collateralLedgerAbi,
    functionName: 'marginOf',
    args: [accountOf('alice')],
  });
  return { deficit, accounted, initial };
}

test('tokens that vanish from a vault alarm every watcher, and their credit counts for nothing new', async () => {
  await lock(devnet.network, { ...usdc, by: 'alice', units: LOCKED });
  await waitUntil({
    what: 'the lock credited',
    withinMs: 60_000,
    probe: async () =>
      (await readLine(devnet.network, { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') })) === LOCKED ||
      undefined,
  });
  expect((await readLedger()).initial).toBeGreaterThan(0n);

  await takeFromVault(LOST);
  const told = await waitUntil({
    what: 'the shortage on the ledger',
    withinMs: WITHIN_MS,
    everyMs: 500,
    probe: async () => {
      const ledger = await readLedger();
      return ledger.deficit > 0n ? ledger : undefined;
    },
  });
  expect(told).toEqual({ deficit: LOST, accounted: LOCKED, initial: 0n });

  for (let number = 1; number <= ATTESTERS; number++) {
    const watcher = devnet.running('watcher', number);
    if (watcher === undefined) throw new TypeError(`watcher ${number} runs`);
    const health = await waitUntil({
      what: `watcher ${number} alarmed`,
      withinMs: WITHIN_MS,
      everyMs: 500,
      probe: async () => {
        const now = await readHealth(watcher);
        return now.reasons.some(({ code }) => code === 'BALANCE_SHORT') ? now : undefined;
      },
    });
    expect(health.ready).toBe(true);
    const { detail } = health.reasons.find(({ code }) => code === 'BALANCE_SHORT') ?? { detail: '' };
    expect(detail).toContain(`holds ${LOCKED - LOST} of the ${LOCKED} units`);
  }
});
