import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import {
  ENTRY_KINDS,
  type Address,
  type Bytes32,
  type EdgeDirection,
  type Entry,
  type EntryKind,
  bytes32,
  tokenUnits,
} from '@surety/domain';
import { type Hex, type PublicClient, parseEventLogs } from 'viem';

/** The logs in which a contract announces the entries of one journal. */
export interface JournalLogs {
  readonly client: PublicClient;
  readonly journal: Address;
  /** First name of the edge. */
  readonly edgeId: Bytes32;
  readonly direction: EdgeDirection;
  /** Block of the contract's deployment. */
  readonly fromBlock: bigint;
  /** Most blocks in one request. */
  readonly span: bigint;
}

const ZERO = bytes32(`0x${'00'.repeat(32)}`);

/**
 * Reads the entries after `after` up to `tip` at a block, newest block first. What no log shows is missing from the answer: compare the
 * head to which the entries lead.
 */
export async function readJournalLogs(
  { client, journal, edgeId, direction, fromBlock, span }: JournalLogs,
  wanted: { readonly after: bigint; readonly tip: bigint; readonly blockNumber: bigint },
): Promise<Entry[]> {
  const { after, tip, blockNumber } = wanted;
  const missing = Number(tip - after);
  const found = new Map<bigint, Entry>();
  for (let to = blockNumber; to >= fromBlock && found.size < missing; to -= span) {
    const from = to - span + 1n > fromBlock ? to - span + 1n : fromBlock;
    const logs = await client.getLogs({ address: journal, fromBlock: from, toBlock: to });
    for (const { name, index, entry } of entriesOf(logs, direction))
      if (name === edgeId && index > after && index <= tip) found.set(index, entry);
  }
  return Array.from({ length: missing }, (_, at) => found.get(after + BigInt(at) + 1n)).flatMap((entry) => entry ?? []);
}

/** One entry as its log tells it, with the name of its journal's edge. */
interface ToldEntry {
  readonly name: string;
  readonly index: bigint;
  readonly entry: Entry;
}

function entriesOf(logs: Parameters<typeof parseEventLogs>[0]['logs'], direction: EdgeDirection): ToldEntry[] {
  const abi = direction === 'to-ledger' ? collateralVaultAbi : collateralLedgerAbi;
  return parseEventLogs({ abi, logs }).flatMap(({ eventName, args }) => {
    if (eventName !== 'Locked' && eventName !== 'Released' && eventName !== 'Journaled') return [];
    const told = args as unknown as LoggedEntry;
    const kind = kindOf(eventName, told.kind);
    if (kind === undefined) return [];
    const { edge: name, index, amount, account } = told;
    const entry: Entry = {
      kind,
      asset: told.vaultAsset ?? told.asset ?? 0,
      amount: tokenUnits(amount),
      account: bytes32(account),
      party: bytes32(told.recipient ?? told.party ?? ZERO),
      fee: tokenUnits(told.fee ?? 0n),
    };
    return [{ name, index, entry }];
  });
}

/** Fields of the three events that announce entries. @source IVault.Locked, ILedgerAccounts.Released, IEdge.Journaled */
interface LoggedEntry {
  readonly edge: Hex;
  readonly index: bigint;
  readonly kind?: number;
  readonly asset?: number;
  readonly vaultAsset?: number;
  readonly amount: bigint;
  readonly account: Hex;
  readonly party?: Hex;
  readonly recipient?: Hex;
  readonly fee?: bigint;
}

function kindOf(event: 'Locked' | 'Released' | 'Journaled', kind: number | undefined): EntryKind | undefined {
  if (event !== 'Journaled') return event === 'Locked' ? 'LOCK' : 'RELEASE';
  const names = Object.keys(ENTRY_KINDS) as EntryKind[];
  return names.find((name) => ENTRY_KINDS[name] === kind);
}
