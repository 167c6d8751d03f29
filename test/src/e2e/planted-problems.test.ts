import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CHAINS,
  type FaultKind,
  type FaultProxy,
  type LocalNetwork,
  PROVIDERS_PER_CHAIN,
  providerOf,
  startFaultProxy,
  startNetwork,
} from '@surety/devnet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noteProblem, stopwatch } from './note-problem.js';
import { runSurety } from './run-surety.js';

const STRANGER = `0x${'ab'.repeat(20)}`;
const OTHER_CODE = `0x${'cd'.repeat(32)}`;
const folder = mkdtempSync(path.join(tmpdir(), 'surety-planted-'));
let network: LocalNetwork;
let proxy: FaultProxy;
let providers: Record<string, string>;

beforeAll(async () => {
  network = await startNetwork({ directory: folder, blockSeconds: 1, attesters: 4, guardians: 1 });
  // What was deployed is final.
  for (const node of network.nodes.values()) await node.call('anvil_mine', ['0x4', '0x1']);
  proxy = await startFaultProxy();
  providers = Object.fromEntries(
    CHAINS.flatMap((chain) =>
      Array.from({ length: PROVIDERS_PER_CHAIN }, (_, at) => {
        const provider = providerOf(chain, at + 1);
        return [provider.urlEnv, proxy.open(provider.name, network.nodes.get(chain.chainId)?.url ?? '')];
      }),
    ),
  );
});
afterAll(async () => {
  await proxy?.stop();
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warn' | 'fail';
  readonly detail: string;
}

/** A member of a JSON document, whatever it is. */
type Json = Record<string, unknown>;

/** Returns what the doctor found that is not well, but for the aggregator, which runs nowhere here. */
async function troubles(file: string, environment: Record<string, string> = {}): Promise<readonly Finding[]> {
  const { output } = await runSurety(['doctor'], { SURETY_CONFIG: file, ...providers, ...environment });
  const findings = output['findings'] as readonly Finding[];
  return findings.filter(({ check, result }) => result !== 'ok' && !check.startsWith('aggregator '));
}

/** One wrong member of the configuration, named by its path, and the finding that it makes. */
type Planted = readonly [place: string, value: unknown, expected: RegExp];

/** Writes the configuration with members changed. */
function changed(planted: readonly Planted[]): string {
  const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as Json;
  for (const [place, value] of planted) {
    const steps = place.split(/[.[\]]+/u).filter((step) => step !== '');
    const last = steps.pop() ?? '';
    const parent = steps.reduce<Json>((object, step) => object[step] as Json, file);
    if (!(last in parent)) throw new TypeError(`the configuration has no ${place}`);
    parent[last] = value;
  }
  const name = path.join(folder, 'planted.config.json');
  writeFileSync(name, JSON.stringify(file));
  return name;
}

test('a network that is well has no finding', async () => {
  expect(await troubles(network.configFile)).toEqual([]);
});

const ALPHA = 'chains[1].vault';
const BETA = 'chains[2].vault';

// Each of these hides others: what stands behind it cannot be asked.
test.each<Planted>([
  [`${ALPHA}.address`, STRANGER, /^alpha vault at alpha-1: /],
  [`${ALPHA}.assets[0].token`, STRANGER, /^alpha assets\[/],
  [`${ALPHA}.witnesses[0].atVault.contract`, STRANGER, /^alpha witnesses\[layerzero\]\.atVault/],
  ['settlement.ledger', STRANGER, /^settlement ledger at settlement-1: /],
  ['settlement.riskManager', STRANGER, /^settlement riskManager: /],
  ['settlement.underlyings[1].feed', STRANGER, /^settlement underlyings\[1\]\.feed: /],
])('%s of a stranger is found', async (...planted) => {
  const seconds = stopwatch();
  const found = await troubles(changed([planted]));
  expect(found.map(({ check, detail }) => `${check}: ${detail}`)).toContainEqual(expect.stringMatching(planted[2]));
  noteProblem({ tool: 'doctor', seconds: seconds() });
});

test('more than thirty wrong members of one configuration are all found at once', async () => {
  const planted: readonly Planted[] = [
    [`${ALPHA}.codeHash`, OTHER_CODE, /^alpha vault at alpha-1: 0x.* holds code of hash /],
    [`${ALPHA}.source`, 3, /^alpha vault\.source: 1 on chain/],
    [`${ALPHA}.attesterSet`, STRANGER, /^alpha vault\.attesterSet: /],
    [`${BETA}.gateway`, STRANGER, /^beta vault\.gateway: other code/],
    [`${BETA}.fromBlock`, '999999', /^beta vault\.fromBlock: no block above/],
    [`${BETA}.codeHash`, OTHER_CODE, /^beta vault at beta-4: 0x.* holds code of hash /],
    [`${BETA}.assets[0].decimals`, 18, /^beta assets\[USDC\]\.decimals at the /],
    [`${BETA}.assets[1].assetId`, 9, /^beta assets\[WBTC\]\.index at the ledger: /],
    [`${BETA}.assets[0].underlying`, 2, /^beta assets\[USDC\]\.underlying at the /],
    [`${BETA}.assets[0].baseI`, 9_400, /^beta assets\[USDC\]\.baseI at the /],
    [`${BETA}.assets[0].baseM`, 9_700, /^beta assets\[USDC\]\.baseM at the /],
    [`${BETA}.assets[0].minimum`, '2', /^beta assets\[USDC\]\.minimum at the /],
    [`${BETA}.policy.m`, 2, /^beta policy\.m at the vault: /],
    [`${BETA}.policy.fastBp`, 1, /^beta policy\.fastBp \(USDC\): /],
    [`${ALPHA}.witnesses[0].atVault.endpoint`, STRANGER, /^alpha witnesses\[layerzero\]\.atVault\.endpoint: /],
    [
      `${BETA}.witnesses[0].atLedger.receiveLibrary`,
      STRANGER,
      /^beta witnesses\[layerzero\]\.atLedger\.receiveLibrary/,
    ],
    [
      `${BETA}.witnesses[0].atVault.send.confirmations`,
      64,
      /^beta witnesses\[layerzero\]\.atVault\.send\.confirmations/,
    ],
    [
      `${BETA}.witnesses[0].atVault.send.requiredDvns[0].address`,
      STRANGER,
      /^beta witnesses\[layerzero\]\.atVault\.send\.requiredDvns/,
    ],
    [`${BETA}.witnesses[1].guardianSet.size`, 13, /^beta witnesses\[wormhole\].*uardian/],
    [`${BETA}.witnesses[1].atLedger.core`, STRANGER, /^beta witnesses\[wormhole\]\.atLedger\.core/],
    [
      `${BETA}.witnesses[1].atVault.consistencyLevel`,
      200,
      /^beta witnesses\[wormhole\]\.atVault\.CONSISTENCY_FINALIZED: 1 on chain/,
    ],
    ['settlement.ledgerCodeHash', OTHER_CODE, /^settlement ledger at settlement-1: 0x.* holds code of hash /],
    ['settlement.attesterSet', STRANGER, /^settlement attesterSet: /],
    ['settlement.lens', STRANGER, /^settlement lens → ledger.*: could not be compared/],
    ['settlement.auction', STRANGER, /^settlement auction: /],
    ['settlement.priceDesk', STRANGER, /^settlement .*priceDesk → ledger.*: could not be compared/],
    ['settlement.fromBlock', '999999', /^settlement fromBlock: no block above/],
    ['settlement.markets[0].codeHash', OTHER_CODE, /^settlement market usds at settlement-1: 0x.* holds code of hash /],
    ['settlement.markets[0].listed', false, /^terms of market usds: .*listed is true/],
    ['settlement.markets[0].tranche', STRANGER, /^terms of market usds: .*tranche is 0x/],
    ['settlement.underlyings[2].priceMaxAgeS', 60, /^settlement underlyings\[2\]\.priceMaxAgeS: 3600 on chain/],
    ['attesters.epoch', 2, /^beta attesters\.epoch: 1 on chain/],
    ['attesters.members[0]', STRANGER, /^beta attesters\.members: /],
  ];
  const seconds = stopwatch();
  const found = (await troubles(changed(planted))).map(({ check, detail }) => `${check}: ${detail}`);
  const missed = planted.filter(([, , expected]) => !found.some((told) => expected.test(told)));
  expect(missed.map(([place]) => place)).toEqual([]);
  for (const [place] of planted) noteProblem({ problem: `${place} is wrong`, tool: 'doctor', seconds: seconds() });
});

/** A fault for each provider of the three chains. */
const FAULTS: readonly FaultKind[] = [
  'no-json',
  'http-500',
  'http-429',
  'http-302',
  'reset',
  'cut-off',
  'empty-body',
  'giant-body',
  'wrong-id',
  'error-instead',
  'wrong-chain-id',
  'wrong-block-hash',
];

test('twelve providers, each with another fault, are all found', async () => {
  const names = CHAINS.flatMap((chain) =>
    Array.from({ length: PROVIDERS_PER_CHAIN }, (_, at) => [chain.name, providerOf(chain, at + 1).name] as const),
  );
  expect(names).toHaveLength(FAULTS.length);
  for (const [at, [, name]] of names.entries()) proxy.arm(name, [{ kind: FAULTS[at] as FaultKind }]);
  const seconds = stopwatch();
  const found = await troubles(network.configFile);
  proxy.healAll();
  const failed = found.filter(({ result }) => result === 'fail').map(({ check }) => check);
  expect(names.map(([chain, name]) => `${chain} provider ${name}`).filter((one) => !failed.includes(one))).toEqual([]);
  for (const [at, [, name]] of names.entries())
    noteProblem({ problem: `provider ${name}: ${FAULTS[at]}`, tool: 'doctor', seconds: seconds() });
});

test('a provider without its variable, at a dead port, of another chain, and one under two names are found', async () => {
  const seconds = stopwatch();
  const found = await troubles(network.configFile, {
    RPC_URL_ALPHA_1: '',
    RPC_URL_ALPHA_2: 'http://127.0.0.1:9',
    RPC_URL_ALPHA_3: network.nodes.get(902)?.url ?? '',
    RPC_URL_BETA_2: providers['RPC_URL_BETA_1'] ?? '',
  });
  const at = (name: string): Finding | undefined => found.find(({ check }) => check.endsWith(` provider ${name}`));
  expect(at('alpha-1')).toMatchObject({
    result: 'warn',
    detail: expect.stringContaining('RPC_URL_ALPHA_1 is not set'),
  });
  expect(at('alpha-2')).toMatchObject({ result: 'fail' });
  expect(at('alpha-3')).toMatchObject({ result: 'fail', detail: expect.stringContaining('902') });
  expect(at('beta-2')).toMatchObject({ result: 'warn', detail: expect.stringContaining('the same URL as beta-1') });
  for (const one of ['without its variable', 'at a dead port', 'of another chain', 'under two names'])
    noteProblem({ problem: `a provider ${one}`, tool: 'doctor', seconds: seconds() });
});
