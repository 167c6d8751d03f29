import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DeploymentPlan, collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import {
  type AccountName,
  type AnvilNode,
  type LocalNetwork,
  accountOf,
  connectReader,
  connectWallet,
  deployTokens,
  devnetAccount,
  providerOf,
  startAnvil,
} from '@surety/devnet';
import { type Address, bytes32 } from '@surety/domain';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { applyAtLedger, attest, entryOf, lockTokens } from './sign-and-apply.js';
import { later, startBehindTimelocks } from './timelocked-deployment.js';

const SETTLEMENT = 900;
const GAMMA = { chainId: 903, name: 'gamma' } as const;
const SOURCE = 7;
const DAY_S = 86_400;
const LOCKED = 9_000_000_000n;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-chain-add-'));
const file = path.join(folder, 'gamma.json');
let network: LocalNetwork;
let plan: DeploymentPlan;
let gamma: AnvilNode;
let environment: Record<string, string>;
let request: Record<string, unknown>;

beforeAll(async () => {
  let config: string;
  ({ network, plan, environment } = await startBehindTimelocks(folder));
  gamma = await startAnvil({ chainId: GAMMA.chainId, logFile: path.join(folder, 'anvil-gamma.log') });
  const reader = connectReader(gamma.url, GAMMA.chainId);
  const tokens = await deployTokens({ reader, wallet: connectWallet(gamma.url, GAMMA.chainId, 'feeder') });
  network = {
    ...network,
    nodes: new Map([...network.nodes, [GAMMA.chainId, gamma]]),
    readers: new Map([...network.readers, [GAMMA.chainId, reader]]),
  };
  // The chain of the first vault, told again of another chain.
  const alpha = plan.request.chains[0];
  const assets = (alpha?.assets ?? []).map((asset) => ({
    ...asset,
    token: tokens[asset.symbol as keyof typeof tokens],
  }));
  const told = { ...alpha, ...GAMMA, source: SOURCE, wrappedNative: tokens.WETH, assets };
  request = JSON.parse(
    JSON.stringify(told, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
  config = environment['SURETY_CONFIG'] ?? '';
  writeConfig(config, undefined);
  environment = { ...environment, [providerOf(GAMMA, 1).urlEnv]: gamma.url };
});
afterAll(async () => {
  await Promise.all([network?.stop(), gamma?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

interface ConfigFile {
  chains: { chainId: number; name: string; vault?: unknown; providers: unknown[] }[];
}

/** Writes the new chain into the configuration, like the first collateral chain but for its node and its vault. */
function writeConfig(config: string, vault: unknown): void {
  const content = JSON.parse(readFileSync(config, 'utf8')) as ConfigFile;
  const chains = content.chains.filter(({ chainId }) => chainId !== GAMMA.chainId);
  const [alpha] = chains.filter(({ name }) => name === 'alpha');
  const like = { ...alpha, ...GAMMA, providers: [providerOf(GAMMA, 1)], vault };
  writeFileSync(config, JSON.stringify({ ...content, chains: [...chains, like] }));
}

interface Step {
  readonly title: string;
  readonly state: string;
  readonly who: string;
}

const surety = (by: AccountName | null, line: string): Promise<Answer> =>
  runSurety(line.split(' '), { ...environment, ...(by === null ? {} : { SURETY_KEY: devnetAccount(by).key }) });
const stepsOf = ({ output }: Answer): Step[] => (output['steps'] as Step[] | undefined) ?? [];
const statesOf = (answer: Answer): Record<string, number> => {
  const states: Record<string, number> = {};
  for (const { state } of stepsOf(answer)) states[state] = (states[state] ?? 0) + 1;
  return states;
};
const reader = (id: number): PublicClient => network.readers.get(id) as PublicClient;
/** The command as the runbook prints it, with the request as it is or changed. */
function addLine(change: Record<string, unknown> = {}): string {
  writeFileSync(file, JSON.stringify({ ...request, ...change }));
  return fromRunbook('20', 'npx surety chain add <file> --dry-run', { '<file>': file, '--dry-run': '' })
    .filter((word) => word !== '')
    .join(' ');
}

describe('a chain that joins a running deployment', () => {
  it.each<[string, Record<string, unknown>, string, RegExp]>([
    [
      'another vault’s number',
      { source: 2 },
      'MIGRATION_REFUSED',
      /source 2 is 0x[0-9a-f]{40}; expected a free number/,
    ],
    ['a chain that the configuration lacks', { chainId: 904 }, 'BAD_USE', /chain 904 is not in chains\.config\.json/],
    ['the settlement chain', { chainId: SETTLEMENT }, 'BAD_PLAN', /chain id 900 is the settlement chain's/],
    ['source 0', { source: 0 }, 'BAD_PLAN', /source 0 is 0 or used twice/],
    ['a field too many', { vault: 1 }, 'UNKNOWN_FIELD', /vault/],
    ['no assets', { assets: [] }, 'BAD_PLAN', /no asset is listed/],
  ])('is refused with %s', async (_, change, code, message) => {
    const { refusal, code: exit } = await surety(null, `${addLine(change)} --dry-run`);
    expect([exit === 0, refusal?.code]).toEqual([false, code]);
    expect(refusal?.message).toMatch(message);
  });

  it('is refused with a token that has no code on it', async () => {
    const assets = (request['assets'] as Record<string, unknown>[]).map((asset, at) =>
      at === 0 ? { ...asset, token: devnetAccount('bob').address } : asset,
    );
    const { refusal } = await surety(null, `${addLine({ assets })} --dry-run`);
    expect(refusal?.code).toBe('MIGRATION_REFUSED');
    expect(refusal?.message).toContain('has no code on gamma; expected a token');
  });

  it('is shown without a key, and nothing is sent', async () => {
    const dry = await surety(null, `${addLine()} --dry-run`);
    expect([dry.code, dry.refusal, dry.output['isDone']]).toEqual([0, undefined, false]);
    expect(statesOf(dry)).toMatchObject({ open: 1, done: 1 });
    expect(await reader(GAMMA.chainId).getTransactionCount({ address: devnetAccount('bob').address })).toBe(0);
  });

  it('is brought by whoever may, run by run, to a vault whose locks are lines at the ledger', async () => {
    const line = `${addLine()} --yes`;
    const first = await surety('bob', line);
    expect([first.code, first.refusal]).toEqual([0, undefined]);
    expect(statesOf(first)).toMatchObject({ left: 1 });
    const second = await surety('governor', line);
    expect(second.refusal).toBeUndefined();
    // Three tokens at the vault, the source and three tokens at the ledger.
    expect(statesOf(second)['scheduled']).toBe(7);
    await later(network, 7 * DAY_S);
    const last = await surety('bob', line);
    expect([last.code, last.refusal, last.output['isDone']]).toEqual([0, undefined, true]);
    const again = await surety(null, `${addLine()} --dry-run`);
    expect(statesOf(again)).toEqual({ done: stepsOf(again).length });

    const [told] = last.output['afterwards'] as string[];
    const entry = JSON.parse(told?.slice(told.indexOf('{')) ?? '{}') as { address: Address; attesterSet: Address };
    writeConfig(environment['SURETY_CONFIG'] ?? '', entry);
    const addresses = await surety(null, 'addresses');
    expect([addresses.refusal, JSON.stringify(addresses.output)]).toEqual([
      undefined,
      expect.stringContaining(entry.address),
    ]);
    expect((await surety(null, 'powers')).refusal).toBeUndefined();

    const account = accountOf('alice');
    await lockTokens(network, { vault: entry.address, chainId: GAMMA.chainId, account }, LOCKED);
    const contract = { address: entry.address, abi: collateralVaultAbi } as const;
    const edgeId = bytes32(await reader(GAMMA.chainId).readContract({ ...contract, functionName: 'outboundEdge' }));
    const toLedger = { edgeId, destinationId: SETTLEMENT, verifier: plan.settlement.attesterSet };
    const signed = await attest(network, toLedger, [entryOf('LOCK', 1, LOCKED, account)]);
    const there = { ledger: plan.settlement.ledger, chainId: SETTLEMENT, feeTo: accountOf('relayerA') };
    await applyAtLedger(network, { ...there, source: SOURCE }, signed);
    const ledger = { address: plan.settlement.ledger, abi: collateralLedgerAbi } as const;
    const assetId = await reader(SETTLEMENT).readContract({
      ...ledger,
      functionName: 'assetIdOf',
      args: [SOURCE, 1],
    });
    const { amount } = await reader(SETTLEMENT).readContract({
      ...ledger,
      functionName: 'lineOf',
      args: [account, assetId],
    });
    expect([assetId, amount]).toEqual([7, LOCKED]);
  });
});
