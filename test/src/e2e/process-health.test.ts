import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { attesterSetAbi } from '@surety/contracts';
import {
  type LocalNetwork,
  type RunningProcess,
  awaitReceipt,
  devnetAccount,
  lockTokens,
  plannedOf,
  sendCoin,
  waitUntil,
  walletOf,
} from '@surety/devnet';
import type { Address } from '@surety/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noteProblem, stopwatch } from './note-problem.js';
import { type Answer, runSurety } from './run-surety.js';
import { ATTESTERS, type Line, startLine } from './start-line.js';

const [SETTLEMENT, ALPHA] = [900, 901];
const NUMBERS = Array.from({ length: ATTESTERS }, (_, at) => at + 1);
/** More than a price may be old, and less than a source. */
const AN_HOUR_AND_MORE = 3_700;

let line: Line;

beforeAll(async () => {
  line = await startLine();
});
afterAll(() => line?.stop());

const urlOf = (role: 'watcher' | 'relayer', number: number): string =>
  (line.devnet.running(role, number) as RunningProcess).announced;
const nodeOf = ({ nodes }: LocalNetwork, chainId: number) => nodes.get(chainId);

/** Runs the command line with the health ports of every watcher and of the relayer. */
function ask(command: 'status' | 'doctor', watchers: readonly string[]): Promise<Answer> {
  const processes = { SURETY_WATCHER_URLS: watchers.join(','), SURETY_RELAYER_URLS: urlOf('relayer', 1) };
  return runSurety([command], { ...line.devnet.environmentOf('operator'), ...processes });
}

/** Asks until the answer is as expected, and returns it. */
async function askUntil(
  what: string,
  command: 'status' | 'doctor',
  watchers: readonly string[],
  isSo: (answer: Answer) => boolean,
): Promise<Answer> {
  const seconds = stopwatch();
  const probe = async (): Promise<Answer | undefined> => {
    const answer = await ask(command, watchers);
    return isSo(answer) ? answer : undefined;
  };
  const answer = await waitUntil({ what, withinMs: 60_000, probe });
  if (answer.code !== 0) noteProblem({ tool: command, seconds: seconds() });
  return answer;
}

test('status is 0 and the doctor is content while everything works', async () => {
  const watchers = NUMBERS.map((number) => urlOf('watcher', number));
  await askUntil('a status without a finding', 'status', watchers, ({ code }) => code === 0);
  const { output } = await askUntil('a content doctor', 'doctor', watchers, ({ code }) => code === 0);
  expect(output['findings']).toEqual(
    expect.arrayContaining([
      { check: `relayer ${urlOf('relayer', 1)}`, result: 'ok', detail: 'ready' },
      { check: 'attesters of source 1 to-ledger', result: 'ok', detail: '4 of 4 up to date, 3 needed' },
    ]),
  );
});

test('both name an aggregator of another deployment, or of fewer chains than the file names', async () => {
  const { devnet } = line;
  const written = JSON.parse(readFileSync(devnet.network.configFile, 'utf8')) as {
    settlement: { ledger: string };
    chains: { vault?: unknown }[];
  };
  const file = path.join(path.dirname(devnet.network.configFile), 'other.config.json');
  const answersOf = async (config: typeof written) => {
    writeFileSync(file, JSON.stringify(config));
    const environment = { ...devnet.environmentOf('operator'), SURETY_CONFIG: file };
    const [status, doctor] = await Promise.all(
      ['status', 'doctor'].map((command) => runSurety([command], environment)),
    );
    const findings = doctor?.output['findings'] as readonly { check: string; result: string; detail: string }[];
    return {
      status: [status?.code, status?.refusal?.code, status?.refusal?.message],
      doctor: findings.filter(({ check }) => check.startsWith('aggregator ')),
    };
  };
  const { ledger } = written.settlement;
  const stranger = { ...written, settlement: { ...written.settlement, ledger: ledger.replace(/.{4}$/, 'beef') } };
  const another = /follows another deployment: none of its \d edges/;
  expect(await answersOf(stranger)).toMatchObject({
    status: [1, 'NOT_READY', expect.stringMatching(another)],
    doctor: [{ result: 'fail', detail: expect.stringMatching(another) }],
  });
  const chains = written.chains.map((chain, at) => (at === 2 ? { ...chain, vault: undefined } : chain));
  const fewer = /follows \d of the \d edges of chains.config.json, and 2 others/;
  expect(await answersOf({ ...written, chains })).toMatchObject({
    status: [1, 'NOT_READY', expect.stringMatching(fewer)],
    doctor: [{ result: 'fail', detail: expect.stringMatching(fewer) }],
  });
});

/** What the doctor finds of the attester of watcher 1, by check. */
async function examine(more: Record<string, string> = {}) {
  const seconds = stopwatch();
  const { port } = new URL(urlOf('watcher', 1));
  const environment = { ...line.devnet.environmentOf('watcher', 1), SURETY_HTTP_PORT: port, ...more };
  const { output } = await runSurety(['doctor', '--attester'], environment);
  const findings = output['findings'] as readonly { check: string; result: string; detail: string }[];
  const own = findings.filter(({ check }) => check.startsWith('attester '));
  for (const { check } of own.filter(({ result }) => result === 'fail'))
    noteProblem({ problem: `${check} is wrong`, tool: 'doctor', seconds: seconds() });
  return new Map(own.map((one) => [one.check, one]));
}

test('the doctor of an attester finds it sound beside its watcher, and names a strange key, a lost store and a missing variable', async () => {
  const found = await examine();
  const wrong = [...found.values()].filter(({ result }) => result === 'fail');
  expect(wrong).toEqual([]);
  const expected = ['key', 'membership on settlement', 'membership on alpha', 'history', 'health port', 'clock'];
  expect(expected.map((check) => found.get(`attester ${check}`)?.result)).toEqual(expected.map(() => 'ok'));
  const stranger = await examine({
    SURETY_ATTESTER_KEY: devnetAccount('alice').key,
    SURETY_HISTORY_DIR: `${line.devnet.environmentOf('watcher', 1)['SURETY_STATE_DIR']}/lost`,
  });
  expect(stranger.get('attester membership on alpha')).toMatchObject({
    result: 'fail',
    detail: expect.stringContaining('is no member of epoch 1'),
  });
  expect(stranger.get('attester history')).toMatchObject({
    result: 'fail',
    detail: expect.stringContaining('A lost disk'),
  });
  const bare = await examine({ SURETY_ATTESTER_KEY: '' });
  expect([...bare.values()]).toEqual([
    {
      check: 'attester environment',
      result: 'fail',
      detail: expect.stringMatching(/SURETY_ATTESTER_KEYSTORE_FILE.*surety config env watcher/s),
    },
  ]);
});

test('both name two watchers that died, and that locks wait', async () => {
  const watchers = NUMBERS.map((number) => urlOf('watcher', number));
  for (const number of [3, 4]) await line.devnet.running('watcher', number)?.kill();
  await lockTokens(line.devnet.network, { chainId: ALPHA, by: 'alice', asset: 'USDC', units: 1_000_000n });
  const isNamed = ({ code, told }: Answer): boolean =>
    code === 1 && told.includes('too few attesters of 1 edges keep up');
  const status = await askUntil('a status that names them', 'status', watchers, isNamed);
  for (const url of watchers.slice(2)) expect(status.told).toContain(`watcher ${url} is not ready`);
  const { output } = await ask('doctor', watchers);
  const findings = output['findings'] as readonly { check: string; result: string; detail: string }[];
  const found = findings.find(({ check }) => check === 'attesters of source 1 to-ledger');
  expect(found).toMatchObject({
    result: 'fail',
    detail: expect.stringMatching(/^2 of 4 up to date, 3 needed; 0x.+; 0x/),
  });
  for (const number of [3, 4]) await line.devnet.start('watcher', number);
});

test('both name a relayer whose wallet is empty', async () => {
  const watchers = NUMBERS.map((number) => urlOf('watcher', number));
  const { network } = line.devnet;
  // What runs may spend between the look at its balance and the transfer.
  await line.devnet.running('relayer')?.stop();
  await sendCoin(network, { from: 'relayerA', to: 'bob', leaving: 0n });
  await line.devnet.start('relayer');
  // Before its first passes it is not ready for another reason.
  const isNamed = ({ output }: Answer): boolean => JSON.stringify(output['processes']).includes('EMPTY_WALLET');
  const { told } = await askUntil('a status that names it', 'status', watchers, isNamed);
  expect(told).toContain(`relayer ${urlOf('relayer', 1)} is not ready`);
  await sendCoin(network, { from: 'bob', to: 'relayerA', leaving: 100n * 10n ** 18n });
  await askUntil('a status without a finding', 'status', watchers, ({ code }) => code === 0);
});

test('both name prices that are too old to count', async () => {
  const watchers = NUMBERS.map((number) => urlOf('watcher', number));
  await nodeOf(line.devnet.network, SETTLEMENT)?.call('evm_increaseTime', [AN_HOUR_AND_MORE]);
  const isNamed = ({ told }: Answer): boolean => /prices of [A-Z, ]*ETH[A-Z, ]* do not count/.test(told);
  const { output } = await askUntil('a status that names them', 'status', watchers, isNamed);
  expect(JSON.stringify(output['stalePrices'])).toMatch(/its price is .+ old; allowed are/);
  const doctor = await ask('doctor', watchers);
  expect(doctor.output['findings']).toContainEqual(
    expect.objectContaining({
      check: 'price of ETH',
      result: 'fail',
      detail: expect.stringContaining('counts 0 for new risk'),
    }),
  );
});

test('the doctor of an attester names its suspension, on the chain where it is suspended', async () => {
  const { network } = line.devnet;
  const member = network.attesters[0]?.address as Address;
  const vault = plannedOf(network, ALPHA);
  const contract = { address: vault.attesterSet, abi: attesterSetAbi } as const;
  const hash = await walletOf(network, ALPHA, 'guardian').writeContract({
    ...contract,
    functionName: 'suspend',
    args: [member],
  });
  await awaitReceipt(network, ALPHA, hash);
  const found = await examine();
  expect(found.get('attester membership on alpha')).toEqual({
    check: 'attester membership on alpha',
    result: 'fail',
    detail: `${member} is suspended in epoch 1 of ${contract.address}: docs/RUNBOOKS/03-equivocation.md`,
  });
  expect(found.get('attester membership on settlement')?.result).toBe('ok');
});
