import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DeploymentPlan,
  type DeploymentRequest,
  type DeploymentStepOutcome,
  type UnderlyingRequest,
  parseDeploymentRequest,
  planDeployment,
  roleHolderAbi,
  verifyDeployment,
} from '@surety/contracts';
import { type LocalNetwork, connectWallet, devnetAccount, startNetwork } from '@surety/devnet';
import { type Hex, encodeFunctionData } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import { behindTimelocks, carryOut, configOf, later, providersOf, requestOf } from './timelocked-deployment.js';

const SETTLEMENT = 900;
const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;
const folder = mkdtempSync(join(tmpdir(), 'surety-powers-'));
let network: LocalNetwork;
let providers: Record<string, string>;

beforeAll(async () => {
  network = await startNetwork({ directory: folder, blockSeconds: 1, attesters: 4 });
  for (const node of network.nodes.values()) await node.call('evm_setAutomine', [true]);
  providers = providersOf(network);
});

afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Breach {
  readonly rule: string;
  readonly seen: string;
  readonly expected: string;
  readonly next: string;
}

const powersOf = (configFile: string, asked = fromRunbook('05', 'npx surety powers')): Promise<Answer> =>
  runSurety(asked, { SURETY_CONFIG: configFile, ...providers });
const rulesOf = ({ output }: Answer): string[] => [
  ...new Set((output['breaches'] as Breach[]).map(({ rule }) => rule)),
];
const wallet = (chainId: number, name: Parameters<typeof devnetAccount>[0]): ReturnType<typeof connectWallet> =>
  connectWallet(network.nodes.get(chainId)?.url ?? '', chainId, name);

/** Outside development each source needs a witness, and each price two networks. */
function inProduction(request: DeploymentRequest): DeploymentRequest {
  const { settlement } = request;
  return {
    ...request,
    profile: 'production',
    settlement: { ...settlement, underlyings: settlement.underlyings.map(overTwoNetworks) },
    chains: request.chains.map((chain) => ({ ...chain, m: 1 })),
  };
}

/** The local aggregator plays both networks; bounds of their own keep its adapters apart. */
function overTwoNetworks(underlying: UnderlyingRequest): UnderlyingRequest {
  if ('sources' in underlying) return underlying;
  const { aggregator, maxAheadS, ...slot } = underlying;
  const source = { kind: 'aggregator', aggregator, maxAgeS: slot.maxAgeS } as const;
  return {
    ...slot,
    sources: [
      { ...source, network: 'chainlink', maxAheadS },
      { ...source, network: 'api3', maxAheadS: maxAheadS - 1 },
    ],
  };
}

const configFor = (plan: DeploymentPlan, name: string): string =>
  configOf(network, plan, join(folder, `${name}.config.json`));

const count = (outcomes: readonly DeploymentStepOutcome[], kind: DeploymentStepOutcome['kind']): number =>
  outcomes.filter((outcome) => outcome.kind === kind).length;

describe('surety powers on a development deployment', () => {
  it('prints every power with its holder, and warns of every floor that is broken', async () => {
    const keep = fromRunbook('09', 'npx surety powers --json > powers.json', { '> powers.json': '' });
    const answer = await powersOf(network.configFile, keep);
    expect([answer.code, answer.refusal]).toEqual([0, undefined]);
    expect([answer.output['ok'], answer.output['development']]).toEqual([false, true]);
    const rows = answer.output['powers'] as { contract: string; act: string; holders: string[]; delayS: number }[];
    expect(rows.find(({ act }) => act === 'listSource')).toMatchObject({
      contract: 'CollateralLedger',
      holders: [devnetAccount('governor').address],
      delayS: 0,
    });
    expect(rows.find(({ contract, act }) => contract === 'LiquidationAuction' && act === 'stop')).toMatchObject({
      holders: [devnetAccount('pauser').address],
    });
    expect(rulesOf(answer)).toEqual([
      'ledger-is-production',
      'governor-is-a-timelock',
      'role-can-change-hands',
      'witnesses',
    ]);
  });

  it('computes what each stolen key costs from the limits that are in force', async () => {
    const { output } = await powersOf(network.configFile, fromRunbook('09', 'npx surety powers --losses'));
    const losses = output['losses'] as { keys: string; dayWad: string; also: string }[];
    expect(losses.map(({ keys }) => keys)).toContain('3 attesters');
    // Nothing is locked in a network that has just started, so nothing can leave it.
    expect(losses.find(({ keys }) => keys === '3 attesters')?.dayWad).toBe('0');
    expect(losses.find(({ keys }) => keys === '3 attesters')?.also).toMatch(
      /credit that nobody locked, up to [\d,]+ \(the caps\)/,
    );
  });
});

describe('a deployment behind timelocks', () => {
  it('waits for its delays, then does every act, and is verified whole', async () => {
    const plan = planDeployment(
      parseDeploymentRequest(JSON.parse(JSON.stringify(requestFile(requestOf(network, 'a', behindTimelocks))))),
    );
    const first = await carryOut(network, plan);
    expect(count(first, 'scheduled')).toBe(plan.acts.filter(({ operation }) => operation !== undefined).length);
    // The poke of the prices, and what is created once they are there.
    expect(count(first, 'waiting')).toBe(1 + plan.contracts.filter(({ afterActs }) => afterActs === true).length);
    expect(count(await carryOut(network, plan), 'scheduled')).toBe(0);
    // What is ready after two days stands behind what takes seven.
    await later(network, 2 * DAY_S);
    const early = (await carryOut(network, plan)).filter(({ chainId }) => chainId === plan.request.settlement.chainId);
    expect(early.filter(({ kind }) => kind === 'sent')).toEqual([]);
    await later(network, WEEK_S - 2 * DAY_S);
    const last = await carryOut(network, plan);
    expect(last.filter(({ kind }) => kind !== 'sent' && kind !== 'already-done')).toEqual([]);
    const record = await verifyDeployment(plan, network.readers, last);
    expect(record.settlement.roles.governor).toBe(plan.settlement.roles.timelock?.at);
    const answer = await powersOf(configFor(plan, 'timelocked'));
    expect(rulesOf(answer)).toEqual(['ledger-is-production', 'witnesses']);
    const rows = answer.output['powers'] as { act: string; delayS: number; holders: string[] }[];
    expect(rows.find(({ act }) => act === 'setLimits')).toMatchObject({ delayS: 172_800 });
    expect(rows.find(({ act }) => act === 'listUnderlying')).toMatchObject({ delayS: WEEK_S });
    expect(rows.find(({ act }) => act === 'pause')?.holders).toEqual([devnetAccount('pauser').address]);
  });
});

describe('surety powers on a production deployment', () => {
  it('takes one whose floors all hold, and shows what is scheduled', async () => {
    const plan = planDeployment(requestOf(network, 'b', (request) => behindTimelocks(inProduction(request))));
    const outcomes = await carryOut(network, plan);
    const answer = await powersOf(configFor(plan, 'production'));
    expect([answer.refusal, answer.output['breaches'], answer.code]).toEqual([undefined, [], 0]);
    const hands = answer.output['hands'] as { kind: string; pending?: unknown[] }[];
    const pending = hands.filter(({ kind }) => kind === 'timelock').flatMap((hand) => hand.pending ?? []);
    expect(pending).toHaveLength(count(outcomes, 'scheduled'));

    // The pauser names the guardian's holder as its successor: two roles would be in one hand.
    const pauser = plan.settlement.roles.pauser as Hex;
    const hash = await wallet(SETTLEMENT, 'pauser').sendTransaction({
      to: pauser,
      data: encodeFunctionData({
        abi: roleHolderAbi,
        functionName: 'propose',
        args: [devnetAccount('guardian').address],
      }),
      chain: null,
    });
    await network.readers.get(SETTLEMENT)?.waitForTransactionReceipt({ hash });
    const refused = await powersOf(configFor(plan, 'production'));
    expect([refused.code, refused.refusal?.code]).toEqual([1, 'UNHEALTHY']);
    expect(refused.refusal?.message).toContain(
      `one-hand-for-each-role (settlement): seen ${devnetAccount('guardian').address} is guardian and pauser to be; expected another address for each; hand one of them over`,
    );
  });

  it('refuses keys as governor, guardian and pauser, with what was seen and expected', async () => {
    const plan = planDeployment(requestOf(network, 'c', inProduction));
    await carryOut(network, plan, false);
    const answer = await powersOf(configFor(plan, 'keys'));
    expect([answer.code, answer.refusal?.code]).toEqual([1, 'UNHEALTHY']);
    expect(rulesOf(answer)).toEqual(['governor-is-a-timelock', 'role-can-change-hands']);
    expect(answer.refusal?.message).toContain(
      `governor-is-a-timelock (governor of settlement): seen ${devnetAccount('governor').address}, a single key; expected a SuretyTimelock as this build compiles it`,
    );
  });

  it('says once more what to do where no chain can be read', async () => {
    const { code, refusal } = await runSurety(['powers'], { SURETY_CONFIG: network.configFile });
    expect([code, refusal?.code]).toEqual([1, 'NO_PROVIDER']);
  });
});

/** A request as its file holds it. */
function requestFile(request: DeploymentRequest): object {
  return JSON.parse(
    JSON.stringify({ version: 1, ...request }, (_, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    ),
  ) as object;
}
