import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NetworkFile, asProduction, lintNetwork, parseNetwork } from '@surety/config';
import {
  type PlannedVault,
  type PlannedWitness,
  collateralLedgerAbi,
  collateralVaultAbi,
  layerZeroWitnessAbi,
  wormholeWitnessAbi,
} from '@surety/contracts';
import {
  CONFIRMATIONS,
  FAST_BP,
  type CarriedPacket,
  type LocalNetwork,
  accountOf,
  bridgeIdsOfChain,
  carryPacket,
  connectWallet,
  forgePacket,
  readMessages,
  readPackets,
  signMessage,
  startNetwork,
  startProcess,
  waitUntil,
  awaitReceipt,
  walletOf,
} from '@surety/devnet';
import { type Bytes32, type Entry, bytes32 } from '@surety/domain';
import { type Hex, type PublicClient, concatHex, numberToHex, parseAbi } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { runSurety } from './run-surety.js';
import { type LibraryPlace, readOtherLibrary, swapReceiveLibrary } from './swap-library.js';
import { applyAtLedger, attest, entryOf, lockTokens } from './sign-and-apply.js';
import { providersOf } from './timelocked-deployment.js';

const SETTLEMENT = 900;
const GUARDIANS = 13;
const USDC = 1_000_000n;
/** The cap is 50 million. */
const FAST = (50_000_000n * USDC * BigInt(FAST_BP)) / 10_000n;
const LARGE = FAST + USDC;
const STATE = { live: 1, contested: 2 } as const;

const folder = mkdtempSync(join(tmpdir(), 'surety-witnesses-'));
let network: LocalNetwork;

beforeAll(async () => {
  network = await startNetwork({ directory: folder, blockSeconds: 1, attesters: 4, guardians: GUARDIANS });
  for (const node of network.nodes.values()) await node.call('evm_setAutomine', [true]);
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function vaultAt(chainId: number): PlannedVault {
  const planned = network.plan.vaults.find(({ request }) => request.chainId === chainId);
  if (planned === undefined) throw new TypeError(`${chainId} has no vault`);
  return planned;
}

function witnessOf(chainId: number, name: string): PlannedWitness {
  const planned = vaultAt(chainId).witnesses.find(({ request }) => request.name === name);
  if (planned === undefined) throw new TypeError(`${chainId} has no witness ${name}`);
  return planned;
}

const ledger = () => ({ address: network.plan.settlement.ledger, abi: collateralLedgerAbi }) as const;
const settled = (): PublicClient => network.readers.get(SETTLEMENT) as PublicClient;
const target = (chainId: number) => ({
  reader: network.readers.get(chainId) as PublicClient,
  wallet: connectWallet(network.nodes.get(chainId)?.url ?? '', chainId, 'bridges'),
});
const journals = new Map<number, Entry[]>();

/** Locks alice's tokens, and has the ledger apply the journal so far. */
async function lockAndApply(chainId: number, units: bigint): Promise<bigint> {
  const { vault, edgeId, request } = vaultAt(chainId);
  const account = accountOf('alice');
  await lockTokens(network, { vault, chainId, account }, units);
  const entries = [...(journals.get(chainId) ?? []), entryOf('LOCK', 1, units, account)];
  journals.set(chainId, entries);
  const { attesterSet, ledger: at } = network.plan.settlement;
  const attested = await attest(network, { edgeId, destinationId: SETTLEMENT, verifier: attesterSet }, entries);
  const feeTo = accountOf('relayerA');
  await applyAtLedger(network, { ledger: at, chainId: SETTLEMENT, source: request.source, feeTo }, attested);
  return BigInt(entries.length);
}

/** Publishes the vault's journal at one of its witnesses, as anyone may who pays the fee. */
async function publish(chainId: number, name: string): Promise<Hex> {
  const { edgeId } = vaultAt(chainId);
  const witness = { address: witnessOf(chainId, name).atVault.contract, abi: layerZeroWitnessAbi } as const;
  const fee = await target(chainId).reader.readContract({
    ...witness,
    functionName: 'quotePublish',
    args: [edgeId],
  });
  const wallet = walletOf(network, chainId, 'relayerA');
  const hash = await wallet.writeContract({ ...witness, functionName: 'publish', args: [edgeId], value: fee });
  await awaitReceipt(network, chainId, hash);
  return hash;
}

/** Has LayerZero's workers carry a packet to the settlement chain. */
async function carry(packet: CarriedPacket): Promise<void> {
  const at = network.bridges?.layerZero.get(SETTLEMENT);
  if (at === undefined) throw new TypeError('the settlement chain has LayerZero');
  await carryPacket(target(SETTLEMENT), at, { packet, confirmations: CONFIRMATIONS, gas: 120_000n });
}

async function packetOf(chainId: number, txHash: Hex): Promise<CarriedPacket> {
  const [packet] = await readPackets(target(chainId).reader, txHash);
  if (packet === undefined) throw new TypeError('a publication sends a packet');
  return packet;
}

/** Compares the head at a count with what a witness recorded. */
async function confirm(source: number, slot: number, count: bigint): Promise<void> {
  const wallet = walletOf(network, SETTLEMENT, 'relayerA');
  const hash = await wallet.writeContract({ ...ledger(), functionName: 'confirm', args: [source, slot, count] });
  await awaitReceipt(network, SETTLEMENT, hash);
}

async function unpark(source: number, index: bigint): Promise<void> {
  const wallet = walletOf(network, SETTLEMENT, 'relayerA');
  const hash = await wallet.writeContract({ ...ledger(), functionName: 'unpark', args: [source, index] });
  await awaitReceipt(network, SETTLEMENT, hash);
}

const lineOf = async (account: Bytes32, assetId: number): Promise<bigint> =>
  (await settled().readContract({ ...ledger(), functionName: 'lineOf', args: [account, assetId] })).amount;
const confirmedOf = async (source: number): Promise<bigint> =>
  (await settled().readContract({ ...ledger(), functionName: 'confirmedOf', args: [source] }))[0];
const stateOf = async (source: number): Promise<number> =>
  (await settled().readContract({ ...ledger(), functionName: 'replicaOf', args: [source] }))[5];

/** What the test reads of `GET /v1/witnesses`. */
interface WitnessEdge {
  readonly source: number;
  readonly direction: string;
  readonly alive: number;
  readonly fast: readonly { readonly units: string | null }[];
  readonly witnesses: readonly {
    readonly health: string;
    readonly configuration: { readonly state: string; readonly drift: readonly unknown[] };
  }[];
}

/** Where the ledger's end of a LayerZero witness takes packets from. */
function libraryOf(chainId: number): LibraryPlace {
  const { contract } = witnessOf(chainId, 'layerzero').atLedger;
  const endpoint = network.bridges?.layerZero.get(SETTLEMENT)?.endpoint ?? '0x';
  return { chainId: SETTLEMENT, witness: contract, endpoint, remoteEid: bridgeIdsOfChain(chainId).layerZeroEid };
}

test('the configuration names both contracts of each witness, and no rule about witnesses refuses it', () => {
  const file = parseNetwork(readFileSync(network.configFile, 'utf8'), network.configFile);
  const { findings } = lintNetwork(asProduction(file));
  expect(findings.filter(({ path }) => path.includes('.witnesses'))).toEqual([]);
  const named = file.chains.flatMap(({ vault }) => vault?.witnesses?.map(({ atLedger }) => atLedger.contract) ?? []);
  const built = network.plan.vaults.flatMap(({ witnesses }) => witnesses.map(({ atLedger }) => atLedger.contract));
  expect(named).toEqual(built);
});

test('what passes the fast limit waits until LayerZero has confirmed it, and counts then', async () => {
  const count = await lockAndApply(901, LARGE);
  expect(await lineOf(accountOf('alice'), 1)).toBe(0n);
  await expect(unpark(1, count)).rejects.toThrow('NotConfirmed');
  await carry(await packetOf(901, await publish(901, 'layerzero')));
  await confirm(1, 0, count);
  await unpark(1, count);
  expect(await lineOf(accountOf('alice'), 1)).toBe(LARGE);
  expect(await confirmedOf(1)).toBe(count);
});

test('Wormhole confirms it as well, when LayerZero stays silent', async () => {
  const count = await lockAndApply(901, LARGE);
  const { bridges } = network;
  const hash = await publish(901, 'wormhole');
  const [message] = await readMessages(target(901).reader, bridgeIdsOfChain(901).wormholeChainId, hash);
  if (bridges === undefined || message === undefined) throw new TypeError('a publication is a message');
  const wallet = walletOf(network, SETTLEMENT, 'relayerA');
  const delivered = await wallet.writeContract({
    address: witnessOf(901, 'wormhole').atLedger.contract,
    abi: wormholeWitnessAbi,
    functionName: 'deliver',
    args: [await signMessage(message, bridges.guardians)],
  });
  await awaitReceipt(network, SETTLEMENT, delivered);
  await confirm(1, 1, count);
  await unpark(1, count);
  expect(await lineOf(accountOf('alice'), 1)).toBe(2n * LARGE);
});

test('a forged packet contests its own source and no other', async () => {
  const count = await lockAndApply(902, USDC);
  const packet = await packetOf(902, await publish(902, 'layerzero'));
  const forged = concatHex([vaultAt(902).edgeId, numberToHex(count, { size: 8 }), bytes32(`0x${'66'.repeat(32)}`)]);
  await carry(forgePacket(packet, forged));
  await confirm(2, 0, count);
  expect(await stateOf(2)).toBe(STATE.contested);
  expect(await stateOf(1)).toBe(STATE.live);
  expect(await confirmedOf(2)).toBe(0n);
});

test('the vaults ask for the same witnesses', async () => {
  for (const chainId of [901, 902]) {
    const [m, counting] = await target(chainId).reader.readContract({
      address: vaultAt(chainId).vault,
      abi: collateralVaultAbi,
      functionName: 'witnessPolicy',
    });
    expect({ m, counting }).toEqual({ m: 1, counting: 0b11 });
  }
});

test('a running aggregator notices a library that is swapped on chain, and that it is put back', async () => {
  const aggregator = await startProcess({
    name: 'aggregator',
    command: process.execPath,
    args: [fileURLToPath(new URL('../../../apps/aggregator/dist/main.js', import.meta.url))],
    env: {
      ...providersOf(network),
      SURETY_CONFIG: network.configFile,
      SURETY_HTTP_PORT: '0',
      SURETY_STATE_DIR: join(folder, 'aggregator'),
      SURETY_DATABASE_URL: `sqlite:${join(folder, 'aggregator.sqlite')}`,
      SURETY_COMPARE_INTERVAL_S: '1',
    },
    logFile: join(folder, 'aggregator.log'),
    announcedBy: (line) => /"url":"([^"]+)".*"listening"/.exec(line)?.[1],
    readyWithinMs: 30_000,
  });
  const get = async (path: string): Promise<unknown> => (await fetch(`${aggregator.announced}${path}`)).json();
  const until = async (state: string, reasons: readonly string[]): Promise<WitnessEdge> =>
    waitUntil({
      what: `a witness that is ${state}`,
      withinMs: 40_000,
      probe: async () => {
        const { reasons: seen } = (await get('/health/ready')) as { reasons: { code: string; detail: string }[] };
        const named = seen.filter(({ code }) => code.startsWith('WITNESS_')).map(({ detail }) => detail);
        const { edges } = (await get('/v1/witnesses')) as { edges: WitnessEdge[] };
        const edge = edges.find(({ source, direction }) => source === 1 && direction === 'to-ledger');
        const isThere = edge?.witnesses[0]?.configuration.state === state && named.length === reasons.length;
        return isThere && reasons.every((words, at) => named[at]?.includes(words)) ? edge : undefined;
      },
    });
  try {
    const before = await until('same', []);
    expect(before).toMatchObject({ m: 1, alive: 2, fastShareBp: FAST_BP, count: '2' });
    expect(before.fast[0]).toEqual({ assetId: 1, symbol: 'USDC', units: String(FAST) });
    expect(before.witnesses[0]).toMatchObject({
      witness: 'layerzero', health: 'behind', head: { count: '1' }, confirmed: '1', lag: { entries: '1' },
    }); // prettier-ignore
    const place = libraryOf(901);
    const other = await readOtherLibrary(settled(), place);
    await swapReceiveLibrary(network, place, other);
    const path = 'witnesses[layerzero].atLedger.receiveLibrary';
    const during = await until('drifted', [`${path}: seen ${other.toLowerCase()}`]);
    expect(during.witnesses[0]?.configuration.drift[0]).toMatchObject({ path, seen: other.toLowerCase() });
    expect(during).toMatchObject({ alive: 1, fastShareBp: FAST_BP });
    expect(during.fast[0]?.units).toBe(String(FAST));
    expect(during.witnesses.map(({ health }) => health)).toEqual(['drifted', 'ok']);
    const library = network.bridges?.layerZero.get(SETTLEMENT)?.receiveLibrary ?? '0x';
    await swapReceiveLibrary(network, place, library);
    expect((await until('same', [])).alive).toBe(2);
  } finally {
    await aggregator.stop();
  }
});

describe('surety config diff', () => {
  const diff = (file = network.configFile) =>
    runSurety(fromRunbook('17', 'npx surety config diff'), { SURETY_CONFIG: file, ...providersOf(network) });

  test('finds nothing where both agree, whatever LayerZero’s owner makes its defaults', async () => {
    const at = network.bridges?.layerZero.get(SETTLEMENT);
    const { wallet, reader } = target(SETTLEMENT);
    const config = {
      confirmations: 1n, requiredDVNCount: 1, optionalDVNCount: 0, optionalDVNThreshold: 0,
      requiredDVNs: [wallet.account.address], optionalDVNs: [],
    } as const; // prettier-ignore
    const hash = await wallet.writeContract({
      address: at?.receiveLibrary ?? '0x',
      abi: parseAbi([
        'struct Uln { uint64 confirmations; uint8 requiredDVNCount; uint8 optionalDVNCount; uint8 optionalDVNThreshold; address[] requiredDVNs; address[] optionalDVNs; }',
        'struct Default { uint32 eid; Uln config; }',
        'function setDefaultUlnConfigs(Default[] defaults)',
      ]),
      functionName: 'setDefaultUlnConfigs',
      args: [[{ eid: bridgeIdsOfChain(901).layerZeroEid, config }]],
    });
    expect((await reader.waitForTransactionReceipt({ hash })).status).toBe('success');
    const { code, output } = await diff();
    expect(output).toEqual({ ok: true, sources: 2, witnesses: 4, drift: [], unread: [] });
    expect(code).toBe(0);
  });

  test('names what a file says otherwise, with what the chain says', async () => {
    const file = JSON.parse(readFileSync(network.configFile, 'utf8')) as NetworkFile;
    const [layerZero, wormhole] = file.chains.find(({ chainId }) => chainId === 901)?.vault?.witnesses ?? [];
    if (layerZero?.kind !== 'layerzero' || wormhole?.kind !== 'wormhole')
      throw new TypeError('alpha has both witnesses');
    layerZero.atLedger.receive.confirmations = 4;
    layerZero.atLedger.receive.requiredDvns.pop();
    layerZero.atVault.executor = ledger().address;
    wormhole.guardianSet.size = 19;
    wormhole.atVault.consistencyLevel = 200;
    const changed = join(folder, 'changed.config.json');
    writeFileSync(changed, JSON.stringify(file));
    const { code, output, refusal } = await diff(changed);
    expect(code).toBe(1);
    expect(refusal?.code).toBe('CONFIG_DRIFT');
    expect((output['drift'] as readonly { readonly path: string }[]).map(({ path }) => path).toSorted()).toEqual([
      'alpha: witnesses[layerzero].atLedger.receive.confirmations',
      'alpha: witnesses[layerzero].atLedger.receive.requiredDvns',
      'alpha: witnesses[layerzero].atVault.executor',
      'alpha: witnesses[wormhole].atLedger.core.guardianSet.size',
      'alpha: witnesses[wormhole].atVault.CONSISTENCY_FINALIZED',
      'alpha: witnesses[wormhole].atVault.core.guardianSet.size',
    ]);
    expect((output['drift'] as readonly unknown[])[0]).toEqual({
      path: 'alpha: witnesses[layerzero].atVault.executor',
      seen: network.bridges?.layerZero.get(901)?.executor,
      expected: ledger().address,
    });
  });

  test('names a witness that another contract has replaced', async () => {
    const { reader } = target(SETTLEMENT);
    const wallet = walletOf(network, SETTLEMENT, 'governor');
    const intruder = witnessOf(902, 'wormhole').atLedger.contract;
    const hash = await wallet.writeContract({
      ...ledger(),
      functionName: 'setWitness',
      args: [1, 1, intruder, true],
    });
    expect((await reader.waitForTransactionReceipt({ hash })).status).toBe('success');
    const { code, output } = await diff();
    expect(code).toBe(1);
    expect(output['drift']).toEqual([
      {
        path: 'alpha: witnesses[wormhole].atLedger.contract',
        seen: intruder,
        expected: witnessOf(901, 'wormhole').atLedger.contract,
      },
    ]);
  });
});

test('surety witnesses tells what each has told, and which one is not believed any more', async () => {
  const answer = await runSurety(fromRunbook('17', 'npx surety witnesses'), {
    SURETY_CONFIG: network.configFile,
    ...providersOf(network),
  });
  const { output } = answer;
  expect(answer.told).toMatch(/^asking the chains about 4 edges …$/m);
  expect([answer.code, answer.refusal]).toEqual([
    1,
    {
      code: 'UNHEALTHY',
      message: expect.stringMatching(
        /^wormhole of alpha to-ledger is drifted; wormhole of alpha to-vault is drifted; layerzero of beta to-ledger is contradicted; /,
      ),
    },
  ]);
  const edges = output['edges'] as readonly (WitnessEdge & Record<string, unknown>)[];
  const rows = (direction: string): unknown[] =>
    edges
      .filter((edge) => edge.direction === direction)
      .flatMap(({ chain, count, witnesses }) =>
        (witnesses as readonly Record<string, unknown>[]).map(({ witness, head, health, feeWei }) => [
          chain, witness, count, (head as { count?: string } | null)?.count ?? null, health, feeWei === null,
        ]),
      ); // prettier-ignore
  expect(rows('to-ledger')).toEqual([
    ['alpha', 'layerzero', '2', '1', 'behind', false],
    ['alpha', 'wormhole', '2', '2', 'drifted', false],
    ['beta', 'layerzero', '1', '1', 'contradicted', false],
    ['beta', 'wormhole', '1', null, 'unheard', false],
  ]);
  expect(rows('to-vault').map((row) => (row as unknown[]).slice(0, 5))).toEqual([
    ['alpha', 'layerzero', '0', null, 'ok'],
    ['alpha', 'wormhole', '0', null, 'drifted'],
    ['beta', 'layerzero', '0', null, 'ok'],
    ['beta', 'wormhole', '0', null, 'ok'],
  ]);
});
