import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Environment,
  exampleNetwork,
  loadAggregatorConfig,
  loadFeeCaps,
  loadKeeperConfig,
  loadNetwork,
  loadOperatorConfig,
  loadRelayerConfig,
  loadSpendingKey,
  loadWatcherConfig,
} from '@surety/config';
import { afterAll, describe, expect, it } from 'vitest';
import { ROLES, type TemplateRole, environmentTemplate } from './environment-template.js';
import { runSurety } from '../testing/run-surety.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-environment-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const SURETY_CONFIG = join(folder, 'chains.config.json');
writeFileSync(SURETY_CONFIG, JSON.stringify({ ...exampleNetwork(), profile: 'development' }));
const network = loadNetwork({ SURETY_CONFIG });
const KEY = `0x${'01'.repeat(32)}`;
/** Read for campaigns that kill processes, and refused in production. */
const NOT_FOR_PEOPLE = 'SURETY_CRASH_AT';

const LOADERS: Readonly<Record<TemplateRole, (environment: Environment) => unknown>> = {
  aggregator: loadAggregatorConfig,
  watcher: loadWatcherConfig,
  relayer: loadRelayerConfig,
  keeper: loadKeeperConfig,
  operator: (environment) => [
    loadOperatorConfig(environment),
    loadSpendingKey(environment),
    network.chains.map(({ chainId }) => loadFeeCaps(environment, chainId)),
  ],
};

interface Line {
  readonly name: string;
  readonly value: string;
  readonly isOpen: boolean;
}

function linesOf(role: TemplateRole): readonly Line[] {
  return [...environmentTemplate(role, network).matchAll(/^(#?)([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(
    ([, mark, name = '', value = '']) => ({ name, value, isOpen: mark === '' }),
  );
}

/** What a person fills in: a URL for each provider, a development key in place of the keystore. */
function fill(role: TemplateRole): Record<string, string> {
  const prefix = role === 'watcher' ? 'SURETY_ATTESTER' : `SURETY_${role.toUpperCase()}`;
  const open = linesOf(role).filter(({ name, isOpen }) => isOpen && !/_(KEYSTORE|PASSWORD)_FILE$/.test(name));
  const filled = open.map(({ name }, at) => [
    name,
    name === 'SURETY_HISTORY_DIR' ? './second' : `https://host${at}.example/`,
  ]);
  return { SURETY_CONFIG, [role === 'operator' ? 'SURETY_KEY' : `${prefix}_KEY`]: KEY, ...Object.fromEntries(filled) };
}

/** Loads, and returns the name of each variable that was asked for. */
function namesRead(role: TemplateRole, given: Record<string, string>): string[] {
  const names: string[] = [];
  const environment = new Proxy(given, {
    get: (all, name) => {
      names.push(String(name));
      return all[String(name)];
    },
  });
  try {
    LOADERS[role](environment);
  } catch {
    // What it asked for is the matter, not what it found.
  }
  return names;
}

/** Each way to run that asks for more. */
const WAYS: readonly Record<string, string>[] = [
  {},
  { SURETY_KEEPER_BID: 'yes' },
  { SURETY_ATTESTER_SIGNER_URL: 'http://127.0.0.1:9' },
  Object.fromEntries(
    ['SURETY', ...['ATTESTER', 'RELAYER', 'KEEPER'].map((one) => `SURETY_${one}`)].map((prefix) => [
      `${prefix}_KEYSTORE_FILE`,
      join(folder, 'none'),
    ]),
  ),
];

/** One name for a variable, its file and its value for one chain. */
const plain = (name: string): string => name.replace(/_FILE$/, '').replace(/_\d+$/, '');
const isOfPerson = (name: string): boolean => name !== NOT_FOR_PEOPLE;

describe.each(ROLES)('the environment of %s', (role) => {
  it('is what it loads once the open lines are filled in', () => {
    expect(() => LOADERS[role](fill(role))).not.toThrow();
    const defaults = linesOf(role).filter(({ isOpen, value }) => !isOpen && value !== '');
    const whole = { ...Object.fromEntries(defaults.map(({ name, value }) => [name, value])), ...fill(role) };
    expect(LOADERS[role]({ ...whole, SURETY_CONFIG })).toEqual(
      LOADERS[role](role === 'relayer' ? { ...fill(role), SURETY_PAY_MODE: 'covered' } : fill(role)),
    );
  });

  it('has every variable that the program asks for, and no other', () => {
    const provider = new Set(network.chains.flatMap(({ providers }) => providers.map(({ urlEnv }) => urlEnv)));
    const nameOf = (name: string): string =>
      provider.has(name.replace(/_FILE$/, '')) ? name.replace(/_FILE$/, '') : plain(name);
    const asked = WAYS.flatMap((way) => namesRead(role, { ...fill(role), ...way }));
    const names = (all: readonly string[]): string[] => [...new Set(all.filter(isOfPerson).map(nameOf))].toSorted();
    expect(names(linesOf(role).map(({ name }) => name))).toEqual(names(asked));
  });
});

describe('surety config env', () => {
  it('writes it, and names the roles to whoever asks for another', async () => {
    const { code, output } = await runSurety(['config', 'env', 'watcher'], { environment: { SURETY_CONFIG } });
    expect([code, output]).toEqual([0, environmentTemplate('watcher', network)]);
    const { urlEnv } = network.chains[0]?.providers[0] ?? {};
    expect(output).toContain(`
${urlEnv}=
`);
    expect(await runSurety(['config', 'env', 'miner'], { environment: { SURETY_CONFIG } })).toMatchObject({
      code: 2,
      told: expect.stringContaining('Allowed choices are aggregator, watcher, relayer, keeper, operator'),
    });
  });
});
