import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CHAINS, awaitReadiness, devnetAccount, lockTokens, waitUntil } from '@surety/devnet';
import { address } from '@surety/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';
import { commandsOf, fillIn, runCommands } from './tls-operators.js';

const WITHIN_MS = 60_000;
const HOUR_S = 3_600;
/** Number of the new operator's watcher. */
const NEW = 5;
/** The least notice of a rotation, and an hour. */
const BEGINS_IN_H = 31;

let line: Line;
let folder: string;

beforeAll(async () => {
  // An aggregator takes no statement of the future, so the chains begin in the past.
  line = await startLine({ behindS: 3 * 24 * HOUR_S });
  folder = mkdtempSync(path.join(tmpdir(), 'surety-attester-'));
});
afterAll(async () => {
  await line?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** Members of the present set sign the next one, and the governor writes it at every verifier: runbook 04. */
async function rotate(members: readonly string[]): Promise<void> {
  const { devnet } = line;
  const printed = 'npx surety attesters sign --members <a>,<b>,… --active-from <ISO date> > mine.json';
  const times = { '<a>,<b>,…': members.join(','), '<ISO date>': `+${BEGINS_IN_H}h`, '> mine.json': '--yes' };
  const { timestamp } = (await devnet.network.readers.get(CHAINS[0].chainId)?.getBlock()) ?? { timestamp: 0n };
  const from = String(timestamp + BigInt(BEGINS_IN_H * HOUR_S));
  const files: string[] = [];
  for (const [at, { key }] of devnet.network.attesters.slice(0, 3).entries()) {
    const words = fromRunbook('04', printed, { ...times, '<ISO date>': from });
    const { output, refusal } = await runSurety(words, { ...devnet.environmentOf('operator'), SURETY_KEY: key });
    expect(refusal).toBeUndefined();
    files.push(path.join(folder, `member-${at}.json`));
    writeFileSync(files.at(-1) ?? '', JSON.stringify(output));
  }
  const migrate = fromRunbook('16', 'npx surety migrate attesters <files…>', { '<files…>': files.join(' ') });
  const governor = { ...devnet.environmentOf('operator'), SURETY_KEY: devnetAccount('governor').key };
  const { refusal } = await runSurety([...migrate, '--yes'], governor);
  expect(refusal).toBeUndefined();
}

/** Runs the doctor of the new attester with the environment that was filled in, and gives what it found of it. */
async function examine(environment: Readonly<Record<string, string>>) {
  const { output } = await runSurety(['doctor', '--attester'], environment);
  const findings = output['findings'] as readonly { check: string; result: string; detail: string }[];
  return new Map(findings.filter(({ check }) => check.startsWith('attester ')).map((one) => [one.check, one]));
}

test('a new operator makes a key, is named by the next set, and signs from its beginning on, by the page alone', async () => {
  const { devnet } = line;
  const [makeKey = '', writeEnvironment = '', look = ''] = commandsOf('RUN-AN-ATTESTER.md', '   ');
  runCommands(makeKey, folder);
  const keystore = path.join(folder, 'attester.json');
  const own = address(`0x${(JSON.parse(readFileSync(keystore, 'utf8')) as { address: string }).address}`);
  await rotate([...devnet.network.attesters.map((one) => one.address), own].toSorted((a, b) => (a < b ? -1 : 1)));

  runCommands(writeEnvironment, folder, { SURETY_CONFIG: devnet.network.configFile });
  const { SURETY_LEASE_DIR: _lease, SURETY_ATTESTER_KEY: _key, ...given } = devnet.environmentOf('watcher', NEW);
  const environment = fillIn(path.join(folder, 'watcher.env'), {
    ...given,
    SURETY_ATTESTER_KEYSTORE_FILE: keystore,
    SURETY_ATTESTER_PASSWORD_FILE: path.join(folder, 'attester.password'),
    SURETY_HISTORY_DIR: path.join(folder, 'second'),
  });
  expect(look).toContain('npx surety doctor --attester');
  const found = await examine(environment);
  expect([...found.values()].filter(({ result }) => result === 'fail')).toEqual([]);
  expect(found.get('attester membership on alpha')).toMatchObject({
    result: 'warn',
    detail: expect.stringContaining(`${own} counts from epoch 2, which begins at `),
  });
  const watcher = await devnet.start('watcher', NEW, environment);
  await awaitReadiness(watcher, WITHIN_MS);

  // Its epoch begins.
  for (const node of devnet.network.nodes.values()) {
    await node.call('evm_increaseTime', [BEGINS_IN_H * HOUR_S]);
    await node.call('evm_mine', []);
  }
  await lockTokens(devnet.network, { chainId: 901, by: 'alice', asset: 'USDC', units: 7_000_000n });
  const member = await waitUntil({
    what: `a statement of ${own} about the lock`,
    withinMs: WITHIN_MS,
    probe: async () => {
      const { edges } = await devnet.aggregator.readAttesters();
      const edge = edges.find((one) => one.source === 1 && one.direction === 'to-ledger');
      return edge?.members.find((one) => one.address === own && one.count === 1n);
    },
  });
  expect(member).toMatchObject({ member: true });
});
