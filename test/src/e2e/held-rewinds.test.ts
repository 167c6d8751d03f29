import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DeploymentPlan, type PlannedVault, collateralLedgerAbi } from '@surety/contracts';
import { type AccountName, type LocalNetwork, accountOf, devnetAccount } from '@surety/devnet';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { applyAtLedger, attest, entryOf, lockTokens } from './sign-and-apply.js';
import { later, startBehindTimelocks } from './timelocked-deployment.js';

const SETTLEMENT = 900;
const ALPHA = 901;
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const LOCKED = 9_000_000_000n;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-held-rewinds-'));
let network: LocalNetwork;
let plan: DeploymentPlan;
let environment: Record<string, string>;

beforeAll(async () => {
  ({ network, plan, environment } = await startBehindTimelocks(folder));
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Step {
  readonly title: string;
  readonly state: string;
  readonly note: string;
}

const surety = (by: AccountName | null, line: string): Promise<Answer> =>
  runSurety(line.split(' '), { ...environment, ...(by === null ? {} : { SURETY_KEY: devnetAccount(by).key }) });
const stepOf = ({ output, refusal }: Answer, title: RegExp): Step => {
  const steps = (output['steps'] ?? []) as Step[];
  const found = steps.find((step) => title.test(step.title));
  if (found === undefined) throw new Error(`no step ${title} of ${JSON.stringify(steps)}; ${refusal?.message ?? ''}`);
  return found;
};
const settlement = (): PublicClient => network.readers.get(SETTLEMENT) as PublicClient;
const alpha = (): PlannedVault => plan.vaults.find(({ request }) => request.chainId === ALPHA) as PlannedVault;
const nowS = async (): Promise<number> => Number((await settlement().getBlock()).timestamp);

/** The end of the source's quarantine, in seconds. */
async function quarantineEnd(): Promise<number> {
  const { ledger: address } = plan.settlement;
  const read = { address, abi: collateralLedgerAbi, functionName: 'stateOf', args: [1] } as const;
  return (await settlement().readContract(read))[1];
}

/** Three members sign the point before a vault's only entry, for the ledger's replica, and keep what they signed. */
async function signPoint(): Promise<string> {
  const files: string[] = [];
  let block = '';
  for (const { key, address } of network.attesters.slice(0, 3)) {
    const line = `attesters sign-rewind --chain alpha --direction to-ledger --count 0${block} --yes`;
    const { output, refusal } = await runSurety(line.split(' '), {
      ...environment,
      SURETY_ATTESTER_KEY: key,
      SURETY_STATE_DIR: path.join(folder, address),
      SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:1',
    });
    expect(refusal).toBeUndefined();
    block = ` --block ${(output['statement'] as { blockNumber: string }).blockNumber}`;
    const file = path.join(folder, `${address}.json`);
    writeFileSync(file, JSON.stringify(output));
    files.push(file);
  }
  return files.join(' ');
}

test('a quarantine lasts until a rewind behind a timelock may be executed', async () => {
  const alice = accountOf('alice');
  await lockTokens(network, { vault: alpha().vault, chainId: ALPHA, account: alice }, LOCKED);
  const { ledger, attesterSet: verifier } = plan.settlement;
  const edge = { edgeId: alpha().edgeId, destinationId: SETTLEMENT, verifier };
  const at = { ledger, chainId: SETTLEMENT, source: 1, feeTo: accountOf('relayerA') };
  await applyAtLedger(network, at, await attest(network, edge, [entryOf('LOCK', 1, LOCKED, alice)]));
  // What is signed must be final.
  for (const node of network.nodes.values()) await node.call('anvil_mine', ['0x80', '0x1']);
  const quarantine = 'npx surety ledger quarantine --source <chain> --until +71h';
  const quarantined = await surety(
    'guardian',
    `${fromRunbook('02', quarantine, { '<chain>': 'alpha' }).join(' ')} --yes`,
  );
  expect(quarantined.refusal).toBeUndefined();
  const rewind = 'npx surety migrate rewind <files…> --dry-run';
  const shown = fromRunbook('15', rewind, { '<files…>': await signPoint() }).join(' ');
  const line = shown.replace(' --dry-run', '');

  // Nothing is scheduled yet, so there is nothing to hold for.
  const dry = await surety(null, shown);
  expect([stepOf(dry, /goes back/).state, stepOf(dry, /quarantine/).state]).toEqual(['open', 'later']);
  // One run of the governor's proposer schedules the rewind and puts the quarantine's end off.
  const scheduled = await surety('governor', `${line} --yes`);
  expect(scheduled.refusal).toBeUndefined();
  expect([stepOf(scheduled, /goes back/).state, stepOf(scheduled, /quarantine/).state]).toEqual(['scheduled', 'sent']);
  const held = await quarantineEnd();
  expect(held).toBeGreaterThan((await nowS()) + 7 * DAY_S);
  const again = await surety('bob', `${line} --yes`);
  expect([stepOf(again, /goes back/).state, stepOf(again, /quarantine/).state]).toEqual(['waiting', 'done']);
  expect(await quarantineEnd()).toBe(held);

  await later(network, 7 * DAY_S);
  const done = await surety('bob', `${line} --yes`);
  expect([done.refusal, done.output['isDone']]).toEqual([undefined, true]);
});
