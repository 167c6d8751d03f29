import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { historyFilesIn, openHistoryPair } from '@surety/attestation';
import { type PlannedVault, collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import {
  type AccountName,
  type DevnetKey,
  type LocalNetwork,
  accountOf,
  assetIdOf,
  devnetAccount,
  plannedOf,
  providerOf,
  readTokenBalance,
  startNetwork,
  awaitReceipt,
  walletOf,
} from '@surety/devnet';
import {
  type Bytes32,
  type Entry,
  WAD,
  ZERO_WORD,
  bytes32,
  bytesToHex,
  packEntries,
  shortfallParty,
  tokenUnits,
} from '@surety/domain';
import { type Hex, type PublicClient, pad } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromRunbook } from './from-runbook.js';
import { type Answer, runSurety } from './run-surety.js';
import {
  type TestEdge,
  applyAtLedger,
  applyThroughContract,
  attest,
  entryOf,
  lockTokens,
  pay,
  replay,
} from './sign-and-apply.js';
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
let network: LocalNetwork;
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

/** The edge of the vault's journal under a name that statements carry. */
function edgeAs(name: Bytes32): TestEdge {
  const { attesterSet: verifier } = network.plan.settlement;
  return { edgeId: planned().edgeId, name, destinationId: SETTLEMENT, verifier };
}

const atLedger = () => ({ ledger: ledger().address, chainId: SETTLEMENT, source: 1, feeTo: accountOf('relayerA') });

/** Applies the whole of a vault's journal at the ledger, as three members signed it: true or not. */
async function apply(name: Bytes32, entries: readonly Entry[]): Promise<void> {
  await applyAtLedger(network, atLedger(), await attest(network, edgeAs(name), entries));
}

/** Hands the ledger a newer statement of what it has applied: its source's own clock goes on. */
async function refresh(name: Bytes32, entries: readonly Entry[]): Promise<void> {
  const { statement, signatures } = await attest(network, edgeAs(name), entries);
  const args = [[statement], [signatures]] as const;
  const hash = await walletOf(network, SETTLEMENT, 'relayerA').writeContract({
    ...ledger(),
    functionName: 'refresh',
    args,
  });
  await awaitReceipt(network, SETTLEMENT, hash);
}

async function replayAll(entries: readonly Entry[]): Promise<void> {
  const { returnEdgeId, attesterSet } = planned();
  const edge = { edgeId: returnEdgeId, destinationId: ALPHA, verifier: attesterSet };
  await replay(network, atVault(), await attest(network, edge, entries));
}

/** Findings of the doctor about the asset, with their severity. */
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
  // Three members sign a lock that the vault never saw, and a contract hands it in; its units move on before anyone notices.
  const forgedIn = await applyThroughContract(
    network,
    atLedger(),
    await attest(network, edgeAs(planned().edgeId), [first, entryOf('LOCK', 1, FORGED, bob)]),
  );
  const assetId = assetIdOf(network, { chainId: ALPHA, asset: 'USDC' });
  const moved = await walletOf(network, SETTLEMENT, 'bob').writeContract({
    ...ledger(),
    functionName: 'transfer',
    args: [bob, alice, assetId, FORGED],
  });
  await awaitReceipt(network, SETTLEMENT, moved);
  const forged = entryOf('LOCK', 1, FORGED, bob);
  const { name, files } = await rewindTo(1, { hidden: forgedIn, last: forged });

  // No line has fallen, and nothing of the asset leaves the ledger before the forged lock comes again or is taken back.
  expect(await diagnosis()).toContain('a rewind unwound 1000 that have not come again; next: surety relay');
  await expect(release(RELEASED)).rejects.toThrow('AssetUnsettled');
  const packed = bytesToHex(packEntries([forged]));
  const takeBack = `ledger take-back --source alpha --packed ${packed} --yes`;
  expect((await surety(by('alice'), takeBack)).refusal?.message).toContain('was not heard to its tip since the rewind');
  const second = entryOf('LOCK', 1, SECOND, alice);
  await later(network, 60);
  await lockTokens(network, { ...atVault(), account: alice }, SECOND);
  await apply(name, [first, second]);
  expect((await surety(by('alice'), takeBack)).refusal?.message).toContain(
    'is taken back once the source is known up to',
  );
  await later(network, 3 * DAY_S);
  await refresh(name, [first, second]);
  // Bob spent what the lie credited: his line has nothing to take, so the vault is told of all of it. One provider is away.
  const away = providerOf({ name: 'settlement' }, 1).urlEnv;
  const reach = { ...environment, [away]: 'http://127.0.0.1:1', SURETY_KEY: by('bob') };
  const settled = await runSurety(`migrate rewind ${files} --yes`.split(' '), reach);
  expect([settled.refusal, settled.output['isDone']]).toEqual([undefined, true]);

  // The vault takes the loss over a day after it was replayed, and answers.
  const lostSeq = 1n;
  expect((await coverage())[4]).toBe(lostSeq);
  expect(await diagnosis()).toContain(`surety relay carries entry ${lostSeq} to the vault`);
  await replayAll([LOST_ENTRY]);
  const take = `vault take-loss --chain alpha --seq ${lostSeq} --packed ${bytesToHex(packEntries([LOST_ENTRY]))} --yes`;
  expect((await surety(by('bob'), take)).refusal?.message).toContain('PaymentNotReady');
  await later(network, DAY_S);
  await expect(pay(network, atVault(), [LOST_ENTRY])).rejects.toThrow('on chain 901 reverted');
  expect(await surety(by('bob'), take)).toMatchObject({ code: 0, refusal: undefined });
  const accounted = FIRST + SECOND + FORGED;
  expect(await readerOf(ALPHA).readContract({ ...vault(), functionName: 'accounted', args: [1] })).toBe(accounted);
  const answer: Entry = {
    ...LOST_ENTRY,
    kind: 'SHORTFALL',
    amount: tokenUnits(FORGED),
    party: shortfallParty({ accounted, answers: lostSeq }),
  };
  await apply(name, [first, second, answer]);
  const coverageWad = ((FIRST + SECOND) * WAD) / accounted;
  expect((await coverage()).slice(0, 2)).toEqual([WAD, coverageWad]);
  expect((await coverage())[4]).toBe(0n);

  // Seven days later the coverage is in force, and a release is paid at it.
  const early = await surety(by('bob'), 'ledger cover --asset alpha:USDC --yes');
  expect(early.refusal?.message).toContain('the reported coverage of asset');
  await later(network, 7 * DAY_S);
  await refresh(name, [first, second, answer]);
  expect(await diagnosis()).toMatch(/^fail: .*next: surety ledger cover --asset alpha:USDC$/);
  const usdc = { '<chain>': 'alpha', '<symbol>': 'USDC' };
  const cover = fromRunbook('07', 'npx surety ledger cover --asset <chain>:<symbol>', usdc).join(' ');
  expect(await surety(by('bob'), `${cover} --yes`)).toMatchObject({ code: 0 });
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
});

type Signer = Pick<DevnetKey, 'key' | 'address'>;

/** Signs a point with one member's settings, as that member's person does. */
function sign({ key, address }: Signer, rest: string): Promise<Answer> {
  const line = `attesters sign-rewind --chain alpha --direction to-ledger ${rest}`;
  return runSurety(line.split(' '), {
    ...environment,
    SURETY_ATTESTER_KEY: key,
    SURETY_STATE_DIR: path.join(folder, address),
    SURETY_AGGREGATOR_URLS: 'http://127.0.0.1:1',
  });
}

/** Who is no member, a point that one end lacks, a block beside a frame, no answer, and a history of another fork: nothing is signed. */
async function expectNoSignature(count: number): Promise<void> {
  const [member, , , last] = network.attesters as [DevnetKey, DevnetKey, DevnetKey, DevnetKey];
  const stateDir = path.join(folder, last.address);
  const files = historyFilesIn({ stateDir, historyDir: path.join(stateDir, 'second') });
  const history = openHistoryPair({ files, address: last.address });
  const other = bytes32(`0x${'99'.repeat(32)}`);
  const newest = Number(await readerOf(ALPHA).getBlockNumber());
  const rows = Array.from({ length: newest }, (_, at) => BigInt(at + 1));
  await history.record(rows.map((height) => ({ kind: 'block', chainId: ALPHA, height, value: other }) as const));
  history.close();
  const refused = [
    await sign(devnetAccount('bob'), `--count ${count} --yes`),
    await sign(member, `--count ${count + 1} --yes`),
    await sign(member, `--count ${count} --block 9999999 --yes`),
    await sign(member, `--count ${count}`),
    await sign(last, `--count ${count} --yes`),
  ];
  expect(refused.map(({ refusal }) => [refusal?.code, refusal?.message])).toEqual([
    ['ACT_REFUSED', expect.stringContaining('is no unsuspended member') as string],
    ['ACT_REFUSED', expect.stringContaining('the journal has no such entry') as string],
    ['BAD_USE', expect.stringContaining('--block is 9999999; expected a final multiple') as string],
    ['DECLINED', expect.stringContaining('nothing was signed') as string],
    ['ACT_REFUSED', expect.stringContaining('expected a height past the fork that is gone') as string],
  ]);
}

/**
 * Rewinds the ledger's replica of the vault's journal to a count that members sign, and gives its next name with their files. The entry
 * past it was handed in by a contract, so its bytes come from a file.
 */
async function rewindTo(
  count: number,
  { hidden, last }: { readonly hidden: Hex; readonly last: Entry },
): Promise<{ readonly name: Bytes32; readonly files: string }> {
  // What is signed must be final.
  for (const node of network.nodes.values()) await node.call('anvil_mine', ['0x80', '0x1']);
  await expectNoSignature(count);
  const files: string[] = [];
  let block = '';
  for (const { key, address } of network.attesters.slice(0, 3)) {
    const { output, refusal } = await sign({ key, address }, `--count ${count}${block} --yes`);
    expect(refusal).toBeUndefined();
    block = ` --block ${(output['statement'] as { blockNumber: string }).blockNumber}`;
    const file = path.join(folder, `${address}.json`);
    writeFileSync(file, JSON.stringify(output));
    files.push(file);
  }
  const unknown = await surety(null, `migrate rewind ${files.join(' ')} --dry-run`);
  expect([unknown.refusal?.code, unknown.refusal?.message]).toEqual([
    'MIGRATION_REFUSED',
    expect.stringMatching(
      `entries 2 to 2 of the replica, .* are not in the calldata of ${hidden}; expected .*--entries`,
    ),
  ]);
  const written = (entry: Entry, points = files): string => {
    const file = path.join(folder, 'entries.json');
    const entries = bytesToHex(packEntries([entry]));
    writeFileSync(file, JSON.stringify({ edge: planned().edgeId, batches: [{ from: String(count), entries }] }));
    return `${points.join(' ')} --entries ${file}`;
  };
  const other = await surety(null, `migrate rewind ${written({ ...last, asset: 2 })} --dry-run`);
  expect(other.refusal?.message).toMatch(
    /entries\.json batches\[0\]: entries 2 to 2 lead to head 0x.*; the replica took/,
  );
  const few = await surety(null, `migrate rewind ${written(last, files.slice(1))} --dry-run`);
  expect(few.refusal?.message).toContain('2 signatures');
  const done = await surety(by('governor'), `migrate rewind ${written(last)} --yes`);
  expect([done.refusal, done.output['isDone']]).toEqual([undefined, true]);
  const read = { ...ledger(), functionName: 'sourceOf', args: [1] } as const;
  return { name: bytes32((await readerOf(SETTLEMENT).readContract(read))[1]), files: written(last) };
}

/** Asks for a release of alice's to bob, without fee. @throws with the ledger's reason. */
async function release(units: bigint): Promise<void> {
  const assetId = assetIdOf(network, { chainId: ALPHA, asset: 'USDC' });
  const hash = await walletOf(network, SETTLEMENT, 'alice').writeContract({
    ...ledger(),
    functionName: 'requestRelease',
    args: [accountOf('alice'), assetId, units, pad(devnetAccount('bob').address), 0n],
  });
  await awaitReceipt(network, SETTLEMENT, hash);
}
