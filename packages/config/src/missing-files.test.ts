import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@surety/domain';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Environment,
  loadAggregatorConfig,
  loadKeeperConfig,
  loadNetwork,
  loadRelayerConfig,
  loadWatcherConfig,
} from './index.js';
import { developmentNetwork } from './testing/development-network.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-missing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
/** A path on a disk that is not mounted yet. */
const none = join(folder, 'run', 'secrets', 'canary');
const network = developmentNetwork();
const settlement = { ...(network['settlement'] as object), auction: `0x${'a0'.repeat(20)}` };
const configured = JSON.stringify({ ...network, settlement });
const key = `0x${'5e'.repeat(32)}`;
const environment: Environment = {
  SURETY_CONFIG: write('chains.config.json', configured),
  RPC_S_1: 'http://127.0.0.1:1',
  RPC_A_1: 'http://127.0.0.1:2',
  SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:8710',
  SURETY_ATTESTER_KEY: key,
  SURETY_RELAYER_KEY: key,
  SURETY_KEEPER_KEY: key,
};

type Load = (environment: Environment) => unknown;

function failureOf(load: Load, changes: Environment): { readonly mayPass: boolean; readonly lines: readonly string[] } {
  try {
    load({ ...environment, ...changes });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { mayPass: error.retryable, lines: error.message.split('\n') };
  }
  throw new Error('the configuration was taken; expected a refusal');
}

const GONE = 'seen a file that is not there (ENOENT); expected a readable file';

describe('a file that a variable names and that is not there yet', () => {
  it.each<[string, Load, Environment]>([
    ['SURETY_ATTESTER_KEY_FILE', loadWatcherConfig, {}],
    ['SURETY_RELAYER_KEY_FILE', loadRelayerConfig, {}],
    ['SURETY_KEEPER_KEY_FILE', loadKeeperConfig, {}],
    ['RPC_S_1_FILE', loadAggregatorConfig, {}],
    ['SURETY_TRACES_URL_FILE', loadAggregatorConfig, {}],
    ['SURETY_WEBHOOK_URLS_FILE', loadAggregatorConfig, {}],
    ['SURETY_WEBHOOK_SECRET_FILE', loadAggregatorConfig, { SURETY_WEBHOOK_URLS: 'http://127.0.0.1:9' }],
    ['SURETY_PYTH_TOKEN_FILE', loadRelayerConfig, { SURETY_PYTH_URLS: 'http://127.0.0.1:9' }],
    ['SURETY_ATTESTER_SIGNER_URL_FILE', loadWatcherConfig, { SURETY_ATTESTER_ADDRESS: `0x${'ab'.repeat(20)}` }],
  ])('is the one problem, for which the process may try again: %s', (name, load, others) => {
    const unset = name.includes('SIGNER') ? { SURETY_ATTESTER_KEY: '' } : {};
    expect(failureOf(load, { ...others, ...unset, [name]: none })).toEqual({
      mayPass: true,
      lines: [
        'the environment names a file that is not there; mount it or correct its variable, and start again:',
        `  ${name}: ${GONE}`,
      ],
    });
  });

  it.each<[string, Load]>([
    ['SURETY_ATTESTER', loadWatcherConfig],
    ['SURETY_RELAYER', loadRelayerConfig],
    ['SURETY_KEEPER', loadKeeperConfig],
  ])('may be the keystore of %s, alone and beside its password', (prefix, load) => {
    const own = { [`${prefix}_KEY`]: '', [`${prefix}_KEYSTORE_FILE`]: none };
    const there = { ...own, [`${prefix}_PASSWORD_FILE`]: write('password', 'x') };
    expect(failureOf(load, there)).toMatchObject({
      mayPass: true,
      lines: [expect.anything(), `  ${prefix}_KEYSTORE_FILE: ${GONE}`],
    });
    expect(failureOf(load, { ...own, [`${prefix}_PASSWORD_FILE`]: none })).toMatchObject({
      mayPass: true,
      lines: [
        'the environment names 2 files that are not there; mount them or correct their variables, and start again:',
        `  ${prefix}_KEYSTORE_FILE: ${GONE}`,
        `  ${prefix}_PASSWORD_FILE: ${GONE}`,
      ],
    });
  });

  it('may be the configuration itself, if a variable names it', () => {
    const { mayPass, lines } = failureOf(loadWatcherConfig, { SURETY_CONFIG: none });
    expect([mayPass, lines[1]]).toEqual([
      true,
      `  SURETY_CONFIG: seen ${none} (ENOENT); expected a readable chains.config.json`,
    ]);
    const here = process.cwd();
    process.chdir(folder);
    rmSync(join(folder, 'chains.config.json'));
    try {
      expect(failureOf(() => loadNetwork({}), {})).toMatchObject({ mayPass: false });
    } finally {
      process.chdir(here);
      write('chains.config.json', configured);
    }
  });
});

it('leaves a keystore that comes through a pipe to whoever opens it: it can be read once alone', () => {
  const pipe = join(folder, 'keystore.pipe');
  execFileSync('mkfifo', ['-m', '600', pipe]);
  const writer = spawn('sh', ['-c', 'printf keystore > "$0"', pipe]);
  const own = { SURETY_RELAYER_KEY: '', SURETY_RELAYER_KEYSTORE_FILE: pipe };
  loadRelayerConfig({ ...environment, ...own, SURETY_RELAYER_PASSWORD_FILE: write('password', 'x') });
  expect(execFileSync('cat', [pipe], { encoding: 'utf8', timeout: 2_000 })).toBe('keystore');
  writer.kill();
});

describe('any other problem', () => {
  const wrong: readonly (readonly [string, Environment, string])[] = [
    [
      'a directory',
      { SURETY_RELAYER_KEY_FILE: folder },
      'SURETY_RELAYER_KEY_FILE: seen a file that cannot be read (EISDIR)',
    ],
    [
      'a file with other content',
      { SURETY_RELAYER_KEY_FILE: write('empty', '') },
      'SURETY_RELAYER_KEY: seen (withheld)',
    ],
    ['a missing variable', { SURETY_RELAYER_KEY: '' }, 'SURETY_RELAYER_KEYSTORE_FILE: seen nothing'],
    [
      'a wrong variable beside a file',
      { SURETY_RELAYER_KEY_FILE: none, SURETY_HTTP_PORT: 'x' },
      'SURETY_HTTP_PORT: seen x',
    ],
    [
      'a second key beside a keystore',
      { SURETY_RELAYER_KEYSTORE_FILE: none, SURETY_RELAYER_PASSWORD_FILE: none },
      'SURETY_RELAYER_KEY: seen a key beside a keystore',
    ],
  ];
  it.each(wrong)('is mended by nobody’s waiting: %s', (_, changes, line) => {
    const { mayPass, lines } = failureOf(loadRelayerConfig, changes);
    expect([mayPass, lines.some((one) => one.startsWith(`  ${line}`))]).toEqual([false, true]);
    expect(lines[0]).toMatch(/^the configuration has \d problems?; mend them and start again:$/);
  });

  it('shows nothing of what a variable with a file’s name holds', () => {
    const shown = failureOf(loadRelayerConfig, { SURETY_RELAYER_KEY_FILE: key }).lines.join();
    expect(shown).not.toContain('5e5e');
  });
});
