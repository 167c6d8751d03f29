import { type Address, AppError } from '@surety/domain';
import { type PublicClient, pad } from 'viem';
import { describe, expect, test } from 'vitest';
import { parseChainRequest } from './chain-request.js';
import { checkWitnesses } from './check-witnesses.js';
import { DeploymentCheck } from './deployment-check.js';
import { type DeploymentRequest, formatDeploymentRequest, parseDeploymentRequest } from './deployment-request.js';
import { describePlan } from './describe-plan.js';
import { isActDone } from './execute-deployment.js';
import { planChain } from './plan-chain.js';
import { planDeployment } from './plan-deployment.js';

type Json = Record<string, unknown>;

/** A question to a contract. */
interface ReadRequest {
  readonly address: Address;
  readonly functionName: string;
  readonly args?: readonly unknown[];
}

const addressOf = (digit: number): string => `0x${digit.toString(16).padStart(40, '0')}`;
const verifiers = (...addresses: number[]): Json => ({
  confirmations: 15,
  requiredDvns: addresses.map((digit, at) => ({ operator: `dvn-${at}`, address: addressOf(digit) })),
  optionalDvns: [],
  optionalThreshold: 0,
});
const layerZeroEnd = (from: number): Json => ({
  endpoint: addressOf(from),
  sendLibrary: addressOf(from + 1),
  receiveLibrary: addressOf(from + 2),
  executor: addressOf(from + 3),
  send: verifiers(0x9_00 + from, 0x1_00 + from),
  receive: verifiers(0x9_00 + from, 0x1_00 + from),
});
const terms = (name: string, slot: number): Json => ({
  name,
  slot,
  operator: name,
  failureDomain: name,
  mayConflict: true,
});
const layerZero = (): Json => ({
  kind: 'layerzero',
  ...terms('over layerzero', 0),
  atVault: layerZeroEnd(0x20),
  atLedger: layerZeroEnd(0x30),
});
const wormhole = (): Json => ({
  kind: 'wormhole',
  ...terms('over wormhole', 1),
  guardianSet: { index: 0, size: 13 },
  atVault: { core: addressOf(0x40) },
  atLedger: { core: addressOf(0x41) },
});

interface WitnessJson extends Json {
  settlement: Json;
  chains: [Json & { witnesses: [Json, Json] }];
}

function request(): WitnessJson {
  const roles = { governor: addressOf(1), guardian: addressOf(2), pauser: addressOf(3) };
  const asset = {
    symbol: 'USDC', token: addressOf(50), decimals: 6, underlying: 1, minMillionths: '1000000', capThousandths: '5000000',
    limitThousandths: '1000000', initialBp: 9500, maintenanceBp: 9800,
  }; // prettier-ignore
  return {
    version: 1,
    profile: 'development',
    salt: `0x${'00'.repeat(32)}`,
    attesters: { members: [11, 12, 13, 14].map(addressOf), activeFrom: 1000 },
    settlement: {
      chainId: 900, name: 'settlement', layerZeroEid: 40_900, wormholeChainId: 10_900, roles: { ...roles, riskAdmin: addressOf(4) },
      underlyings: [{ id: 1, symbol: 'USD', aggregator: addressOf(60), maxAgeS: 3600, maxAheadS: 60, minPrice1e12: '1', maxPrice1e12: '2' }],
    }, // prettier-ignore
    chains: [
      {
        chainId: 901, name: 'alpha', layerZeroEid: 40_901, wormholeChainId: 10_901, source: 1, wrappedNative: addressOf(0),
        initialBp: 10_000, maintenanceBp: 10_000, staleAfterMin: 90, darkAfterMin: 360, floorAfterMin: 4320, m: 1, fastBp: 200,
        roles, assets: [asset], witnesses: [layerZero(), wormhole()],
      },
    ],
  }; // prettier-ignore
}

function refusalOf(change: (json: WitnessJson) => unknown): AppError {
  const json = request();
  change(json);
  try {
    parseDeploymentRequest(json);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('the request was taken');
}

describe('witnesses are refused', () => {
  const first = (json: WitnessJson): Json => json.chains[0].witnesses[0];
  test.each<[string, (json: WitnessJson) => unknown, string, string]>([
    ['of a kind nobody knows', (json) => (first(json)['kind'] = 'pigeon'), 'BAD_PLAN', 'pigeon'],
    ['with a member nobody knows', (json) => (first(json)['delegate'] = addressOf(9)), 'UNKNOWN_FIELD', 'delegate'],
    [
      'without a library',
      (json) => delete (first(json)['atVault'] as Json)['sendLibrary'],
      'MISSING_FIELD',
      'sendLibrary',
    ],
    ['in a place that does not exist', (json) => (first(json)['slot'] = 4), 'OUT_OF_RANGE', 'slot'],
    ['in one place', (json) => (first(json)['slot'] = 1), 'BAD_PLAN', 'two stand in one slot'],
    ['with one name', (json) => (first(json)['name'] = 'over wormhole'), 'BAD_PLAN', 'two have one name'],
    ['with a word for a yes', (json) => (first(json)['mayConflict'] = 'yes'), 'BAD_PLAN', 'expected true or false'],
    ['with a name that could be a path', (json) => (first(json)['operator'] = '../x'), 'BAD_PLAN', 'operator'],
    ['that are no list', (json) => Object.assign(json.chains[0], { witnesses: {} }), 'BAD_PLAN', 'is not a list'],
    [
      'with verifiers that are no list',
      (json) => (((first(json)['atVault'] as Json)['send'] as Json)['requiredDvns'] = addressOf(9)),
      'BAD_PLAN',
      'requiredDvns is not a list',
    ],
    ['where fewer stand than must confirm', (json) => (json.chains[0]['m'] = 3), 'BAD_PLAN', 'm is 3 of 2 witnesses'],
    ['where none stands', (json) => Object.assign(json.chains[0], { witnesses: [] }), 'BAD_PLAN', 'm is 1 of 0'],
    [
      'on a chain LayerZero has no number for',
      (json) => delete json.settlement['layerZeroEid'],
      'BAD_PLAN',
      'layerZeroEid',
    ],
    ['above a quarter of the cap', (json) => (json.chains[0]['fastBp'] = 2501), 'BAD_PLAN', 'expected at most 2500'],
  ])('%s', (_name, change, code, words) => {
    const refusal = refusalOf(change);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(words);
  });
});

describe('a plan with witnesses', () => {
  const parsed: DeploymentRequest = parseDeploymentRequest(request());
  const plan = planDeployment(parsed);
  const [pair] = plan.vaults[0]?.witnesses ?? [];

  test('comes back from its own file', () => {
    expect(parseDeploymentRequest(formatDeploymentRequest(parsed))).toEqual(parsed);
  });

  test('builds two ends that name each other, with verifiers in ascending order', () => {
    if (pair === undefined) throw new TypeError('the plan has a pair');
    expect(pair.atVault.creation).toContain(pair.atLedger.contract.slice(2));
    expect(pair.atLedger.creation).toContain(pair.atVault.contract.slice(2));
    const [low, high] = [0x1_20, 0x9_20].map((digit) => addressOf(digit).slice(2));
    expect(pair.atVault.creation.indexOf(low ?? '?')).toBeLessThan(pair.atVault.creation.indexOf(high ?? '?'));
  });

  test('stands on other seats once its terms are corrected, so that nothing built before passes for it', () => {
    const seatsAfter = (change: (json: WitnessJson) => unknown): string[] => {
      const json = request();
      change(json);
      const { witnesses } = planDeployment(parseDeploymentRequest(json)).vaults[0] ?? { witnesses: [] };
      return witnesses.flatMap(({ atVault, atLedger }) => [atVault.seat, atLedger.seat]);
    };
    const usual = seatsAfter(() => undefined);
    const [layer, worm] = [usual.slice(0, 2), usual.slice(2)];
    const witness = (json: WitnessJson, at: 0 | 1): Json => json.chains[0].witnesses[at];
    // One governor on both chains: the seats of a pair have one address.
    expect(new Set(usual).size).toBe(2);
    // One end's core: both seats of the pair, since its ends name each other.
    const core = seatsAfter((json) => (witness(json, 1)['atVault'] = { core: addressOf(0x42) }));
    expect(core.slice(0, 2)).toEqual(layer);
    for (const seat of core.slice(2)) expect(worm).not.toContain(seat);
    const dvn = seatsAfter((json) => ((witness(json, 0)['atLedger'] as Json)['receive'] = verifiers(0x7_00)));
    expect(dvn.slice(2)).toEqual(worm);
    for (const seat of dvn.slice(0, 2)) expect(layer).not.toContain(seat);
    // Another ledger is another journal, of every pair.
    const ledger = seatsAfter((json) => ((json.settlement['roles'] as Json)['pauser'] = addressOf(0xaa)));
    for (const seat of ledger) expect(usual).not.toContain(seat);
    // What no constructor takes moves nothing.
    expect(seatsAfter((json) => (witness(json, 0)['mayConflict'] = false))).toEqual(usual);
  });

  test('names what each witness is built with, for those who read the plan before it is sent', () => {
    const text = describePlan(plan);
    const [layer, worm] = plan.vaults[0]?.witnesses ?? [];
    for (const { journal, peer } of [layer, worm].flatMap((one) => [
      one?.atVault.args ?? {},
      one?.atLedger.args ?? {},
    ])) {
      expect(text).toContain(`\n    journal = ${String(journal)}\n`);
      expect(text).toContain(`\n    peer = ${String(peer)}\n`);
    }
    for (const digit of [0x40, 0x41]) expect(text).toContain(`\n    core = ${addressOf(digit)}\n`);
    expect(text).toContain('\n    peerEid = 40900\n');
    for (const [name, digit] of Object.entries({
      endpoint: 0x20,
      sendLibrary: 0x21,
      receiveLibrary: 0x22,
      executor: 0x23,
    }))
      expect(text).toContain(`\n    ${name} = ${addressOf(digit)}\n`);
    const [low, high] = [0x1_20, 0x9_20].map(addressOf);
    expect(text).toContain(
      `\n    send = {confirmations: 15, required: [${low}, ${high}], optional: [], optionalThreshold: 0}\n`,
    );
  });

  test('builds before it names, names before it asks, and asks before a token is listed', () => {
    const order = plan.acts.filter(({ chainId }) => chainId === 901).map(({ text }) => text.replace(/\(.*/, ''));
    expect(order).toEqual([
      'seat.build', 'seat.build', 'vault.setWitness', 'vault.setWitness', 'vault.setWitnessPolicy', 'vault.listAsset',
    ]); // prettier-ignore
    expect(describePlan(plan)).toContain('seat.build(WormholeWitness)');
  });

  test('leaves what a builder does to the builder where a timelock governs', () => {
    const timelock = { delayS: 172_800 };
    const behind = planDeployment({ ...parsed, chains: parsed.chains.map((chain) => ({ ...chain, timelock })) });
    const acts = behind.acts.filter(({ chainId }) => chainId === 901);
    for (const { text, operation } of acts) expect(operation === undefined).toBe(text.startsWith('seat.build'));
    const naming = acts.find(({ text }) => text.startsWith('vault.setWitness('));
    expect(naming?.operation?.delayS).toBe(7 * 86_400);
  });

  test('lowers a fast limit to the plan’s, and takes one that is lower already', async () => {
    const act = plan.acts.find(({ text }) => text.startsWith('ledger.setFast('));
    if (act === undefined) throw new TypeError('the plan sets a fast limit');
    const isDoneAt = (units: bigint): Promise<boolean> => {
      const data = `0x${units.toString(16).padStart(64, '0')}`;
      return isActDone({ call: async () => ({ data }) } as unknown as PublicClient, act);
    };
    // 5,000 USDC of cap, 200 basis points of it, 6 decimals.
    expect(await isDoneAt(0n)).toBe(false);
    expect(await isDoneAt(100_000_001n)).toBe(false);
    expect(await isDoneAt(100_000_000n)).toBe(true);
    expect(await isDoneAt(25_000_000n)).toBe(true);
    const json = request();
    Object.assign(json.chains[0], { m: 0 });
    const without = planDeployment(parseDeploymentRequest(json)).acts.map(({ text }) => text);
    expect(without.filter((text) => text.startsWith('ledger.setFast('))).toEqual([]);
  });

  test('lets no other act wait for a fast limit, so that one may be corrected', () => {
    const timelock = { delayS: 172_800 };
    const operationsAt = (fastBp: number) => {
      const json = request();
      const [asset] = json.chains[0]['assets'] as [Json];
      const other = { ...asset, symbol: 'USDT', token: addressOf(51) };
      Object.assign(json.chains[0], { fastBp, assets: [asset, other], timelock });
      Object.assign(json.settlement, { timelock });
      const { acts } = planDeployment(parseDeploymentRequest(json));
      return new Map(acts.map(({ text, operation }) => [text.replace(/(setFast\(\d+), \d+/, '$1'), operation?.id]));
    };
    const [first, second] = [operationsAt(200), operationsAt(10)];
    const moved = [...first].filter(([text, id]) => second.get(text) !== id).map(([text]) => text);
    expect(moved).toEqual(['ledger.setFast(1) for USDC', 'ledger.setFast(2) for USDT']);
  });

  test('lets no other act wait for a witness, whose act may have been executed with other terms', () => {
    const operationsAt = (core: number) => {
      const json = request();
      json.chains[0].witnesses[1]['atVault'] = { core: addressOf(core) };
      for (const one of [json.chains[0], json.settlement]) Object.assign(one, { timelock: { delayS: 172_800 } });
      const { acts } = planDeployment(parseDeploymentRequest(json));
      return new Map(acts.map(({ text, operation }) => [text.replace(/0x\w{40}/, 'it'), operation?.id]));
    };
    const [first, second] = [operationsAt(0x42), operationsAt(0x43)];
    const moved = [...first].filter(([text, id]) => second.get(text) !== id).map(([text]) => text);
    expect(moved).toEqual([
      'vault.setWitness(1, it, true) for over wormhole',
      'ledger.setWitness(1, 1, it, true) for over wormhole',
    ]);
  });

  test('is read back end by end: what a builder built otherwise on a seat is named', async () => {
    const [vault] = plan.vaults;
    if (vault === undefined) throw new TypeError('the plan has a vault');
    const clientOf = (side: 'atVault' | 'atLedger', built: Record<string, unknown>): PublicClient => {
      const endAt = (at: Address) => vault.witnesses.map((one) => one[side]).find(({ contract }) => contract === at);
      const says = ({ address: at, functionName, args = [] }: ReadRequest): unknown => {
        if (functionName === 'witnessPolicy') return [1, 7, 0, 0n];
        if (functionName === 'limitsOf') return { fastUnits: 100_000_000n };
        if (functionName === 'witnessOf') {
          const { contract } = vault.witnesses[Number(args.at(-1))]?.[side] ?? {};
          return side === 'atVault' ? [{ at: contract, conflicts: true }, 0n] : [contract, true, false, 0n];
        }
        const seen = { ...endAt(at)?.args, ...built }[functionName];
        return functionName === 'peer' ? pad(seen as Address) : seen;
      };
      return {
        getCode: async ({ address: at }: ReadRequest) => endAt(at)?.code.runtime,
        readContract: async (asked: ReadRequest) => says(asked),
      } as unknown as PublicClient;
    };
    const problemsWith = async (built: Record<string, unknown>): Promise<readonly string[]> => {
      const check = new DeploymentCheck();
      const [reader, settled] = [clientOf('atVault', built), clientOf('atLedger', built)];
      await checkWitnesses(vault, { ledger: plan.settlement.ledger, reader, settled }, check);
      return check.problems;
    };
    expect(await problemsWith({})).toEqual([]);
    const other = addressOf(0xbb);
    expect(await problemsWith({ core: other })).toEqual([
      `alpha witness over wormhole at the vault: core is ${other}; expected ${addressOf(0x40)}`,
      `alpha witness over wormhole at the ledger: core is ${other}; expected ${addressOf(0x41)}`,
    ]);
    for (const name of ['journal', 'peer', 'ledgerSource'])
      expect(await problemsWith({ [name]: name === 'ledgerSource' ? 9 : other })).toHaveLength(4);
    for (const name of ['endpoint', 'peerEid', 'peerChain'])
      expect(await problemsWith({ [name]: name === 'endpoint' ? other : 9 })).toHaveLength(2);
  });

  test('of a chain that joins later is what a deployment with it builds', () => {
    const [chain] = parsed.chains;
    const [vault] = plan.vaults;
    if (chain === undefined || vault === undefined) throw new TypeError('the plan has a chain');
    const { ledger, roles } = plan.settlement;
    const around = { ...parsed, settlement: { ...parsed.settlement, ledger, governor: roles.governor } };
    const joined = planChain(around, { chain, salt: parsed.salt, assetIds: vault.assetIds });
    expect(joined.vault).toEqual(vault);
    const isOfChain = (part: string): boolean => part.startsWith(`seat-${chain.source}-`);
    expect(joined.contracts).toEqual(
      plan.contracts.filter(({ chainId, part }) => chainId === chain.chainId || isOfChain(part)),
    );
    const texts = joined.acts.map(({ text }) => text);
    expect(texts).toEqual(plan.acts.map(({ text }) => text).filter((text) => texts.includes(text)));
    const slots = new Set(parsed.settlement.underlyings.map(({ id }) => id));
    expect(parseChainRequest(request().chains[0], { ...parsed, slots })).toEqual(chain);
    const short = { ...request().chains[0], m: 3, roles: { ...chain.roles, pauser: addressOf(0) } };
    expect(() => parseChainRequest(short, { ...parsed, slots: new Set() })).toThrow(
      /has 3 problems.*pauser is the zero address.*m is 3 of 2 witnesses.*underlying 1 is not listed/s,
    );
  });
});
