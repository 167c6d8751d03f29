import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NetworkFile } from '@surety/config';
import {
  CREATE2_FACTORY,
  type DeploymentChain,
  type DeploymentPlan,
  checkAgainstRecord,
  collateralVaultAbi,
  describePlan,
  developmentFeedAbi,
  executeDeployment,
  parseDeploymentRequest,
  planDeployment,
  verifyDeployment,
} from '@surety/contracts';
import { bytes32 } from '@surety/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { vaultOf } from '../acts/lock.js';
import { feedPrices } from '../acts/set-price.js';
import { connectReader, connectWallet } from '../chains/connections.js';
import { waitUntil } from '../processes/wait-until.js';
import { UNDERLYINGS } from './chain-facts.js';
import { type LocalNetwork, startNetwork } from './start-network.js';

let network: LocalNetwork;
const directory = mkdtempSync(path.join(tmpdir(), 'surety-network-'));

beforeAll(async () => {
  network = await startNetwork({ directory, blockSeconds: 1, attesters: 4, localVault: true });
});

afterAll(async () => {
  await network.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('names every difference between a changed configuration and the record', () => {
  const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as NetworkFile;
  const alpha = file.chains.find(({ name }) => name === 'alpha');
  if (alpha?.vault === undefined || file.attesters === undefined) throw new Error('the file has no vault');
  alpha.vault.codeHash = `0x${'11'.repeat(32)}`;
  const first = alpha.vault.assets[0];
  if (first !== undefined) first.decimals = 7;
  file.attesters.members.pop();
  // Who runs which is people's word, which no record holds.
  Object.assign(file.attesters, { operators: ['one', 'two', 'three', 'four'] });
  expect(checkAgainstRecord(file, network.record).map(({ path: where }) => where)).toEqual([
    'attesters.members[3]',
    'chains[901].vault.codeHash',
    'chains[901].vault.assets[0].decimals',
  ]);
});

function connect(
  changes: { chainId?: number; url?: string; signers?: DeploymentChain['signers'] } = {},
): Map<number, DeploymentChain> {
  return new Map(
    [...network.nodes].map(([id, node]) => {
      const url = changes.chainId === id ? (changes.url ?? node.url) : node.url;
      const deployer = connectWallet(url, id, 'governor');
      const governor = network.plan.request.settlement.roles.governor;
      return [
        id,
        { reader: connectReader(url, id), deployer, signers: changes.signers ?? new Map([[governor, deployer]]) },
      ];
    }),
  );
}

/** The same protocol at other addresses. */
function planElsewhere(digit: string): DeploymentPlan {
  return planDeployment({ ...network.plan.request, salt: bytes32(`0x${digit.repeat(64)}`) });
}

test('refuses a node that answers another chain id, before anything is sent', async () => {
  const chains = connect({ chainId: 901, url: network.nodes.get(902)?.url ?? '' });
  await expect(executeDeployment(planElsewhere('a'), chains)).rejects.toMatchObject({ code: 'WRONG_CHAIN' });
  expect(await network.readers.get(900)?.getCode({ address: planElsewhere('a').settlement.ledger })).toBeUndefined();
});

test('refuses a plan for a chain that it was not connected to', async () => {
  const chains = connect();
  chains.delete(902);
  await expect(executeDeployment(network.plan, chains)).rejects.toMatchObject({ code: 'WRONG_CHAIN' });
});

test('refuses a chain without the deterministic deployment proxy', async () => {
  const node = network.nodes.get(902);
  const code = await network.readers.get(902)?.getCode({ address: CREATE2_FACTORY });
  await node?.call('anvil_setCode', [CREATE2_FACTORY, '0x']);
  await expect(executeDeployment(planElsewhere('a'), connect())).rejects.toMatchObject({ code: 'NO_FACTORY' });
  await node?.call('anvil_setCode', [CREATE2_FACTORY, code]);
});

test('stops at a constructor that refuses its arguments', async () => {
  const { attesters } = network.plan.request;
  const few = { ...network.plan.request, attesters: { ...attesters, members: attesters.members.slice(0, 3) } };
  await expect(executeDeployment(planDeployment(few), connect())).rejects.toMatchObject({ code: 'ACT_FAILED' });
});

test('leaves the acts of a role that is not at hand, and says so', async () => {
  const plan = planElsewhere('b');
  const outcomes = await executeDeployment(plan, connect({ signers: new Map() }));
  const acts = plan.acts.map(({ chainId, text, open }) => ({ chainId, text, open: open === true }));
  for (const { chainId, text, open } of acts) {
    // What anyone may call waits for the acts before it.
    const kind = open ? 'waiting' : 'left-to-its-role';
    expect(outcomes).toContainEqual({ chainId, text, kind });
  }
  expect(acts.filter(({ open }) => open)).toHaveLength(1);
  // Each contract waits for a block of its own.
});

test('names what differs from the plan when the chain is read back', async () => {
  const vault = network.plan.vaults[0]?.vault ?? '0x';
  const wallet = connectWallet(network.nodes.get(901)?.url ?? '', 901, 'governor');
  const limits = { address: vault, abi: collateralVaultAbi, functionName: 'setLimits' } as const;
  const kept = await network.readers
    .get(901)
    ?.readContract({ address: vault, abi: collateralVaultAbi, functionName: 'assetOf', args: [1] });
  const settle = async (cap: bigint): Promise<void> => {
    const hash = await wallet.writeContract({ ...limits, args: [1, kept?.min ?? 0n, cap, kept?.limit ?? 0n] });
    await network.readers.get(901)?.waitForTransactionReceipt({ hash });
  };
  await settle(0n);
  const differing = verifyDeployment(network.plan, network.readers, []);
  await expect(differing).rejects.toMatchObject({ code: 'ASSERTION_FAILED' });
  await expect(differing).rejects.toThrowErrorMatchingInlineSnapshot(`
    [AppError: the deployment differs from its plan in 2 points:
      alpha USDC: cap is 0; expected 50000000000
      alpha USDC: cap is 0; expected a value above 0]
  `);
  await settle(kept?.cap ?? 0n);
  expect(await verifyDeployment(network.plan, network.readers, [])).toEqual(network.record);
});

test('finds nothing to do when the same plan is carried out again', async () => {
  const outcomes = await executeDeployment(network.plan, connect({ signers: new Map() }));
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['already-done']));
});

test('shows every address, argument and act of a plan before anything is sent', () => {
  const text = describePlan(network.plan);
  for (const contract of network.plan.contracts) expect(text).toContain(contract.address);
  for (const act of network.plan.acts) expect(text).toContain(act.data);
});

test('passes on what a node refuses', async () => {
  await expect(network.nodes.get(901)?.call('evm_nonsense')).rejects.toMatchObject({ code: 'NODE_NOT_READY' });
});

test('lists the vault of the settlement chain as source 0, with its verifier and its desk', () => {
  const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as NetworkFile;
  const { settlement, chains } = file;
  const local = chains.find(({ chainId }) => chainId === settlement?.chainId)?.vault;
  expect(local).toMatchObject({ address: vaultOf(network, 900), source: 0, assets: [{ symbol: 'USDS' }] });
  expect(local?.attesterSet).not.toBe(settlement?.attesterSet);
  expect(network.plan.contracts.find(({ address }) => address === local?.desk)?.code.name).toBe('LocalDesk');
});

test('knows no vault on a chain that is not there', () => {
  expect(() => vaultOf(network, 903)).toThrowError(expect.objectContaining({ code: 'STORY_BROKE' }));
});

test('keeps a plan file that the deployment script takes', () => {
  const plan = path.join(directory, 'deployment-plan.json');
  expect(parseDeploymentRequest(JSON.parse(readFileSync(plan, 'utf8')))).toEqual(network.plan.request);
});

test('repeats each feed’s answer until it is stopped', async () => {
  const reader = network.readers.get(900);
  const readRounds = () =>
    Promise.all(
      [...network.feeds.values()].map(async (feed) =>
        reader?.readContract({ address: feed, abi: developmentFeedAbi, functionName: 'latestRoundData' }),
      ),
    );
  const before = await readRounds();
  const told = new AbortController();
  const feeding = feedPrices(network, 1, told.signal);
  const after = await waitUntil({
    what: 'two new rounds of each feed',
    withinMs: 30_000,
    probe: async () => {
      const rounds = await readRounds();
      return rounds.every((round, at) => (round?.[0] ?? 0n) >= (before[at]?.[0] ?? 0n) + 2n) ? rounds : undefined;
    },
  });
  told.abort();
  await feeding;
  expect(after.map((round) => round?.[1])).toEqual(UNDERLYINGS.map(({ answer }) => answer));
});
