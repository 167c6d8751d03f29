import {
  collateralVaultAbi,
  collateralVaultCode,
  developmentTokenAbi,
  developmentTokenCode,
  keccak256,
  vaultModules,
} from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  ENTRY_BYTES,
  type Entry,
  ZERO_WORD,
  accountId,
  address,
  bytes32,
  bytesToHex,
  chainId,
  edgeBetween,
  edgeId,
  foldHeads,
  packEntries,
  tokenUnits,
} from '@surety/domain';
import { systemClock } from '@surety/process';
import {
  type AttestedStatement,
  type EntryBatch,
  type OpenPayment,
  type RelayEdgeDeps,
  type Vault,
  freshPayMemory,
  payReleasesOnce,
  relayOnce,
  replicaOfVault,
} from '@surety/workflows';
import { decodeFunctionData, encodeFunctionData } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChainReads } from './chain-reads.js';
import { VAULT_ERRORS, createVault } from './create-vault.js';
import { transactionError } from './errors.js';
import { PAY_GAS } from './limits.js';
import { createRpc } from './rpc.js';
import type { AnvilNode } from './testing/anvil-node.js';
import { type AttestedChain, startAttestedChain } from './testing/attested-chain.js';

const CHAIN_ID = 9_105;
const SETTLEMENT = 9_200n;
const LEDGER = address(`0x${'77'.repeat(20)}`);
const COUNT = 40;
let chain: AttestedChain;
let node: AnvilNode;
let deployer: Address;
let token: Address;
let vaultAddress: Address;
let edge: Bytes32;
let packed: Uint8Array;
let heads: Bytes32[];
let now: bigint;

beforeAll(async () => {
  chain = await startAttestedChain(CHAIN_ID);
  const { attesterSet } = chain;
  ({ node, deployer, now } = chain);
  token = await chain.deploy(developmentTokenAbi, developmentTokenCode.creation, ['USD Coin', 'USDC', 6]);
  const init = {
    settlementChainId: SETTLEMENT,
    ledger: LEDGER,
    source: 1,
    attesterSet,
    governor: deployer,
    guardian: deployer,
    pauser: deployer,
    development: true,
  };
  const modules: Address[] = [];
  for (const { abi, code } of vaultModules) modules.push(await chain.deploy(abi, code.creation, [init]));
  vaultAddress = await chain.deploy(collateralVaultAbi, collateralVaultCode.creation, [init, modules]);
  await chain.act(vaultAddress, collateralVaultAbi, 'listAsset', [token, 6, 1n, 10n ** 12n, 10n ** 12n]);
  await chain.act(token, developmentTokenAbi, 'mint', [deployer, 10n ** 12n]);
  await chain.act(token, developmentTokenAbi, 'approve', [vaultAddress, 10n ** 12n]);
  const account = accountId({ owner: deployer, home: 0, sub: 0n });
  await chain.act(vaultAddress, collateralVaultAbi, 'lock', [1, 10n ** 12n, account, ZERO_WORD, 0n, 0]);
  const ends = { settlementChainId: SETTLEMENT, ledger: LEDGER, vaultChainId: chainId(CHAIN_ID), vault: vaultAddress };
  edge = edgeId(edgeBetween(ends, 'to-vault'), keccak256);
  packed = packEntries([...Array.from({ length: COUNT }, (_, at) => release(at)), LOSS]);
  heads = foldHeads({ count: 0n, head: edge }, packed, keccak256);
});

afterAll(() => node.stop());

/** Units on lines of the ledger for which nothing was ever locked. */
const LOSS: Entry = {
  kind: 'LOST',
  asset: 1,
  amount: tokenUnits(10n ** 12n),
  account: ZERO_WORD,
  party: ZERO_WORD,
  fee: tokenUnits(0n),
};

const recipientOf = (at: number): Address => address(`0x${(at + 1).toString(16).padStart(40, 'd')}`);

function release(at: number): Entry {
  return {
    kind: 'RELEASE',
    asset: 1,
    amount: tokenUnits(5_000_000n),
    account: accountId({ owner: deployer, home: 0, sub: 0n }),
    party: bytes32(`0x${'0'.repeat(24)}${recipientOf(at).slice(2)}`),
    fee: tokenUnits(10n),
  };
}

async function balanceOf(owner: Address): Promise<bigint> {
  const data = encodeFunctionData({ abi: developmentTokenAbi, functionName: 'balanceOf', args: [owner] });
  return BigInt(String(await node.ask('eth_call', [{ to: token, data }, 'latest'])));
}

function attest(count: bigint, asOf: bigint): Promise<AttestedStatement> {
  return chain.attest({ edge, count, tip: count, head: heads[Number(count) - 1] ?? edge, asOf });
}

const slice = (from: bigint, to: bigint): Uint8Array =>
  packed.slice(ENTRY_BYTES * Number(from), ENTRY_BYTES * Number(to));
const batch = async (from: bigint, to: bigint): Promise<EntryBatch> => ({
  from,
  packed: slice(from, to),
  attested: await attest(to, now),
});

async function relayer(): Promise<{ vault: Vault; feeTo: Address }> {
  const { rpc, sender } = await chain.sender(VAULT_ERRORS);
  const reads = createChainReads(rpc, VAULT_ERRORS);
  const feeTo = sender.address;
  const vault = createVault({ rpc, reads, sender, vault: vaultAddress, source: 1, feeTo, gasCeiling: 8_000_000n });
  return { vault, feeTo };
}

describe('the vault on a real chain', () => {
  it('is refused at an address without one', async () => {
    const rpc = createRpc({
      chainId: CHAIN_ID,
      endpoints: [{ name: 'local', url: node.url }],
      timeoutMs: 5_000,
      clock: systemClock,
    });
    const reads = createChainReads(rpc, VAULT_ERRORS);
    const { vault } = await relayer();
    expect(await vault.readReplica()).toMatchObject({ source: 1, edge, count: 0n, head: edge, state: 'LIVE' });
    const sender = { address: deployer } as Parameters<typeof createVault>[0]['sender'];
    const nowhere = createVault({ rpc, reads, sender, vault: LEDGER, source: 1, feeTo: deployer, gasCeiling: 1n });
    await expect(nowhere.readReplica()).rejects.toMatchObject({ code: 'NO_VAULT', retryable: true });
  });

  it('rejects entries that the statement does not cover, and payments that it has not recorded', async () => {
    const { vault } = await relayer();
    const { packed: bytes, ...rest } = await batch(0n, 5n);
    const forged = Uint8Array.from(bytes, (byte, at) => (at === 10 ? byte ^ 1 : byte));
    expect(await vault.applyReleases({ ...rest, packed: forged })).toMatchObject({
      kind: 'refused',
      name: 'HeadMismatch',
    });
    expect(await vault.pay({ seq: 1n, packed: slice(0n, 1n) })).toMatchObject({
      kind: 'refused',
      name: 'PaymentStateMismatch',
    });
    expect((await vault.readPayment(1n)).state).toBe('NONE');
  });

  it('gives back or refunds nothing that is neither claimable nor stopped', async () => {
    const { vault } = await relayer();
    const payment = { seq: 1n, packed: slice(0n, 1n) };
    const mismatch = { kind: 'refused', name: 'PaymentStateMismatch' };
    expect(await vault.giveBack(payment)).toMatchObject(mismatch);
    expect(await vault.refund(payment)).toMatchObject(mismatch);
    expect((await vault.readPayment(1n)).isRefunded).toBe(false);
  });

  it('records releases and pays one: amount less fee to the recipient, the fee to the payer', async () => {
    const { vault, feeTo } = await relayer();
    expect(await vault.applyReleases(await batch(0n, 4n))).toMatchObject({ kind: 'landed' });
    expect(await vault.readReplica()).toMatchObject({ count: 4n, head: heads[3], asOf: now });
    const payment = await vault.readPayment(1n);
    expect(payment.state).toBe('QUEUED');
    expect(payment.entryHash).toBe(bytesToHex(keccak256(slice(0n, 1n)).slice(0, 25)));
    expect(payment.readyAt).toBeLessThanOrEqual(payment.timestamp);
    const outcome = await vault.pay({ seq: 1n, packed: slice(0n, 1n) });
    expect(outcome.kind === 'landed' ? outcome.gasUsed : null).toBeLessThanOrEqual(PAY_GAS);
    expect([await balanceOf(recipientOf(0)), await balanceOf(feeTo)]).toEqual([4_999_990n, 10n]);
    expect((await vault.readPayment(1n)).state).toBe('PAID');
    expect(await vault.readPayCostWei()).toBeGreaterThan(0n);
  });

  it('tries a transfer as the vault would make it', async () => {
    const { vault } = await relayer();
    const { accounted } = await vault.readHolding(1);
    const one = release(1);
    const to = (recipient: string) => ({ ...one, party: bytes32(`0x${recipient.slice(2).padStart(64, '0')}`) });
    const tried = [one, { ...one, amount: tokenUnits(accounted + 11n) }, { ...one, fee: one.amount }];
    tried.push(to('0x0'), to(vaultAddress), to(token), to(`0x1${'0'.repeat(40)}`));
    expect(await Promise.all(tried.map((entry) => vault.tryTransfer(entry)))).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('tries a lock where the recipient is the vault’s successor', async () => {
    const { rpc, sender } = await chain.sender(VAULT_ERRORS);
    const honest = createChainReads(rpc, VAULT_ERRORS);
    const [view, names] = [encodeFunctionData({ abi: collateralVaultAbi, functionName: 'successor' }), [] as string[]];
    const call: typeof honest.call = async (request, at, signal) => {
      if (request.calldata === view) return { kind: 'answer', bytes: `0x${recipientOf(1).slice(2).padStart(64, '0')}` };
      const isOwn = 'from' in request && request.from === vaultAddress;
      if (isOwn) names.push(decodeFunctionData({ abi: collateralVaultAbi, data: request.calldata }).functionName);
      return honest.call(request, at, signal);
    };
    const options = { rpc, sender, vault: vaultAddress, source: 1, feeTo: sender.address, gasCeiling: 8_000_000n };
    const vault = createVault({ ...options, reads: { ...honest, call } });
    expect([await vault.tryTransfer(release(1)), names]).toEqual([false, ['lockExactly']]);
    expect([await vault.tryTransfer(release(2)), names]).toEqual([true, ['lockExactly', 'transferExactly']]);
  });

  it('accepts a newer statement of its own position only', async () => {
    const { vault } = await relayer();
    expect(await vault.refresh(await attest(4n, now + 30n))).toMatchObject({ kind: 'landed' });
    expect((await vault.readReplica()).asOf).toBe(now + 30n);
    expect(await vault.refresh(await attest(5n, now + 31n))).toMatchObject({ kind: 'refused', name: 'NotAtReplica' });
    now += 30n;
  });

  it('notes a changed token code and its restoration, each once', async () => {
    const { vault } = await relayer();
    const code = await node.ask('eth_getCode', [token, 'latest']);
    expect(await vault.noteCode(1)).toMatchObject({ kind: 'refused', name: 'NothingToNote' });
    await node.ask('anvil_setCode', [token, '0x00']);
    expect(await vault.noteCode(1)).toMatchObject({ kind: 'landed' });
    expect(await vault.noteCode(1)).toMatchObject({ kind: 'refused', name: 'NothingToNote' });
    await node.ask('anvil_setCode', [token, code]);
    expect(await vault.noteCode(1)).toMatchObject({ kind: 'landed' });
  });

  it('reads no balance of a token that ends in an invalid instruction, and throws what is a provider’s own', async () => {
    const { vault } = await relayer();
    const code = await node.ask('eth_getCode', [token, 'latest']);
    await node.ask('anvil_setCode', [token, '0xfe']);
    expect((await vault.readHolding(1)).held).toBeNull();
    expect(await vault.tryTransfer(release(1))).toBe(true);
    await node.ask('anvil_setCode', [token, code]);
    const { rpc, sender } = await chain.sender(VAULT_ERRORS);
    const honest = createChainReads(rpc, VAULT_ERRORS);
    const seen: unknown[] = [];
    for (const detail of [
      'invalid opcode: INVALID',
      'Bad instruction fe',
      'daily request limit',
      'EVM error: Database',
    ]) {
      const call: typeof honest.call = async (request, at, signal) => {
        if (request.to === token) throw transactionError('RPC_REFUSED', detail, { rpc_code: -32_000, detail });
        return honest.call(request, at, signal);
      };
      const options = { rpc, sender, vault: vaultAddress, source: 1, feeTo: sender.address, gasCeiling: 8_000_000n };
      const refused = createVault({ ...options, reads: { ...honest, call } });
      seen.push(
        await refused
          .readHolding(1)
          .then(({ held }) => held)
          .catch((error: Error) => error.message),
      );
    }
    expect(seen).toEqual([null, null, 'daily request limit', 'EVM error: Database']);
  });

  it('reports a shortage once, shows it, pays nothing meanwhile, and reports its end', async () => {
    const { vault } = await relayer();
    const whole = await vault.readHolding(1);
    expect(whole).toMatchObject({ held: whole.accounted, reportedWad: 10n ** 18n, shortSince: 0n, hasEnded: false });
    await node.ask('anvil_impersonateAccount', [vaultAddress]);
    await node.ask('anvil_setBalance', [vaultAddress, '0xde0b6b3a7640000']);
    await chain.act(token, developmentTokenAbi, 'transfer', [deployer, whole.accounted / 4n], vaultAddress);
    await node.ask('anvil_stopImpersonatingAccount', [vaultAddress]);
    const payment = { seq: 2n, packed: slice(1n, 2n) };
    expect(await vault.pay(payment)).toMatchObject({ kind: 'refused', name: 'AssetShort' });
    expect(await vault.report(1)).toMatchObject({ kind: 'landed' });
    const short = await vault.readHolding(1);
    expect(short.reportedWad).toBe(((short.held ?? 0n) * 10n ** 18n) / short.accounted);
    expect([short.shortSince > 0n, short.reportedWad < 10n ** 18n]).toEqual([true, true]);
    const again = await vault.report(1);
    expect(again).toMatchObject({ kind: 'refused', name: 'ReportTooSoon' });
    const told =
      'the coverage of asset 1, 75.00 %, is no less than the last report told; that is reported again from 20';
    expect(again.kind === 'refused' ? again.detail : '').toContain(told);
    const waiting = await vault.pay(payment);
    expect(waiting.kind === 'refused' ? waiting.detail : '').toContain(`the vault holds ${short.held} of the`);
    await chain.act(token, developmentTokenAbi, 'transfer', [vaultAddress, whole.accounted / 4n]);
    expect(await vault.report(1)).toMatchObject({ kind: 'landed' });
    expect(await vault.readHolding(1)).toEqual(whole);
  });

  it('lets two relayers race with batches and payments: every release is paid once, and both finish', async () => {
    await node.ask('evm_setAutomine', [false]);
    await node.ask('evm_setIntervalMining', [1]);
    const racers = [await relayer(), await relayer()];
    const hints = {
      readPayments: async (_edge: Bytes32, after: bigint): Promise<OpenPayment[]> =>
        Array.from({ length: COUNT }, (_, at) => BigInt(at + 1))
          .filter((seq) => seq > after)
          .map((seq) => ({ seq, packed: slice(seq - 1n, seq), readyAt: 0n })),
    };
    const attested = [await attest(20n, now), await attest(BigInt(COUNT), now)];
    const source = {
      readAttested: async (_edge: Bytes32, { after }: { after: bigint }) =>
        attested.filter(({ statement }) => statement.count > after),
      readEntries: async (_edge: Bytes32, from: bigint, to: bigint) => slice(from, to),
    };
    const observer = { observe: () => undefined };
    const work = racers.map(async ({ vault }) => {
      const policy = { pollIntervalMs: 20, gasCeiling: 8_000_000n, refreshShareBps: 5_000 };
      const relay: RelayEdgeDeps = {
        source: 1,
        direction: 'to-vault',
        edge,
        nameOf: () => edge,
        sources: [source],
        replica: replicaOfVault(vault),
        clock: systemClock,
        observer,
        policy,
      };
      const relayed = await relayOnce(relay);
      const memory = freshPayMemory();
      const pay = { mode: 'all', subsidyWei: 0n, pollIntervalMs: 20, parallel: 8 } as const;
      const readWorthWei = async (): Promise<null> => null;
      const paying = {
        source: 1,
        edge,
        hints: [hints],
        vault,
        clock: systemClock,
        observer,
        policy: pay,
        readWorthWei,
      };
      const counts = await payReleasesOnce(paying, memory);
      return { count: relayed.count, failing: counts.get('failing') ?? 0, paid: counts.get('paid') ?? 0 };
    });
    const ends = await Promise.all(work);
    expect(ends.map(({ count }) => count)).toEqual([BigInt(COUNT), BigInt(COUNT)]);
    expect(ends.map(({ failing }) => failing)).toEqual([0, 0]);
    expect(ends.reduce((sum, { paid }) => sum + paid, 0)).toBe(COUNT - 1);
    const balances = await Promise.all(Array.from({ length: COUNT }, (_, at) => balanceOf(recipientOf(at))));
    expect(balances).toEqual(balances.map(() => 4_999_990n));
    const earned = await Promise.all(racers.map(({ feeTo }) => balanceOf(feeTo)));
    expect(earned.reduce((sum, one) => sum + one, 0n)).toBe(10n * BigInt(COUNT - 1));
    await node.ask('evm_setIntervalMining', [0]);
    await node.ask('evm_setAutomine', [true]);
  });

  it('takes a loss one day after its replay, never as a payment, and lowers its coverage', async () => {
    const { vault } = await relayer();
    const loss = { seq: BigInt(COUNT + 1), packed: slice(BigInt(COUNT), BigInt(COUNT + 1)) };
    expect(await vault.applyReleases(await batch(BigInt(COUNT), loss.seq))).toMatchObject({ kind: 'landed' });
    expect(await vault.takeLoss(loss)).toMatchObject({ kind: 'refused', name: 'PaymentNotReady' });
    const mistaken = await vault.pay(loss);
    expect(mistaken).toMatchObject({ kind: 'refused', name: 'EntryKindMismatch' });
    expect(mistaken.kind === 'refused' ? mistaken.detail : '').toContain('is a loss, not a release: call takeLoss');
    await node.ask('evm_increaseTime', [86_400]);
    await node.ask('evm_mine', []);
    const { accounted, held } = await vault.readHolding(1);
    expect(await vault.takeLoss(loss)).toMatchObject({ kind: 'landed' });
    expect((await vault.readPayment(loss.seq)).state).toBe('PAID');
    const reportedWad = ((held ?? 0n) * 10n ** 18n) / (accounted + LOSS.amount);
    expect(await vault.readHolding(1)).toMatchObject({ accounted: accounted + LOSS.amount, held, reportedWad });
    expect(await vault.takeLoss(loss)).toMatchObject({ kind: 'refused', name: 'PaymentStateMismatch' });
  });
});
