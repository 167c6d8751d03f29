import { collateralLedgerAbi, collateralVaultAbi, layerZeroWitnessAbi } from '@surety/contracts';
import type { Bytes32, Hex } from '@surety/domain';
import type { PublicClient } from 'viem';
import type { SideReaders } from './drift/diff-witnesses.js';
import type { Side, WitnessSpec, WitnessedSource } from './witness-spec.js';

/** What one witness has told of one journal. */
export interface WitnessHead {
  readonly witness: string;
  readonly kind: WitnessSpec['kind'];
  /** `inbound` is the vault's journal at the ledger, `outbound` the ledger's at the vault. */
  readonly direction: 'inbound' | 'outbound';
  readonly edge: Bytes32;
  /** Entries of the journal now. */
  readonly count: bigint;
  /** The newest count that arrived, 0 for none, and when, in seconds. */
  readonly recorded: bigint;
  readonly recordedAt: number;
  /** The newest count that its reader has confirmed by it. */
  readonly confirmed: bigint;
  /** Entries that it has not told of. */
  readonly lag: bigint;
  /** What telling the newest head costs in wei of the origin chain; null where nothing is there to tell. */
  readonly feeWei: bigint | null;
  /** Two heads for one count arrived, or its reader has seen it contradict the journal. */
  readonly contradicted: boolean;
}

/** Reads what every witness of a source has told in both directions; state proofs publish nothing, so they are left out. */
export async function readHeads(source: WitnessedSource, readers: SideReaders): Promise<WitnessHead[]> {
  const vault = { address: source.vault, abi: collateralVaultAbi } as const;
  const ledger = { address: source.ledger, abi: collateralLedgerAbi } as const;
  const [edge, count] = await readers.atVault.readContract({ ...vault, functionName: 'journalHead' });
  const [back, backCount] = await readers.atLedger.readContract({
    ...ledger,
    functionName: 'journalHead',
    args: [source.source],
  });
  const heads = await Promise.all(
    source.witnesses
      .filter(({ kind }) => kind !== 'state-proof')
      .flatMap((witness) => [
        readHead(witness, {
          edge,
          count,
          from: 'atVault',
          readers,
          read: () => confirmedAtLedger(source, witness, readers.atLedger),
        }),
        readHead(witness, {
          edge: back,
          count: backCount,
          from: 'atLedger',
          readers,
          read: () => confirmedAtVault(source, witness, readers.atVault),
        }),
      ]),
  );
  return heads;
}

interface Confirmed {
  readonly confirmed: bigint;
  readonly conflicted: boolean;
}

async function readHead(
  witness: WitnessSpec,
  at: {
    readonly edge: Hex;
    readonly count: bigint;
    readonly from: Side;
    readonly readers: SideReaders;
    readonly read: () => Promise<Confirmed>;
  },
): Promise<WitnessHead> {
  const { edge, count, from, readers } = at;
  const to = from === 'atVault' ? 'atLedger' : 'atVault';
  // Both kinds answer these views alike.
  const twin = { address: witness[to].contract as Hex, abi: layerZeroWitnessAbi } as const;
  const [recorded, , recordedAt] = await readers[to].readContract({ ...twin, functionName: 'latest', args: [edge] });
  const broken = await readers[to].readContract({ ...twin, functionName: 'isContradicted', args: [edge] });
  const { confirmed, conflicted } = await at.read();
  return {
    witness: witness.name,
    kind: witness.kind,
    direction: from === 'atVault' ? 'inbound' : 'outbound',
    edge: edge as Bytes32,
    count,
    recorded,
    recordedAt,
    confirmed,
    lag: count > recorded ? count - recorded : 0n,
    feeWei: count === 0n ? null : await readFee(readers[from], witness[from].contract as Hex, edge),
    contradicted: broken || conflicted,
  };
}

function readFee(reader: PublicClient, address: Hex, edge: Hex): Promise<bigint> {
  return reader.readContract({ address, abi: layerZeroWitnessAbi, functionName: 'quotePublish', args: [edge] });
}

async function confirmedAtLedger(
  { ledger, source }: WitnessedSource,
  { slot }: WitnessSpec,
  reader: PublicClient,
): Promise<Confirmed> {
  const [, , conflicted, confirmed] = await reader.readContract({
    address: ledger,
    abi: collateralLedgerAbi,
    functionName: 'witnessOf',
    args: [source, slot],
  });
  return { confirmed, conflicted };
}

async function confirmedAtVault(
  { vault }: WitnessedSource,
  { slot }: WitnessSpec,
  reader: PublicClient,
): Promise<Confirmed> {
  const at = { address: vault, abi: collateralVaultAbi } as const;
  const [, confirmed] = await reader.readContract({ ...at, functionName: 'witnessOf', args: [slot] });
  const [, , conflicted] = await reader.readContract({ ...at, functionName: 'witnessPolicy' });
  return { confirmed, conflicted: (conflicted & (1 << slot)) !== 0 };
}
