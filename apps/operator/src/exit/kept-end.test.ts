import { collateralVaultAbi, keccak256 } from '@surety/contracts';
import {
  ENTRY_BYTES,
  type Entry,
  type Hex,
  accountId,
  address,
  bytes32,
  bytesToHex,
  concatBytes,
  foldHeads,
  hexToBytes,
  packEntry,
  tokenUnits,
  uintToBytes,
} from '@surety/domain';
import { encodeAbiParameters, encodeEventTopics, size } from 'viem';
import { describe, expect, it } from 'vitest';
import { exitStateOf } from '../testing/exit-state.js';
import { listExitItems } from './exit-items.js';
import type { ExitVault } from './exit-vault.js';

const VAULT = address(`0x${'c1'.repeat(20)}`);
const EDGE = bytes32(`0x${'33'.repeat(32)}`);
const ZERO = bytes32(`0x${'00'.repeat(32)}`);
const ALICE = accountId({ owner: address(`0x${'a1'.repeat(20)}`), home: 0, sub: 0n });
const MALLORY = accountId({ owner: address(`0x${'bb'.repeat(20)}`), home: 0, sub: 0n });
const lockOf = (account: typeof ALICE): Entry => ({
  kind: 'LOCK',
  asset: 1,
  amount: tokenUnits(7n),
  account,
  party: ZERO,
  fee: tokenUnits(0n),
});
/** What the ledger had not applied: alice's lock is entry 1, others' are after it. */
const ENTRIES = [lockOf(ALICE), ...Array.from({ length: 40 }, () => lockOf(MALLORY))];
const AFTER = { count: 0n, head: EDGE };
const HEADS = foldHeads(AFTER, concatBytes(...ENTRIES.map(packEntry)), keccak256);
const TIP = { count: BigInt(ENTRIES.length), head: bytes32(HEADS.at(-1) ?? ZERO) };

/** `exit.marks[edge][count]`: the fifth slot of the namespace "surety.exit". @source ExitStorage.sol */
function slotOf(count: bigint): Hex {
  const root = keccak256(uintToBytes(BigInt(bytesToHex(keccak256(new TextEncoder().encode('surety.exit')))) - 1n, 32));
  root[31] = 4;
  const book = keccak256(concatBytes(hexToBytes(EDGE), root));
  return bytesToHex(keccak256(concatBytes(uintToBytes(count, 32), book)));
}

function logOf(entry: Entry, at: number): object {
  const named: Readonly<Record<string, unknown>> = { edge: EDGE, index: BigInt(at + 1), ...entry };
  const item = collateralVaultAbi.find((one) => one.type === 'event' && one.name === 'Locked') as {
    readonly inputs: readonly { readonly name: string; readonly type: string; readonly indexed: boolean }[];
  };
  const { inputs } = item;
  const valueOf = ({ name, type }: { name: string; type: string }): unknown =>
    named[name] ?? (type === 'address' ? VAULT : type === 'bytes32' ? ZERO : 0n);
  const args = Object.fromEntries(inputs.map((one) => [one.name, valueOf(one)]));
  const plain = inputs.filter(({ indexed }) => !indexed);
  return {
    address: VAULT,
    topics: encodeEventTopics({ abi: [item], eventName: 'Locked', args }),
    data: encodeAbiParameters(plain, plain.map(valueOf)),
  };
}

/** A vault of whose journal it keeps heads at these counts; it has nothing of anybody but the locks. */
function vaultThatKeeps(counts: readonly number[]): ExitVault {
  const kept = new Map(counts.map((count) => [slotOf(BigInt(count)), HEADS[count - 1]]));
  const state = exitStateOf({ journal: TIP });
  const client = {
    getBlock: () => Promise.resolve({ number: 9n, timestamp: state.nowS }),
    getBlockNumber: () => Promise.resolve(9n),
    getLogs: () => Promise.resolve(ENTRIES.map(logOf)),
    getContractEvents: () => Promise.resolve([]),
    getStorageAt: ({ slot }: { slot: Hex }) => Promise.resolve(kept.get(slot) ?? ZERO),
    readContract: ({ functionName }: { functionName: string }) =>
      Promise.resolve(
        functionName === 'exitStatus'
          ? { ...state, announcedAt: 1, openableAt: 1, provenAt: 1, openedAt: 1 }
          : functionName === 'journalHead'
            ? [EDGE, TIP.count, TIP.head]
            : [EDGE, 0n, ZERO, 1],
      ),
  };
  return {
    client,
    homeClient: client,
    vault: VAULT,
    ledger: VAULT,
    source: 1,
    assets: [],
    at: { chain: { name: 'alpha' } },
    home: { chain: { name: 'settlement' } },
    logsOf: (direction: string) => ({ client, journal: VAULT, edgeId: EDGE, direction, fromBlock: 0n, span: 100n }),
    prove: () => Promise.resolve({ applied: AFTER }),
  } as never;
}

async function proofOf(place: ExitVault) {
  const items = await listExitItems(place, exitStateOf({ journal: TIP }), ALICE);
  expect(items.map(({ name }) => name)).toEqual(['entry:1']);
  const [proof] = await Promise.all(items.map((item) => item.prove()));
  return { entries: size((proof?.args[2] ?? '0x') as Hex) / ENTRY_BYTES, end: proof?.end };
}

describe('the proof of a lock that the ledger had not applied', () => {
  it.each([
    [[3], 3],
    [[1, 6], 6],
    [[1], 1],
    [[41, 40], 41],
  ])('leads to the newest head that the vault keeps, of those at %j', async (counts, entries) => {
    expect(await proofOf(vaultThatKeeps(counts))).toEqual({ entries, end: undefined });
  });

  it('leads to the journal’s end where no head is kept, and says which head to keep first', async () => {
    const end = { edge: EDGE, ...TIP, entries: '0x' };
    expect(await proofOf(vaultThatKeeps([]))).toEqual({ entries: ENTRIES.length, end });
  });
});
