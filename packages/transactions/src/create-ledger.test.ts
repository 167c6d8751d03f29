import {
  collateralLedgerAbi,
  collateralLedgerCode,
  developmentFeedAbi,
  developmentFeedCode,
  feedAdapterAbi,
  feedAdapterCode,
  keccak256,
  ledgerModules,
  riskManagerAbi,
  riskManagerCode,
} from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Entry,
  type Hex,
  ENTRY_BYTES,
  ZERO_WORD,
  accountId,
  address,
  bytes32,
  bytesToHex,
  chainId,
  dateText,
  edgeId,
  foldHeads,
  hexToBytes,
  packEntries,
  tokenUnits,
} from '@surety/domain';
import type { AttestedStatement, Ledger, LedgerBatch } from '@surety/workflows';
import { decodeFunctionResult, encodeFunctionData } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChainReads, createChainReads } from './chain-reads.js';
import { LEDGER_ERRORS, createLedger, readRiskManager } from './create-ledger.js';
import type { AnvilNode } from './testing/anvil-node.js';
import { type AttestedChain, startAttestedChain } from './testing/attested-chain.js';

const CHAIN_ID = 9_102;
const WAD = 10n ** 18n;
const VAULT = address(`0x${'77'.repeat(20)}`);
let chain: AttestedChain;
let node: AnvilNode;
let riskManager: Address;
let feed: Address;
let ledgerAddress: Address;
let edge: Bytes32;
let packed: Uint8Array;
let heads: Bytes32[];
let now: bigint;

beforeAll(async () => {
  chain = await startAttestedChain(CHAIN_ID);
  const { deployer, attesterSet } = chain;
  ({ node, now } = chain);
  riskManager = await chain.deploy(riskManagerAbi, riskManagerCode.creation, [deployer]);
  const source = await chain.deploy(developmentFeedAbi, developmentFeedCode.creation, [
    deployer,
    8,
    'USDC / USD',
    100_000_000n,
  ]);
  feed = source;
  const bounds = { aggregator: source, maxAgeS: 3_600, maxAheadS: 60, minPrice1e12: 1n, maxPrice1e12: 10n ** 18n };
  const adapter = await chain.deploy(feedAdapterAbi, feedAdapterCode.creation, [bounds]);
  const init = {
    attesterSet,
    riskManager,
    governor: deployer,
    guardian: deployer,
    pauser: deployer,
    riskAdmin: deployer,
    development: true,
  };
  const modules: Address[] = [];
  for (const { abi, code } of ledgerModules) modules.push(await chain.deploy(abi, code.creation, [init]));
  ledgerAddress = await chain.deploy(collateralLedgerAbi, collateralLedgerCode.creation, [init, modules]);
  await chain.act(riskManager, riskManagerAbi, 'listUnderlying', [1, adapter, 3_600]);
  await chain.act(riskManager, riskManagerAbi, 'poke', [[1]]);
  const listing = {
    source: 1,
    originChainId: 9_001n,
    vault: VAULT,
    initialBp: 10_000,
    maintenanceBp: 10_000,
    staleAfterMin: 90,
    darkAfterMin: 360,
    floorAfterMin: 4_320,
    m: 0,
    development: true,
  };
  await chain.act(ledgerAddress, collateralLedgerAbi, 'listSource', [listing]);
  const asset = {
    source: 1,
    vaultAsset: 1,
    underlying: 1,
    ownPrice: 0,
    decimals: 6,
    initialBp: 9_500,
    maintenanceBp: 9_800,
    minMillionths: 1n,
    capThousandths: 10n ** 12n,
  };
  await chain.act(ledgerAddress, collateralLedgerAbi, 'listAsset', [asset]);
  edge = edgeId(
    {
      originChainId: chainId(9_001),
      journal: VAULT,
      destinationChainId: chainId(CHAIN_ID),
      replica: ledgerAddress,
    },
    keccak256,
  );
  packed = packEntries(Array.from({ length: 95 }, (_, at) => (at === 84 ? SHORTFALL : lock(at))));
  heads = foldHeads({ count: 0n, head: edge }, packed, keccak256);
});

afterAll(() => node.stop());

/** The vault is short a quarter of 1,000 units. */
const SHORTFALL: Entry = {
  kind: 'SHORTFALL',
  asset: 1,
  amount: tokenUnits(250n),
  account: ZERO_WORD,
  party: bytes32(`0x${1_000n.toString(16).padStart(64, '0')}`),
  fee: tokenUnits(0n),
};

function lock(at: number): Entry {
  const owner = address(`0x${(at + 1).toString(16).padStart(40, '1')}`);
  return {
    kind: 'LOCK',
    asset: 1,
    amount: tokenUnits(5_000_000n),
    account: accountId({ owner, home: 0, sub: 0n }),
    party: ZERO_WORD,
    fee: tokenUnits(10n),
  };
}

function attest(count: bigint, tip: bigint, asOf: bigint): Promise<AttestedStatement> {
  return chain.attest({ edge, count, tip, head: heads[Number(count) - 1] ?? edge, asOf });
}

async function batch(from: bigint, to: bigint, attested?: AttestedStatement): Promise<LedgerBatch> {
  const slice = packed.slice(ENTRY_BYTES * Number(from), ENTRY_BYTES * Number(to));
  return { source: 1, from, packed: slice, attested: attested ?? (await attest(to, to, now)) };
}

async function relayer(gasCeiling = 8_000_000n): Promise<{ ledger: Ledger; reads: ChainReads }> {
  const { rpc, sender } = await chain.sender(LEDGER_ERRORS);
  const reads = createChainReads(rpc, LEDGER_ERRORS);
  const feeTo = accountId({ owner: sender.address, home: 0, sub: 0n });
  return { ledger: createLedger({ rpc, reads, sender, ledger: ledgerAddress, riskManager, feeTo, gasCeiling }), reads };
}

describe('the ledger on a real chain', () => {
  it('names its risk manager', async () => {
    const { reads } = await relayer();
    expect(await readRiskManager({ reads, ledger: ledgerAddress })).toBe(riskManager);
    const nowhere = readRiskManager({ reads, ledger: VAULT });
    await expect(nowhere).rejects.toMatchObject({ code: 'NO_LEDGER' });
  });

  it('is refused at an address without one', async () => {
    const { ledger } = await relayer();
    await expect(ledger.readReplica(7)).rejects.toMatchObject({ code: 'NO_LEDGER', retryable: true });
  });

  it('rejects entries that the statement does not cover, naming the error', async () => {
    const { ledger } = await relayer();
    const { packed: bytes, ...rest } = await batch(0n, 5n);
    const forged = Uint8Array.from(bytes, (byte, at) => (at === 10 ? byte ^ 1 : byte));
    expect(await ledger.apply({ ...rest, packed: forged })).toMatchObject({ kind: 'refused', name: 'HeadMismatch' });
    const thin = await attest(5n, 5n, now);
    const short = { ...thin, signatures: thin.signatures.slice(0, 2 + 2 * 130) as Hex };
    expect(await ledger.apply(await batch(0n, 5n, short))).toMatchObject({ kind: 'refused', name: 'TooFewSignatures' });
  });

  it('applies an attested batch and reads the replica’s new position', async () => {
    const { ledger } = await relayer();
    expect(await ledger.readReplica(1)).toMatchObject({
      edge,
      count: 0n,
      head: edge,
      state: 'LIVE',
      staleAfterS: 5_400n,
    });
    const outcome = await ledger.apply(await batch(0n, 10n));
    expect(outcome.kind).toBe('landed');
    expect(await ledger.readReplica(1)).toMatchObject({ count: 10n, head: heads[9], asOf: now });
  });

  it('accepts a batch that starts below the replica’s count, and rejects one that ends there', async () => {
    const { ledger } = await relayer();
    expect(await ledger.apply(await batch(0n, 10n))).toMatchObject({ kind: 'refused', name: 'NothingNew' });
    expect(await ledger.apply(await batch(5n, 12n))).toMatchObject({ kind: 'landed' });
    expect(await ledger.apply(await batch(13n, 20n))).toMatchObject({ kind: 'refused', name: 'EntriesMissing' });
  });

  it('lets two relayers race to one block: one batch lands, the other relayer learns why its own did not', async () => {
    const [first, second] = [await relayer(), await relayer()];
    await node.ask('evm_setAutomine', [false]);
    await node.ask('evm_setIntervalMining', [1]);
    const work = await batch(12n, 20n);
    const outcomes = await Promise.all([first.ledger.apply(work), second.ledger.apply(work)]);
    await node.ask('evm_setIntervalMining', [0]);
    await node.ask('evm_setAutomine', [true]);
    expect(outcomes.map(({ kind }) => kind).sort()[0]).toBe('landed');
    const lost = outcomes.find(({ kind }) => kind !== 'landed');
    expect(lost).toMatchObject({ kind: 'reverted', name: 'NothingNew' });
    expect(await first.ledger.readReplica(1)).toMatchObject({ count: 20n });
  });

  it('rejects a batch above the gas ceiling before sending; 64 new accounts stay far below 8 M gas', async () => {
    const { ledger } = await relayer(1_000_000n);
    expect(await ledger.apply(await batch(20n, 84n))).toMatchObject({ kind: 'refused', name: 'GAS_ABOVE_CEILING' });
    const { ledger: roomy } = await relayer();
    const outcome = await roomy.apply(await batch(20n, 84n));
    const gasUsed = outcome.kind === 'landed' ? outcome.gasUsed : null;
    expect(gasUsed).toBeGreaterThan(0n);
    expect(gasUsed).toBeLessThan(64n * 48_500n);
  });

  it('accepts a heartbeat for the replica’s own position only', async () => {
    const { ledger } = await relayer();
    const newer = await attest(84n, 84n, now + 60n);
    expect(await ledger.refresh(1, await attest(85n, 85n, now + 60n))).toMatchObject({
      kind: 'refused',
      name: 'NotAtReplica',
    });
    expect(await ledger.refresh(1, newer)).toMatchObject({ kind: 'landed' });
    expect((await ledger.readReplica(1)).asOf).toBe(now + 60n);
    expect(await ledger.refresh(1, await attest(84n, 84n, now))).toMatchObject({ kind: 'refused', name: 'AsOfFell' });
  });

  it('reads an asset’s coverage, and puts a reported coverage in force seven days later', async () => {
    const { ledger } = await relayer();
    const asset = { source: 1, vaultAsset: 1, assetId: 1 };
    const whole = { inForceWad: WAD, reportedWad: WAD, impairedSince: 0n, coverFrom: 0n, lostSeq: 0n };
    expect(await ledger.readCoverage(asset)).toEqual({ ...whole, orphaned: 0n, missing: 0n, found: 0n });
    expect(await ledger.cover(1)).toMatchObject({ kind: 'refused', name: 'NothingToCover' });
    expect(await ledger.writeOff(asset)).toMatchObject({ kind: 'refused', name: 'NothingMissing' });
    const orphan = { source: asset.source, packed: new Uint8Array(95) };
    expect(await ledger.takeBack(orphan)).toMatchObject({ kind: 'refused', name: 'OrphanUnknown' });
    expect(await ledger.apply(await batch(84n, 85n, await attest(85n, 85n, now + 60n)))).toMatchObject({
      kind: 'landed',
    });
    const { impairedSince, coverFrom, ...told } = await ledger.readCoverage(asset);
    expect(told).toMatchObject({ inForceWad: WAD, reportedWad: (3n * WAD) / 4n });
    expect([impairedSince >= now, coverFrom]).toEqual([true, impairedSince + 604_800n]);
    const early = await ledger.cover(1);
    expect(early).toMatchObject({ kind: 'refused', name: 'CoverTooEarly' });
    const date = dateText(coverFrom);
    expect(early.kind === 'refused' ? early.detail : '').toContain(`once its source is known up to ${date}`);
    await node.ask('evm_increaseTime', [604_900]);
    await node.ask('evm_mine', []);
    expect(await ledger.refresh(1, await attest(85n, 85n, coverFrom))).toMatchObject({ kind: 'landed' });
    expect(await ledger.cover(1)).toMatchObject({ kind: 'landed' });
    const inForce = { inForceWad: (3n * WAD) / 4n, reportedWad: (3n * WAD) / 4n, impairedSince: 0n, coverFrom: 0n };
    expect(await ledger.readCoverage(asset)).toMatchObject(inForce);
    now = coverFrom;
  });

  it('stores heads at marks, and reports a conflicting witness instead of applying', async () => {
    const { ledger } = await relayer();
    const marked = { ...(await batch(85n, 90n, await attest(90n, 90n, now + 60n))), marks: [86n, 90n] };
    expect(await ledger.apply(marked)).toMatchObject({ kind: 'landed', contradicted: false });
    const witness = address(`0x${'3c'.repeat(20)}`);
    // A contract that returns the same word for every call: a head of its own.
    await node.ask('anvil_setCode', [witness, `0x7f${'3c'.repeat(32)}5f5260205ff3`]);
    await chain.act(ledgerAddress, collateralLedgerAbi, 'setWitness', [1, 0, witness, true]);
    const next = { ...(await batch(90n, 95n, await attest(95n, 95n, now + 60n))), marks: [93n] };
    expect(await ledger.apply(next)).toMatchObject({ kind: 'landed', contradicted: true });
    expect(await ledger.readReplica(1)).toMatchObject({ count: 90n, state: 'CONTESTED' });
    expect(await ledger.apply(next)).toMatchObject({ kind: 'landed', contradicted: false });
    expect(await ledger.readReplica(1)).toMatchObject({ count: 95n });
  });

  it('pokes prices into the risk manager', async () => {
    const { ledger, reads } = await relayer();
    await chain.act(feed, developmentFeedAbi, 'set', [99_000_000n]);
    expect(await ledger.poke([1])).toMatchObject({ kind: 'landed' });
    const calldata = encodeFunctionData({ abi: riskManagerAbi, functionName: 'priceOf', args: [1] });
    const answer = await reads.call({ to: riskManager, calldata }, 'latest');
    if (answer.kind !== 'answer') throw new Error(answer.revert.detail);
    expect(decodeFunctionResult({ abi: riskManagerAbi, functionName: 'priceOf', data: answer.bytes }).price).toBe(
      990_000_000_000n,
    );
  });

  it('proves its code by hash', async () => {
    const { reads } = await relayer();
    const code = String(await node.ask('eth_getCode', [ledgerAddress, 'latest']));
    expect(await reads.readCodeHash(ledgerAddress)).toBe(bytesToHex(keccak256(hexToBytes(code))));
  });
});
