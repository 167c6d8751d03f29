import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PlannedVault, collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import {
  type AccountName,
  type Network,
  accountOf,
  assetIdOf,
  devnetAccount,
  plannedOf,
  readTokenBalance,
  startNetwork,
} from '@surety/devnet';
import {
  type Bytes32,
  type Entry,
  WAD,
  ZERO_WORD,
  bytes32,
  bytesToHex,
  packEntries,
  sequenceNumber,
  shortfallParty,
  tokenUnits,
} from '@surety/domain';
import { type PublicClient, pad } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, runSurety } from './run-surety.js';
import { applyAtLedger, attest, entryOf, lockTokens, pay, replay, requireSuccess, walletOf } from './sign-and-apply.js';
import { later, providersOf } from './timelocked-deployment.js';

const SETTLEMENT = 900;
const ALPHA = 901;
const DAY_S = 86_400;
const UNIT = 1_000_000n;
const FIRST = 9_000n * UNIT;
const FORGED = 1_000n * UNIT;
const SECOND = 500n * UNIT;
const RELEASED = 1_000n * UNIT;
const LOST_ENTRY: Entry = {
  kind: 'LOST',
  asset: 1,
  amount: tokenUnits(FORGED),
  account: ZERO_WORD,
  party: ZERO_WORD,
  fee: tokenUnits(0n),
};
const folder = mkdtempSync(path.join(tmpdir(), 'surety-written-off-'));
let network: Network;
let environment: Record<string, string>;

beforeAll(async () => {
  network = await startNetwork({ directory: folder, blockSeconds: 1, attesters: 4 });
  for (const node of network.nodes.values()) await node.call('evm_setAutomine', [true]);
  environment = { SURETY_CONFIG: network.configFile, ...providersOf(network) };
});
afterAll(async () => {
  await network?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const surety = (key: string | null, line: string): Promise<Answer> =>
  runSurety(line.split(' '), { ...environment, ...(key === null ? {} : { SURETY_KEY: key }) });
const by = (name: AccountName): string => devnetAccount(name).key;
const readerOf = (id: number): PublicClient => network.readers.get(id) as PublicClient;
const ledger = () => ({ address: network.plan.settlement.ledger, abi: collateralLedgerAbi }) as const;
const planned = (): PlannedVault => plannedOf(network, ALPHA);
const vault = () => ({ address: planned().vault, abi: collateralVaultAbi }) as const;
const coverage = () => readerOf(SETTLEMENT).readContract({ ...ledger(), functionName: 'coverageOf', args: [1, 1] });
const atVault = () => ({ vault: planned().vault, chainId: ALPHA });

/** Applies the whole of a vault's generation at the ledger, as three members signed it: true or not. */
async function apply(edgeId: Bytes32, entries: readonly Entry[]): Promise<void> {
  const { ledger: address, attesterSet } = network.plan.settlement;
  const signed = await attest(network, { edgeId, destinationId: SETTLEMENT, verifier: attesterSet }, entries);
  const there = { ledger: address, chainId: SETTLEMENT, source: 1, feeTo: accountOf('relayerA') };
  await applyAtLedger(network, there, signed);
}

/** Hands the ledger a newer statement of what it has applied: its source's own clock goes on. */
async function refresh(edgeId: Bytes32, entries: readonly Entry[]): Promise<void> {
  const { attesterSet } = network.plan.settlement;
  const { statement, signatures } = await attest(
    network,
    { edgeId, destinationId: SETTLEMENT, verifier: attesterSet },
    entries,
  );
  const args = [[statement], [signatures]] as const;
  const hash = await walletOf(network, SETTLEMENT, 'relayerA').writeContract({
    ...ledger(),
    functionName: 'refresh',
    args,
  });
  await requireSuccess(network, SETTLEMENT, hash);
}

async function replayAll(entries: readonly Entry[]): Promise<void> {
  const { returnEdgeId, attesterSet } = planned();
  const edge = { edgeId: returnEdgeId, destinationId: ALPHA, verifier: attesterSet };
  await replay(network, atVault(), await attest(network, edge, entries));
}

/** What the doctor says of the asset, and how serious that is. */
async function diagnosis(): Promise<string> {
  const { output } = await surety(null, 'doctor');
  const findings = (output['findings'] ?? []) as readonly { check: string; result: string; detail: string }[];
  const own = findings.filter(({ check }) => check.startsWith('alpha coverage of USDC'));
  return own.map(({ result, detail }) => `${result}: ${detail}`).join();
}

test('units that a lie credited are written off, and all holders of the asset bear the loss alike', async () => {
  const [alice, bob] = [accountOf('alice'), accountOf('bob')];
  const first = entryOf('LOCK', 1, FIRST, alice);
  await lockTokens(network, { ...atVault(), account: alice }, FIRST);
  await apply(planned().edgeId, [first]);
  // Three members sign a lock that the vault never saw; its units move on before anyone notices.
  await apply(planned().edgeId, [first, entryOf('LOCK', 1, FORGED, bob)]);
  const assetId = assetIdOf(network, { chainId: ALPHA, asset: 'USDC' });
  const moved = await walletOf(network, SETTLEMENT, 'bob').writeContract({
    ...ledger(),
    functionName: 'transfer',
    args: [bob, alice, assetId, FORGED],
  });
  await requireSuccess(network, SETTLEMENT, moved);
  const edgeId = await closeAt(1);

  // Nobody's line has the units any more: they are owed, and nothing of the asset leaves the ledger.
  expect(await diagnosis()).toContain('a closed generation left 1000 owing; next: surety ledger write-off');
  const soon = await surety(by('alice'), 'ledger write-off --asset alpha:USDC --yes');
  expect(soon.refusal?.message).toContain('can be written off once its source is known up to 20');
  const second = entryOf('LOCK', 1, SECOND, alice);
  await later(network, 60);
  await lockTokens(network, { ...atVault(), account: alice }, SECOND);
  await apply(edgeId, [second]);
  await expect(release(RELEASED)).rejects.toThrow('WriteOffUnsettled');
  expect(await diagnosis()).toMatch(/^fail: .*next: surety ledger write-off --asset alpha:USDC$/);
  expect(await surety(by('bob'), 'ledger write-off --asset alpha:USDC --yes')).toMatchObject({ code: 0 });
  const again = await surety(by('bob'), 'ledger write-off --asset alpha:USDC --yes');
  expect(again.refusal?.message).toContain('WriteOffTooEarly');
  await later(network, 3 * DAY_S);
  await refresh(edgeId, [second]);
  expect(await surety(by('bob'), 'ledger write-off --asset alpha:USDC --yes')).toMatchObject({ code: 0 });

  // The vault takes the loss over a day after it was replayed, and answers.
  const lostSeq = sequenceNumber(0, 1n);
  expect((await coverage())[4]).toBe(lostSeq);
  expect(await diagnosis()).toContain(`surety relay carries entry ${lostSeq} to the vault`);
  await replayAll([LOST_ENTRY]);
  const take = `vault take-loss --chain alpha --seq ${lostSeq} --packed ${bytesToHex(packEntries([LOST_ENTRY]))} --yes`;
  expect((await surety(by('bob'), take)).refusal?.message).toContain('PaymentNotReady');
  await later(network, DAY_S);
  await expect(pay(network, atVault(), [LOST_ENTRY])).rejects.toThrow('is reverted');
  expect(await surety(by('bob'), take)).toMatchObject({ code: 0, refusal: undefined });
  const accounted = FIRST + SECOND + FORGED;
  expect(await readerOf(ALPHA).readContract({ ...vault(), functionName: 'accounted', args: [1] })).toBe(accounted);
  const answer: Entry = {
    ...LOST_ENTRY,
    kind: 'SHORTFALL',
    amount: tokenUnits(FORGED),
    party: shortfallParty({ accounted, answers: lostSeq }),
  };
  await apply(edgeId, [second, answer]);
  const coverageWad = ((FIRST + SECOND) * WAD) / accounted;
  expect((await coverage()).slice(0, 2)).toEqual([WAD, coverageWad]);
  expect((await coverage())[4]).toBe(0n);

  // Seven days later the coverage is in force, and a release is paid at it.
  const early = await surety(by('bob'), 'ledger cover --asset alpha:USDC --yes');
  expect(early.refusal?.message).toContain('the reported coverage of asset');
  await later(network, 7 * DAY_S);
  await refresh(edgeId, [second, answer]);
  expect(await diagnosis()).toMatch(/^fail: .*next: surety ledger cover --asset alpha:USDC$/);
  expect(await surety(by('bob'), 'ledger cover --asset alpha:USDC --yes')).toMatchObject({ code: 0 });
  expect((await coverage()).slice(0, 3)).toEqual([coverageWad, coverageWad, 0]);
  await release(RELEASED);
  const entries = [LOST_ENTRY, entryOf('RELEASE', 1, RELEASED, alice, bytes32(pad(devnetAccount('bob').address)))];
  await replayAll(entries);
  const before = await readTokenBalance(network, {
    chainId: ALPHA,
    asset: 'USDC',
    holder: devnetAccount('bob').address,
  });
  await pay(network, atVault(), entries);
  const after = await readTokenBalance(network, {
    chainId: ALPHA,
    asset: 'USDC',
    holder: devnetAccount('bob').address,
  });
  expect(after - before).toBe((RELEASED * (FIRST + SECOND)) / accounted);
  expect(await diagnosis()).toContain('payments are made at that coverage');
}, 240_000);

/** Closes the ledger's replica of the vault's journal at a count that members signed, opens the next generation, and gives its name. */
async function closeAt(count: number): Promise<Bytes32> {
  // What is signed must be final.
  for (const node of network.nodes.values()) await node.call('anvil_mine', ['0x80', '0x1']);
  const files: string[] = [];
  for (const { key, address } of network.attesters.slice(0, 3)) {
    const line = `attesters sign-generation --chain alpha --direction to-ledger --count ${count} --yes`;
    const { output, refusal } = await surety(key, line);
    expect(refusal).toBeUndefined();
    const file = path.join(folder, `${address}.json`);
    writeFileSync(file, JSON.stringify(output));
    files.push(file);
  }
  const done = await surety(by('governor'), `migrate generation ${files.join(' ')} --yes`);
  expect([done.refusal, done.output['isDone']]).toEqual([undefined, true]);
  const read = { ...ledger(), functionName: 'sourceOf', args: [1] } as const;
  return bytes32((await readerOf(SETTLEMENT).readContract(read))[1]);
}

/** Asks for a release of alice's to bob, without fee. @throws with the ledger's reason. */
async function release(units: bigint): Promise<void> {
  const assetId = assetIdOf(network, { chainId: ALPHA, asset: 'USDC' });
  const hash = await walletOf(network, SETTLEMENT, 'alice').writeContract({
    ...ledger(),
    functionName: 'requestRelease',
    args: [accountOf('alice'), assetId, units, pad(devnetAccount('bob').address), 0n],
  });
  await requireSuccess(network, SETTLEMENT, hash);
}
