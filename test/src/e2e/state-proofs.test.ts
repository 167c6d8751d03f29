import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkFile } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi, l1StateWitnessAbi, l1StateWitnessCode } from '@surety/contracts';
import {
  FAST_BP,
  type LocalNetwork,
  accountOf,
  connectWallet,
  lockTokens,
  plannedOf,
  readLedgerLine,
  waitUntil,
} from '@surety/devnet';
import { type Address, address } from '@surety/domain';
import { type Hex, type PublicClient, keccak256 } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';
import { providersOf } from './timelocked-deployment.js';

const [SETTLEMENT, ALPHA, SOURCE, SLOT] = [900, 901, 1, 2];
const UNIT = 1_000_000n;
/** The cap is 50 million: one unit more than may be in use before a witness confirms. */
const LARGE = ((50_000_000n * BigInt(FAST_BP)) / 10_000n + 1n) * UNIT;

/** Where an OP-stack chain holds its L1 block. Here a stand-in: a word that it is sent it keeps, to everything else it answers with that. */
const PREDEPLOY = address('0x4200000000000000000000000000000000000015');
const STAND_IN = '0x36602014600f575f545f5260205ff35b5f355f5500';

type Witness = NonNullable<NonNullable<NetworkFile['chains'][number]['vault']>['witnesses']>[number];
type StateProof = Extract<Witness, { kind: 'state-proof' }>;

let line: Line;

beforeAll(async () => {
  line = await startLine({ guardians: 1, prepare: addProver });
  // Both bridges are down from the start.
  for (const bridge of ['layerzero', 'wormhole'] as const) line.devnet.bridgeWorkers?.setWorking(bridge, false);
});
afterAll(() => line?.stop());

/** Puts a witness by state proof into the third place of alpha, and into the configuration. */
async function addProver(network: LocalNetwork): Promise<void> {
  const home = network.nodes.get(SETTLEMENT);
  await home?.call('anvil_setCode', [PREDEPLOY, STAND_IN]);
  const { vault } = plannedOf(network, ALPHA);
  const codeHash = keccak256((await readerOf(network, ALPHA).getCode({ address: vault })) ?? '0x');
  const atLedger = await deploy(network, SETTLEMENT, [PREDEPLOY, vault, codeHash]);
  // Nothing proves the way back: what stands at the vault is never told anything, and only keeps the place.
  const atVault = await deploy(network, ALPHA, [PREDEPLOY, network.plan.settlement.ledger, codeHash]);
  await govern(network, SETTLEMENT, {
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'setWitness',
    args: [SOURCE, SLOT, atLedger, true],
  });
  await govern(network, ALPHA, {
    address: vault,
    abi: collateralVaultAbi,
    functionName: 'setWitness',
    args: [SLOT, atVault, true],
  });
  const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as NetworkFile;
  const anchor = { height: '1', hash: `0x${'ab'.repeat(32)}` };
  file.chains
    .find(({ chainId }) => chainId === ALPHA)
    ?.vault?.witnesses?.push({
      kind: 'state-proof',
      name: 'proof',
      slot: SLOT,
      operator: 'nobody',
      failureDomain: 'state-proofs',
      mayConflict: true,
      atVault: { contract: atVault, hashSource: { kind: 'dispute-game', address: vault, takes: 'finalized' }, anchor },
      atLedger: { contract: atLedger, hashSource: { kind: 'l1-block', address: PREDEPLOY, takes: 'latest' }, anchor },
    });
  writeFileSync(network.configFile, JSON.stringify(file));
}

const readerOf = (network: LocalNetwork, chainId: number): PublicClient => network.readers.get(chainId) as PublicClient;

async function deploy(
  network: LocalNetwork,
  chainId: number,
  args: readonly [Address, Address, Hex],
): Promise<Address> {
  const wallet = connectWallet(network.nodes.get(chainId)?.url ?? '', chainId, 'feeder');
  const hash = await wallet.deployContract({
    abi: l1StateWitnessAbi,
    bytecode: l1StateWitnessCode.creation as Hex,
    args,
  });
  const { contractAddress } = await readerOf(network, chainId).waitForTransactionReceipt({ hash });
  return address(contractAddress ?? '');
}

async function govern(
  network: LocalNetwork,
  chainId: number,
  call: {
    readonly address: Address;
    readonly abi: readonly unknown[];
    readonly functionName: string;
    readonly args: readonly unknown[];
  },
): Promise<void> {
  const wallet = connectWallet(network.nodes.get(chainId)?.url ?? '', chainId, 'governor');
  const hash = await wallet.writeContract(call);
  expect(await readerOf(network, chainId).waitForTransactionReceipt({ hash })).toMatchObject({ status: 'success' });
}

/** As each block of an OP-stack chain does: it is derived from a newer block of alpha, which is not final yet. */
async function derive(): Promise<void> {
  const { network } = line.devnet;
  const { hash: block } = await readerOf(network, ALPHA).getBlock({ blockTag: 'latest' });
  const depositor = connectWallet(network.nodes.get(SETTLEMENT)?.url ?? '', SETTLEMENT, 'feeder');
  const hash = await depositor.sendTransaction({ to: PREDEPLOY, data: block });
  await readerOf(network, SETTLEMENT).waitForTransactionReceipt({ hash });
}

async function confirmedBy(slot: number): Promise<bigint> {
  const { network } = line.devnet;
  const [, , , confirmed] = await readerOf(network, SETTLEMENT).readContract({
    address: network.plan.settlement.ledger,
    abi: collateralLedgerAbi,
    functionName: 'witnessOf',
    args: [SOURCE, slot],
  });
  return confirmed;
}

test('a relayer keeps a block, proves the vault’s journal in it and confirms, while both bridges are down', async () => {
  const { network } = line.devnet;
  await derive();
  await lockTokens(network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: LARGE });
  await waitUntil({
    what: 'a line of what was locked',
    withinMs: 150_000,
    probe: async () => {
      await derive();
      const units = await readLedgerLine(network, { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') });
      return units === LARGE ? true : undefined;
    },
  });
  expect(await Promise.all([0, 1, SLOT].map(confirmedBy))).toEqual([0n, 0n, 1n]);
});

test('surety config diff names a predeploy, a vault or a code that is not the configured one', async () => {
  const { network } = line.devnet;
  const diff = async (change: (proof: StateProof) => void): Promise<readonly unknown[]> => {
    const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as NetworkFile;
    const proof = file.chains.find(({ chainId }) => chainId === ALPHA)?.vault?.witnesses?.[SLOT];
    if (proof?.kind !== 'state-proof') throw new TypeError('alpha has a witness by state proof');
    change(proof);
    const changed = join(network.directory, 'changed.config.json');
    writeFileSync(changed, JSON.stringify(file));
    const { output } = await runSurety(['config', 'diff'], { SURETY_CONFIG: changed, ...providersOf(network) });
    return output['drift'] as readonly unknown[];
  };
  expect(await diff(() => undefined)).toEqual([]);
  const path = 'alpha: witnesses[proof].atLedger';
  const { ledger } = network.plan.settlement;
  expect(await diff(({ atLedger }) => (atLedger.hashSource.address = ledger))).toEqual([
    { path: `${path}.hashSource.address`, seen: PREDEPLOY, expected: ledger },
  ]);
  const wormhole = plannedOf(network, ALPHA).witnesses.find(({ request }) => request.kind === 'wormhole');
  expect(await diff(({ atLedger }) => (atLedger.contract = wormhole?.atLedger.contract ?? '0x'))).toContainEqual({
    path: `${path}.contract`, seen: 'other code', expected: 'L1StateWitness',
  }); // prettier-ignore
});

test('the risk admin lowers the fast limit of a source whose witness nobody trusts any more', async () => {
  const { network } = line.devnet;
  const lower = fromRunbook('17', 'npx surety ledger set-fast --asset alpha:USDC --fast-bp 50 --as riskAdmin');
  const environment = { SURETY_CONFIG: network.configFile, ...providersOf(network) };
  const { output } = await runSurety([...lower, '--dry-run'], environment);
  expect(output).toMatchObject({ role: 'riskAdmin', refusal: null });
});
