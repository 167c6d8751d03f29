import {
  collateralLedgerAbi,
  collateralVaultAbi,
  developmentTokenAbi,
  keccak256,
  replicaSlots,
} from '@surety/contracts';
import {
  type Address,
  type BlockHeight,
  type Bytes32,
  type EdgeDirection,
  accountId,
  address,
  appendHead,
  blockHash,
  bytesToHex,
  emptyJournal,
  packEntry,
  parseAccountId,
  tokenUnits,
} from '@surety/domain';
import type { VerifiedFrame } from '@surety/workflows';
import { BaseError, ContractFunctionRevertedError, createPublicClient, encodeFunctionData, http } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestChain } from '../testing/test-chain.js';
import { TwoChainLine } from '../testing/two-chain-line.js';
import {
  type ExitPlace,
  proveExitClaimant,
  proveExitLine,
  proveExitOpening,
  proveExitParked,
  proveExitUnsettled,
} from './exit-proof.js';
import type { Nodes } from './prove-slots.js';
import type { AskNode } from './prove-slots.js';

const DAY_S = 86_400;
const PARKED = 5_000_000n;
const STRANGER = address('0x70997970c51812dc3a010c7d01b50e0d17dc79c8');
const RECIPIENT = address('0x00000000000000000000000000000000000c0de1');
const NOTHING: Bytes32 = `0x${'00'.repeat(32)}` as Bytes32;
const account = TwoChainLine.account;
const { owner } = parseAccountId(account);
const committed = accountId({ owner, home: 0, sub: 1n });

describe('the exit of a real vault, with proofs of the real ledger from a node', () => {
  let line: TwoChainLine;
  let vault: Address;
  let place: ExitPlace;
  let ask: AskNode;
  let client: ReturnType<typeof createPublicClient>;

  /** Calls the vault as the owner and returns the result. */
  async function act(functionName: string, args: readonly unknown[] = []): Promise<unknown> {
    const call = { address: vault, abi: collateralVaultAbi, functionName, args, account: owner } as never;
    const { result } = await client.simulateContract(call);
    await line.call(line.collateral, vault, { abi: collateralVaultAbi, functionName, args });
    return result;
  }

  /** Returns the name of the error with which the vault rejects a call. */
  async function refusalOf(functionName: string, args: readonly unknown[], caller: Address = owner): Promise<unknown> {
    const call = { address: vault, abi: collateralVaultAbi, functionName, args, account: caller } as never;
    try {
      await client.simulateContract(call);
    } catch (error) {
      const reverted = error instanceof BaseError && error.walk((one) => one instanceof ContractFunctionRevertedError);
      return reverted instanceof ContractFunctionRevertedError ? reverted.data?.errorName : error;
    }
    return 'none';
  }

  async function lineClaim(of: Bytes32, amount: bigint, protocol = 0): Promise<readonly unknown[]> {
    const claimant = await proveExitClaimant(ask, { ...place, account: of });
    const { assetId } = line.line(1);
    const proven = await proveExitLine(ask, { ...place, account: of, assetId });
    const { header: headerProof, operator: operatorProof, shares: shareProofs } = claimant;
    const rights = { headerProof, operatorProof, protocol, shareProofs, unsettledProof: await unsettled() };
    return [{ account: of, amount, recipient: RECIPIENT, ...rights }, assetId, proven.line, proven.asset];
  }

  const unsettled = (): Promise<Nodes> => proveExitUnsettled(ask, { ...place, source: 1, vaultAsset: 1 });

  /** Pays a claim once it is due. */
  async function pay(seq: unknown, amount: bigint): Promise<void> {
    const read = { address: vault, abi: collateralVaultAbi } as const;
    const { readyAt } = await client.readContract({ ...read, functionName: 'payment', args: [seq as bigint] });
    const { timestamp } = await client.getBlock();
    if (BigInt(readyAt) > timestamp) await line.pass(Number(BigInt(readyAt) - timestamp));
    const party = `0x${'00'.repeat(12)}${RECIPIENT.slice(2)}` as Bytes32;
    const entry = {
      kind: 'RELEASE',
      asset: 1,
      account,
      party,
      amount: tokenUnits(amount),
      fee: tokenUnits(0n),
    } as const;
    await act('pay', [seq, bytesToHex(packEntry(entry)), owner]);
  }

  const lockEntry = (amount: bigint, of: Bytes32 = account): Uint8Array =>
    packEntry({
      kind: 'LOCK',
      asset: 1,
      account: of,
      party: NOTHING,
      amount: tokenUnits(amount),
      fee: tokenUnits(0n),
    });

  async function held(): Promise<bigint> {
    const token = await client.readContract({
      address: vault,
      abi: collateralVaultAbi,
      functionName: 'assetOf',
      args: [1],
    });
    const abi = developmentTokenAbi;
    return client.readContract({ address: token.token, abi, functionName: 'balanceOf', args: [RECIPIENT] });
  }

  beforeAll(async () => {
    line = await TwoChainLine.start({ settlement: 41_300, collateral: 41_301 });
    const [settlement, collateral] = [await openTestChain(line.settlement), await openTestChain(line.collateral)];
    const frameOf = async (direction: EdgeDirection): Promise<VerifiedFrame> => {
      const journal = line.line(1).journals[direction];
      const { chain } = direction === 'to-ledger' ? collateral : settlement;
      const after = emptyJournal(journal.edge, keccak256);
      return chain.readFrame({ journal, block: await chain.readFinalTip(), after, afterBlock: 0n as BlockHeight });
    };
    vault = line.line(1).vault;
    client = createPublicClient({ transport: http(line.collateral.url) });
    ask = (method, params) => line.settlement.rpc(method, params);

    await line.lock(1, 1_000_000_000n);
    await act('lock', [1, 30_000_000n, committed, NOTHING, 0n, 1]);
    await line.pass(1);
    await line.apply(1, await frameOf('to-ledger'));
    const optIn = { abi: collateralLedgerAbi, functionName: 'optIn', args: [committed, line.attesterSet] };
    await line.call(line.settlement, line.ledger, optIn);
    // Any contract may be a protocol of a sub-account; this one registers a quarter, claimed by the key that owns
    // everything.
    const share = { abi: collateralLedgerAbi, functionName: 'setExitShare', args: [committed, owner, 2_500] } as const;
    await line.settlement.rpc('anvil_impersonateAccount', [line.attesterSet]);
    await line.settlement.rpc('anvil_setBalance', [line.attesterSet, '0xde0b6b3a7640000']);
    const data = encodeFunctionData(share);
    await line.settlement.send({ from: line.attesterSet, to: line.ledger, data, gas: '0x2dc6c0' });
    await line.pass(3 * DAY_S);
    // The ledger's cap is lowered, so it parks the next lock.
    const setCap = { abi: collateralLedgerAbi, functionName: 'setCap', args: [line.line(1).assetId, 1n] };
    await line.call(line.settlement, line.ledger, setCap);
    await line.lock(1, PARKED);
    await line.pass(1);
    await line.apply(1, await frameOf('to-ledger'));
    await line.release(1, 100_000_000n);
    await line.pass(1);
    await line.apply(1, await frameOf('to-vault'));
    // From here on nothing is attested or relayed, and all off-chain data is lost.
    await line.lock(1, 7_000_000n);
    const { anchor } = replicaSlots(line.line(1).journals['to-vault'].edgeId);
    const word = String(await line.collateral.rpc('eth_getStorageAt', [vault, anchor, 'latest']));
    place = { ledger: line.ledger, anchor: blockHash(word) };
  });
  afterAll(() => line.stop());

  it('takes 30 days without statements and 7 more, and opens by the proof of the anchor block alone', async () => {
    const { edgeId: toLedger } = line.line(1).journals['to-ledger'];
    const { edgeId: toVault } = line.line(1).journals['to-vault'];
    const { opening, journal, applied } = await proveExitOpening(ask, { ...place, toLedger, toVault });
    expect([journal.count, applied.count]).toEqual([1n, 3n]);
    // The entries that the ledger had not applied lead from its head to the end of the vault's journal.
    const notApplied = bytesToHex(lockEntry(7_000_000n));
    expect(await refusalOf('announceExit', [])).toBe('ExitTooEarly');
    await line.pass(30 * DAY_S);
    await act('announceExit');
    await line.pass(7 * DAY_S - 600);
    expect(await refusalOf('openExit', [opening, notApplied])).toBe('ExitTooEarly');
    await line.pass(600);
    const newest = (await ask('eth_getBlockByNumber', ['latest', false])) as { hash: string };
    const elsewhere = { ...place, anchor: blockHash(newest.hash), toLedger, toVault };
    const { opening: other } = await proveExitOpening(ask, elsewhere);
    expect(await refusalOf('openExit', [other, notApplied])).toBe('ExitAnchorMismatch');
    expect(await refusalOf('openExit', [opening, '0x'])).toBe('ExitHeadUnknown');
    await act('openExit', [opening, notApplied]);
    const status = await client.readContract({ address: vault, abi: collateralVaultAbi, functionName: 'exitStatus' });
    expect(status).toMatchObject({ count: 1n, applied: 3n, claims: 0n, anchor: place.anchor });
    expect(status.openedAt).toBeGreaterThan(0);
  });

  it('pays a line to its owner, once, and to no one else', async () => {
    const claim = await lineClaim(account, 600_000_000n);
    expect(await refusalOf('claimLine', claim, STRANGER)).toBe('ExitNotOwner');
    await pay(await act('claimLine', claim), 600_000_000n);
    expect(await held()).toBe(600_000_000n);
    expect(await refusalOf('claimLine', claim)).toBe('ExitAmountRefused');
    await pay(await act('claimLine', await lineClaim(account, 300_000_000n)), 300_000_000n);
    expect(await held()).toBe(900_000_000n);
    expect(await refusalOf('claimLine', await lineClaim(account, 1n))).toBe('ExitAmountRefused');
  });

  it('pays a lock that the ledger had not applied', async () => {
    const { edge } = line.line(1).journals['to-ledger'];
    let { head } = emptyJournal(edge, keccak256);
    for (const applied of [lockEntry(1_000_000_000n), lockEntry(30_000_000n, committed), lockEntry(PARKED)]) {
      head = appendHead(head, applied, keccak256);
    }
    const whole = { headerProof: [], operatorProof: [], protocol: 0, shareProofs: [], unsettledProof: [] };
    const claim = { account, amount: 7_000_000n, recipient: RECIPIENT, ...whole };
    const args = [claim, 4n, head, bytesToHex(lockEntry(7_000_000n))];
    await pay(await act('claimEntry', args), 7_000_000n);
    expect(await held()).toBe(907_000_000n);
    expect(await refusalOf('claimEntry', args)).toBe('ExitAmountRefused');
  });

  it('splits the line of an account with protocols, and requires all of them', async () => {
    const { protocols } = await proveExitClaimant(ask, { ...place, account: committed });
    expect(protocols).toEqual([1]);
    expect(await refusalOf('claimLine', await lineClaim(committed, 7_500_001n, 1))).toBe('ExitAmountRefused');
    await act('claimLine', await lineClaim(committed, 7_500_000n, 1));
    expect(await refusalOf('claimLine', await lineClaim(committed, 1n, 2))).toBe('ExitNotOwner');
    expect(await refusalOf('claimLine', await lineClaim(committed, 22_500_001n))).toBe('ExitAmountRefused');
    const [claim, ...rest] = await lineClaim(committed, 22_500_000n);
    expect(await refusalOf('claimLine', [{ ...(claim as object), shareProofs: [] }, ...rest])).toBe('ExitShareMissing');
    await act('claimLine', [claim, ...rest]);
  });

  it('pays a parked credit, with two proofs, once', async () => {
    const before = await held();
    const { header: headerProof, operator: operatorProof } = await proveExitClaimant(ask, { ...place, account });
    const rights = { headerProof, operatorProof, protocol: 0, shareProofs: [], unsettledProof: [] };
    const parked = await proveExitParked(ask, { ...place, source: 1, index: 3n });
    expect(Object.keys(parked)).toEqual(['account', 'amount']);
    const claim = (amount: bigint): readonly unknown[] => {
      return [{ account, amount, recipient: RECIPIENT, ...rights }, 3n, parked.account, parked.amount];
    };
    expect(await refusalOf('claimParked', claim(PARKED + 1n))).toBe('ExitAmountRefused');
    await pay(await act('claimParked', claim(PARKED)), PARKED);
    expect((await held()) - before).toBe(PARKED);
    expect(await refusalOf('claimParked', claim(1n))).toBe('ExitAmountRefused');
  });

  it('refuses what was never parked', async () => {
    const { header: headerProof } = await proveExitClaimant(ask, { ...place, account, operator: STRANGER });
    const rights = { headerProof, operatorProof: [], protocol: 0, shareProofs: [], unsettledProof: [] };
    const claim = { account, amount: 1n, recipient: RECIPIENT, ...rights };
    const parked = await proveExitParked(ask, { ...place, source: 1, index: 1n });
    const proofs = [parked.account, parked.amount];
    expect(await refusalOf('claimParked', [claim, 1n, ...proofs])).toBe('ExitAccountMismatch');
  });

  it('is proven only by an honest node', async () => {
    const lying: AskNode = async (method, params) => {
      const answer = (await ask(method, params)) as { stateRoot?: string };
      return method === 'eth_getBlockByHash' ? { ...answer, stateRoot: NOTHING } : answer;
    };
    await expect(proveExitLine(lying, { ...place, account, assetId: 1 })).rejects.toMatchObject({ code: 'BAD_HEADER' });
    await expect(proveExitLine(() => Promise.resolve(null), { ...place, account, assetId: 1 })).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
    });
  });
});
