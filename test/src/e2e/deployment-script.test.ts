import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkFile } from '@surety/config';
import { type DeploymentRecord, collateralVaultAbi, parseDeploymentRequest, planDeployment } from '@surety/contracts';
import { type LocalNetwork, devnetAccount, startNetwork } from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../packages/contracts/dist/deploy/main.js', import.meta.url));
const directory = mkdtempSync(path.join(tmpdir(), 'surety-deployment-'));
let network: LocalNetwork;
/** The network's own plan with another salt: the same protocol at other addresses. */
let planFile: string;

beforeAll(async () => {
  network = await startNetwork({ directory, blockSeconds: 1, attesters: 4, guardians: 1 });
  const plan = JSON.parse(readFileSync(path.join(directory, 'deployment-plan.json'), 'utf8')) as { salt: string };
  planFile = path.join(directory, 'other-plan.json');
  writeFileSync(planFile, JSON.stringify({ ...plan, salt: `0x${'07'.repeat(32)}` }));
  // A block for each transaction: nobody waits for a second.
  for (const node of network.nodes.values()) await node.call('evm_setAutomine', [true]);
});

afterAll(async () => {
  await network?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; told: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, told] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, told };
}

function connections(): Record<string, string> {
  const urls = [...network.nodes].map(([id, { url }]): [string, string] => [`SURETY_DEPLOY_RPC_URL_${id}`, url]);
  return { ...Object.fromEntries(urls), SURETY_DEPLOYER_KEY: devnetAccount('governor').key };
}

test('refuses to run without a plan, with an unknown flag, and without a key', async () => {
  expect(await run([])).toMatchObject({ code: 2, told: expect.stringContaining('usage') });
  expect((await run(['--force'])).code).toBe(2);
  expect(await run(['--plan', planFile, '--fee-max-gwei', '1.5'])).toMatchObject({
    code: 2,
    told: expect.stringContaining('--fee-max-gwei is 1.5; expected a whole number from 1'),
  });
  expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('SURETY_DEPLOYER_KEY') });
  expect(await run(['--plan', planFile])).toMatchObject({
    code: 1,
    told: expect.stringContaining('SURETY_DEPLOYER_KEY is not set'),
  });
});

test('shows every address and act, and sends nothing', async () => {
  const plan = planDeployment(parseDeploymentRequest(JSON.parse(readFileSync(planFile, 'utf8'))));
  const { code, out } = await run(['--plan', planFile, '--dry-run']);
  expect(code).toBe(0);
  for (const { address } of plan.contracts) expect(out).toContain(address);
  for (const { data } of plan.acts) expect(out).toContain(data);
  expect(await network.readers.get(900)?.getCode({ address: plan.settlement.ledger })).toBeUndefined();
});

test('deploys, verifies and records, and the record accepts only a configuration that says the same', async () => {
  const recordFile = path.join(directory, 'other-deployment.json');
  const { code, told } = await run(['--plan', planFile, '--record', recordFile], connections());
  expect({ code, told }).toEqual({ code: 0, told: '' });
  const record = JSON.parse(readFileSync(recordFile, 'utf8')) as DeploymentRecord;
  for (const { chainId, vault, edge } of record.chains) {
    const seen = await network.readers
      .get(chainId)
      ?.readContract({ address: vault.address, abi: collateralVaultAbi, functionName: 'outboundEdge' });
    expect(seen).toBe(edge);
  }
  const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as NetworkFile;
  const refused = await run(['--check', network.configFile, '--record', recordFile]);
  expect(refused.code).toBe(1);
  expect(refused.out).toContain(
    `settlement.ledger: seen ${file.settlement?.ledger}; expected ${record.settlement.ledger.address}`,
  );
  const accepted = await run(['--check', network.configFile, '--record', path.join(directory, 'deployment.json')]);
  expect(accepted).toMatchObject({ code: 0, out: 'the configuration is what was deployed\n' });
});

test('takes a plan that was corrected: lowers a fast limit, and names a witness of other terms', async () => {
  const plan = JSON.parse(readFileSync(planFile, 'utf8')) as {
    chains: { fastBp: number; witnesses: { kind: string; atVault: { core?: string } }[] }[];
  };
  const [chain] = plan.chains;
  const wormhole = chain?.witnesses.find(({ kind }) => kind === 'wormhole');
  if (chain === undefined || wormhole === undefined) throw new Error('the plan has a witness over wormhole');
  const corrected = path.join(directory, 'corrected-plan.json');
  const repeat = async (): Promise<{ code: number | null; sent: string[]; told: string }> => {
    writeFileSync(corrected, JSON.stringify(plan));
    const { code, out, told } = await run(['--plan', corrected], connections());
    return { code, sent: out.split('\n').filter((line) => line.includes(' sent ')), told };
  };
  chain.fastBp = 10;
  const lowered = await repeat();
  expect(lowered).toMatchObject({ code: 0, told: '' });
  for (const line of lowered.sent) expect(line).toMatch(/ledger\.setFast\(\d+, 10\)/);
  expect(lowered.sent.length).toBeGreaterThan(0);
  chain.fastBp = 20;
  wormhole.atVault.core = '0x00000000000000000000000000000000000000bb';
  const other = await repeat();
  expect(other.code).toBe(1);
  expect(other.told).toMatch(/witness wormhole at the vault is 0x[0-9a-f]{40}; expected 0x/);
  expect(other.told).toMatch(/fast limit in token units is \d+; expected \d+/);
});
