import {
  FAST_BP,
  accountOf,
  connectWallet,
  devnetAccount,
  lockTokens,
  plannedOf,
  readLedgerLine,
  readTokenBalance,
  requestRelease,
  waitUntil,
} from '@surety/devnet';
import { collateralLedgerAbi, collateralVaultAbi, lockGatewayAbi, wormholeWitnessAbi } from '@surety/contracts';
import { ZERO_WORD } from '@surety/domain';
import type { Hex, PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setMessageFee } from './set-message-fee.js';
import { type Line, startLine } from './start-line.js';

const SETTLEMENT = 900;
const ALPHA = 901;
const SOURCE = 1;
const BETA = 902;
const BETA_SOURCE = 2;
const ETHER = 10n ** 18n;
const UNIT = 1_000_000n;
/** The cap is 50 million: one unit more than may be in use before a witness confirms. */
const LARGE = ((50_000_000n * BigInt(FAST_BP)) / 10_000n + 1n) * UNIT;
/** What the vault pays a day is 50 million too; a tenth of a percent of it goes out unconfirmed. */
const OUT_FAST_BP = 10;
const PAID = 60_000n * UNIT;
const WITHIN_MS = 90_000;
/** What a message over Wormhole costs here: more than LayerZero asks, and less than is accepted. */
const MESSAGE_FEE_WEI = 5n * 10n ** 15n;

let line: Line;

beforeAll(async () => {
  line = await startLine({ guardians: 13, environment: { SURETY_WITNESS_FALLBACK_MS: '15000' } });
  await setMessageFee(line.devnet.network, MESSAGE_FEE_WEI);
  await lockAndPublishAtOnce();
});
afterAll(() => line?.stop());

const alice = { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') } as const;
const lockLarge = (): Promise<unknown> =>
  lockTokens(line.devnet.network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: LARGE });

async function confirmedBy(slot: number, source = SOURCE): Promise<bigint> {
  const { network } = line.devnet;
  const [, , , confirmed] = await (network.readers.get(SETTLEMENT) as PublicClient).readContract({
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'witnessOf',
    args: [source, slot],
  });
  return confirmed;
}

/** Waits until alice's line holds as much. */
async function awaitLine(units: bigint): Promise<void> {
  await waitUntil({
    what: `a line of ${units}`,
    withinMs: WITHIN_MS,
    probe: async () => ((await readLedgerLine(line.devnet.network, alice)) === units ? true : undefined),
  });
}

const usdc = { chainId: ALPHA, asset: 'USDC' } as const;
const purse = (): Promise<bigint> =>
  readTokenBalance(line.devnet.network, { ...usdc, holder: devnetAccount('alice').address });

/** Takes back more than the vault pays unconfirmed, and waits until alice has got it on alpha. */
async function releaseLarge(): Promise<void> {
  const wanted = (await purse()) + PAID;
  await requestRelease(line.devnet.network, { ...usdc, by: 'alice', units: PAID });
  await waitUntil({
    what: `a purse of ${wanted}`,
    withinMs: WITHIN_MS,
    probe: async () => ((await purse()) === wanted ? true : undefined),
  });
}

function vaultOnAlpha() {
  const { network } = line.devnet;
  const planned = network.plan.vaults.find(({ request }) => Number(request.chainId) === ALPHA);
  if (planned === undefined) throw new TypeError('alpha has a vault');
  return { address: planned.vault, reader: network.readers.get(ALPHA) as PublicClient };
}

async function confirmedAtVault(slot: number): Promise<bigint> {
  const { address, reader } = vaultOnAlpha();
  const [, confirmed] = await reader.readContract({
    address,
    abi: collateralVaultAbi,
    functionName: 'witnessOf',
    args: [slot],
  });
  return confirmed;
}

/** Lowers what the vault pays before a witness confirms it. */
async function limitPayments(): Promise<void> {
  const { address, reader } = vaultOnAlpha();
  const governor = connectWallet(line.devnet.network.nodes.get(ALPHA)?.url ?? '', ALPHA, 'governor');
  const hash = await governor.writeContract({
    address,
    abi: collateralVaultAbi,
    functionName: 'setFastLimit',
    args: [1, OUT_FAST_BP],
  });
  expect(await reader.waitForTransactionReceipt({ hash })).toMatchObject({ status: 'success' });
}

/** Somebody publishes what bob locks on beta in the block in which he locks it: long before it is final, and applied. */
async function lockAndPublishAtOnce(): Promise<void> {
  const { network } = line.devnet;
  const planned = plannedOf(network, BETA);
  await lockTokens(network, { chainId: BETA, by: 'bob', asset: 'WETH', units: ETHER });
  const reader = network.readers.get(BETA) as PublicClient;
  const at = planned.witnesses.find(({ request }) => request.kind === 'wormhole')?.atVault.contract as Hex;
  const witness = { address: at, abi: wormholeWitnessAbi, args: [planned.edgeId] } as const;
  const value = await reader.readContract({ ...witness, functionName: 'quotePublish' });
  const bob = connectWallet(network.nodes.get(BETA)?.url ?? '', BETA, 'bob');
  await bob.writeContract({
    address: planned.gateway,
    abi: lockGatewayAbi,
    functionName: 'lockNative',
    args: [planned.vault, accountOf('bob'), ZERO_WORD, 0n, 0],
    value: ETHER,
  });
  await bob.writeContract({ ...witness, functionName: 'publish', value, gas: 300_000n });
}

test('a head that was published before it was applied is marked by the batch that applies it, and confirmed', async () => {
  await waitUntil({
    what: 'the confirmation of beta by Wormhole',
    withinMs: WITHIN_MS,
    probe: async () => ((await confirmedBy(1, BETA_SOURCE)) === 2n ? true : undefined),
  });
  const { network } = line.devnet;
  const marked = await (network.readers.get(SETTLEMENT) as PublicClient).readContract({
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'markOf',
    args: [BETA_SOURCE, 2n],
  });
  expect(marked).not.toBe(ZERO_WORD);
});

test('a lock above the fast limit is published over the cheaper bridge, confirmed, and counts, with nobody’s help', async () => {
  await lockLarge();
  await awaitLine(LARGE);
  expect(await confirmedBy(0)).toBe(1n);
  // One witness was asked for, and nobody paid for a second one.
  expect(await confirmedBy(1)).toBe(0n);
});

test('a payment above the vault’s fast limit is paid once the packet that LayerZero’s executor left lying is handed over', async () => {
  line.devnet.bridgeWorkers?.setWorking('executor', false);
  await limitPayments();
  await releaseLarge();
  expect(await confirmedAtVault(0)).toBe(1n);
  expect(await confirmedAtVault(1)).toBe(0n);
});

test('with LayerZero dead both ways come over Wormhole, only later', async () => {
  line.devnet.bridgeWorkers?.setWorking('layerzero', false);
  await lockLarge();
  await releaseLarge();
  await awaitLine(2n * LARGE - 2n * PAID);
  expect([await confirmedBy(0), await confirmedBy(1)]).toEqual([1n, 2n]);
  expect([await confirmedAtVault(0), await confirmedAtVault(1)]).toEqual([1n, 2n]);
});

test('once LayerZero works again, what it held back is delivered and confirmed too, still without its executor', async () => {
  line.devnet.bridgeWorkers?.setWorking('layerzero', true);
  await waitUntil({
    what: 'the second confirmations by LayerZero',
    withinMs: WITHIN_MS,
    probe: async () => ((await confirmedBy(0)) === 2n && (await confirmedAtVault(0)) === 2n ? true : undefined),
  });
  expect([await confirmedBy(1), await confirmedAtVault(1)]).toEqual([2n, 2n]);
});
