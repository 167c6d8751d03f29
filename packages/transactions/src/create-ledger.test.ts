import { setTimeout as pause } from 'node:timers/promises';
import {
  attesterSetAbi,
  attesterSetCode,
  collateralLedgerAbi,
  collateralLedgerCode,
  developmentFeedAbi,
  developmentFeedCode,
  feedAdapterAbi,
  feedAdapterCode,
  keccak256,
  ledgerActsAbi,
  ledgerActsCode,
  ledgerGenerationsAbi,
  ledgerGenerationsCode,
  riskManagerAbi,
  riskManagerCode,
} from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Entry,
  type Hex,
  type JournalHead,
  ENTRY_BYTES,
  ZERO_WORD,
  accountId,
  address,
  bytesToHex,
  chainId,
  concatBytes,
  edgeId,
  foldHeads,
  hexToBytes,
  packEntries,
  statementDigest,
  tokenUnits,
} from '@surety/domain';
import type { AttestedStatement, Clock, Ledger, LedgerBatch } from '@surety/workflows';
import { type Abi, decodeFunctionResult, encodeDeployData, encodeFunctionData } from 'viem';
import { type PrivateKeyAccount, generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChainReads, createChainReads } from './chain-reads.js';
import { LEDGER_ERRORS, createLedger } from './create-ledger.js';
import { createRpc } from './rpc.js';
import { type AnvilNode, startAnvil } from './testing/anvil-node.js';
import { createTransactionSender } from './transaction-sender.js';

const CHAIN_ID = 9_102;
const VAULT = address(`0x${'77'.repeat(20)}`);
const clock: Clock = {
  nowMs: () => performance.now(),
  elapsedMs: () => performance.now(),
  sleep: (durationMs, signal) => pause(durationMs, undefined, { signal }).catch(() => undefined),
};

let node: AnvilNode;
let deployer: Address;
let members: PrivateKeyAccount[];
let attesterSet: Address;
let riskManager: Address;
let feed: Address;
let ledgerAddress: Address;
let edge: Bytes32;
let packed: Uint8Array;
let heads: Bytes32[];
let now: bigint;

beforeAll(async () => {
  node = await startAnvil(CHAIN_ID);
  deployer = address(((await node.ask('eth_accounts')) as string[])[0] ?? '');
  now = BigInt(((await node.ask('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }).timestamp);
  members = Array.from({ length: 4 }, () => privateKeyToAccount(generatePrivateKey())).sort((left, right) =>
    left.address.toLowerCase() < right.address.toLowerCase() ? -1 : 1,
  );
  const names = members.map((member) => member.address);
  attesterSet = await deploy(attesterSetAbi, attesterSetCode.creation, [
    names,
    Number(now) - 1_000,
    Number(now) + 10 ** 6,
    deployer,
    deployer,
  ]);
  riskManager = await deploy(riskManagerAbi, riskManagerCode.creation, [deployer]);
  const source = await deploy(developmentFeedAbi, developmentFeedCode.creation, [
    deployer,
    8,
    'USDC / USD',
    100_000_000n,
  ]);
  feed = source;
  const bounds = { aggregator: source, maxAgeS: 3_600, maxAheadS: 60, minPrice1e12: 1n, maxPrice1e12: 10n ** 18n };
  const adapter = await deploy(feedAdapterAbi, feedAdapterCode.creation, [bounds]);
  const init = {
    attesterSet,
    riskManager,
    governor: deployer,
    guardian: deployer,
    pauser: deployer,
    riskAdmin: deployer,
    development: true,
  };
  const acts = await deploy(ledgerActsAbi, ledgerActsCode.creation, [init]);
  const generations = await deploy(ledgerGenerationsAbi, ledgerGenerationsCode.creation, [init]);
  ledgerAddress = await deploy(collateralLedgerAbi, collateralLedgerCode.creation, [init, acts, generations]);
  await act(riskManager, riskManagerAbi, 'listUnderlying', [1, adapter, 3_600]);
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
  await act(ledgerAddress, collateralLedgerAbi, 'listSource', [listing]);
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
  await act(ledgerAddress, collateralLedgerAbi, 'listAsset', [asset]);
  edge = edgeId(
    {
      originChainId: chainId(9_001),
      journal: VAULT,
      destinationChainId: chainId(CHAIN_ID),
      replica: ledgerAddress,
      generation: 0,
      previousHead: ZERO_WORD,
    },
    keccak256,
  );
  packed = packEntries(Array.from({ length: 600 }, (_, at) => lock(at)));
  heads = foldHeads({ count: 0n, head: edge }, packed, keccak256);
}, 60_000);

afterAll(() => node.stop());

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

async function deploy(abi: Abi, creation: string, args: readonly unknown[]): Promise<Address> {
  const receipt = await send({ data: encodeDeployData({ abi, bytecode: creation as Hex, args: [...args] }) });
  return address(String(receipt['contractAddress']));
}

async function act(to: Address, abi: Abi, functionName: string, args: readonly unknown[]): Promise<void> {
  const receipt = await send({ to, data: encodeFunctionData({ abi, functionName, args: [...args] }) });
  if (receipt['status'] !== '0x1') throw new Error(`${functionName} reverted`);
}

async function send(transaction: Record<string, string>): Promise<Record<string, unknown>> {
  const hash = await node.ask('eth_sendTransaction', [{ from: deployer, gas: '0x1000000', ...transaction }]);
  for (;;) {
    const receipt = (await node.ask('eth_getTransactionReceipt', [hash])) as Record<string, unknown> | null;
    if (receipt !== null) return receipt;
    await pause(5);
  }
}

async function attest(count: bigint, tip: bigint, asOf: bigint): Promise<AttestedStatement> {
  const statement: JournalHead = {
    edge,
    count,
    tip,
    head: heads[Number(count) - 1] ?? edge,
    blockNumber: tip,
    blockHash: `0x${'12'.repeat(32)}` as JournalHead['blockHash'],
    asOf,
    epoch: 1,
  };
  const digest = statementDigest(statement, { chainId: chainId(CHAIN_ID), verifyingContract: attesterSet }, keccak256);
  const signatures = await Promise.all(members.slice(0, 3).map((member) => member.sign({ hash: digest })));
  return {
    statement,
    signers: members.slice(0, 3).map((member) => address(member.address)),
    signatures: bytesToHex(concatBytes(...signatures.map((one) => hexToBytes(one, 65)))),
  };
}

async function batch(from: bigint, to: bigint, attested?: AttestedStatement): Promise<LedgerBatch> {
  const slice = packed.slice(ENTRY_BYTES * Number(from), ENTRY_BYTES * Number(to));
  return { source: 1, from, packed: slice, attested: attested ?? (await attest(to, to, now)) };
}

async function relayer(gasCeiling = 8_000_000n): Promise<{ ledger: Ledger; reads: ChainReads }> {
  const account = privateKeyToAccount(generatePrivateKey());
  await node.ask('anvil_setBalance', [account.address, '0xde0b6b3a7640000']);
  const rpc = createRpc({ chainId: CHAIN_ID, endpoints: [{ name: 'local', url: node.url }], timeoutMs: 5_000 });
  const sender = createTransactionSender({
    rpc,
    account,
    policy: {
      maxFeePerGasCap: 10n ** 11n,
      maxPriorityFeePerGasCap: 10n ** 10n,
      minPriorityFeePerGas: 1n,
      pollIntervalMs: 10,
      replaceAfterMs: 60_000,
      confirmations: 1,
      takeoverAfterMs: 60_000,
    },
    clock,
    observer: { observe: () => undefined },
    errors: LEDGER_ERRORS,
  });
  const reads = createChainReads(rpc, LEDGER_ERRORS);
  const feeTo = accountId({ owner: address(account.address), home: 0, sub: 0n });
  return { ledger: createLedger({ rpc, reads, sender, ledger: ledgerAddress, riskManager, feeTo, gasCeiling }), reads };
}

describe('the ledger of a real chain', () => {
  it('is not found where there is none', async () => {
    const { ledger } = await relayer();
    await expect(ledger.readReplica(7)).rejects.toMatchObject({ code: 'NO_LEDGER', retryable: true });
  });

  it('refuses entries that the statement does not cover, by the name of the error', async () => {
    const { ledger } = await relayer();
    const { packed: bytes, ...rest } = await batch(0n, 5n);
    const forged = Uint8Array.from(bytes, (byte, at) => (at === 10 ? byte ^ 1 : byte));
    expect(await ledger.apply({ ...rest, packed: forged })).toMatchObject({ kind: 'refused', name: 'HeadMismatch' });
    const thin = await attest(5n, 5n, now);
    const short = { ...thin, signatures: thin.signatures.slice(0, 2 + 2 * 130) as Hex };
    expect(await ledger.apply(await batch(0n, 5n, short))).toMatchObject({ kind: 'refused', name: 'TooFewSignatures' });
  });

  it('applies an attested batch and shows the position of its replica', async () => {
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

  it('takes a batch that begins below the replica’s count, and refuses one that ends there', async () => {
    const { ledger } = await relayer();
    expect(await ledger.apply(await batch(0n, 10n))).toMatchObject({ kind: 'refused', name: 'NothingNew' });
    expect(await ledger.apply(await batch(5n, 12n))).toMatchObject({ kind: 'landed' });
    expect(await ledger.apply(await batch(13n, 20n))).toMatchObject({ kind: 'refused', name: 'EntriesMissing' });
  });

  it('lets two relayers race to one block: one effect, the other one is told why', async () => {
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

  it('stops at the gas ceiling before anything is sent; 64 new accounts stay far below 8 M gas', async () => {
    const { ledger } = await relayer(1_000_000n);
    expect(await ledger.apply(await batch(20n, 84n))).toMatchObject({ kind: 'refused', name: 'GAS_ABOVE_CEILING' });
    const { ledger: roomy } = await relayer();
    const outcome = await roomy.apply(await batch(20n, 84n));
    const gasUsed = outcome.kind === 'landed' ? outcome.gasUsed : null;
    expect(gasUsed).toBeGreaterThan(0n);
    expect(gasUsed).toBeLessThan(64n * 48_500n);
  });

  it('takes freshness for the replica’s own position only', async () => {
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

  it('stores heads at marks, and tells of a witness that showed another one instead of applying', async () => {
    const { ledger } = await relayer();
    const marked = { ...(await batch(84n, 90n, await attest(90n, 90n, now + 60n))), marks: [86n, 90n] };
    expect(await ledger.apply(marked)).toMatchObject({ kind: 'landed', contradicted: false });
    const witness = address(`0x${'3c'.repeat(20)}`);
    // A contract that answers every question with one word: a head of its own.
    await node.ask('anvil_setCode', [witness, `0x7f${'3c'.repeat(32)}5f5260205ff3`]);
    await act(ledgerAddress, collateralLedgerAbi, 'setWitness', [1, 0, witness, true]);
    const next = { ...(await batch(90n, 95n, await attest(95n, 95n, now + 60n))), marks: [93n] };
    expect(await ledger.apply(next)).toMatchObject({ kind: 'landed', contradicted: true });
    expect(await ledger.readReplica(1)).toMatchObject({ count: 90n, state: 'CONTESTED' });
    expect(await ledger.apply(next)).toMatchObject({ kind: 'landed', contradicted: false });
    expect(await ledger.readReplica(1)).toMatchObject({ count: 95n });
  });

  it('pokes prices into the risk manager', async () => {
    const { ledger, reads } = await relayer();
    await act(feed, developmentFeedAbi, 'set', [99_000_000n]);
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
