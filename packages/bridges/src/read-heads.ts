import { collateralLedgerAbi, collateralVaultAbi, layerZeroWitnessAbi } from '@surety/contracts';
import type { Bytes32, EdgeDirection, Hex } from '@surety/domain';
import type { PublicClient } from 'viem';
import type { SideReaders } from './drift/diff-witnesses.js';
import type { Side, WitnessSpec, WitnessedSource } from './witness-spec.js';

/** Names of a source's edges, one per direction. */
export type NamesByDirection = Readonly<Record<EdgeDirection, Bytes32>>;

/** One witness's view of one journal; unread values are null. */
export interface WitnessHead {
  readonly witness: WitnessSpec;
  readonly told: {
    /** The newest count that arrived, 0 for none, and its time in seconds. */
    readonly recorded: bigint;
    readonly recordedAt: number;
    /** Two different heads arrived for one count. */
    readonly contradicted: boolean;
  } | null;
  readonly kept: {
    /** The newest count that the replica has confirmed by it. */
    readonly confirmed: bigint;
    /** The replica has seen it contradict the journal. */
    readonly conflicted: boolean;
  } | null;
  /** Cost of publishing the newest head, in wei of the origin chain; also null if there is nothing to publish. */
  readonly feeWei: bigint | null;
}

/** A journal, and the heads its witnesses have recorded of it. */
export interface EdgeHeads {
  readonly direction: EdgeDirection;
  readonly edge: Bytes32;
  /** Number of entries in the journal. */
  readonly count: bigint | null;
  readonly heads: readonly WitnessHead[];
}

/**
 * Reads the heads of every witness of a source in both directions, trusting one provider for each read. A state proof
 * covers the vault's journal only.
 */
export async function readHeads(
  source: WitnessedSource,
  edges: NamesByDirection,
  readers: SideReaders,
): Promise<readonly EdgeHeads[]> {
  return Promise.all(
    DIRECTIONS.map(async (direction): Promise<EdgeHeads> => {
      const [from, to] = sidesOf(direction);
      const edge = edges[direction];
      const count = await orNull(readCount(source, edge, { from, reader: readers[from] }));
      const witnesses = source.witnesses.filter(({ kind }) => kind !== 'state-proof' || direction === 'to-ledger');
      const heads = witnesses.map(async (witness): Promise<WitnessHead> => {
        const hasNews = witness.kind !== 'state-proof' && count !== null && count > 0n;
        const [told, kept, feeWei] = await Promise.all([
          orNull(readTold(readers[to], witness[to].contract as Hex, edge)),
          orNull(
            direction === 'to-ledger'
              ? keptAtLedger(source, witness, readers.atLedger)
              : keptAtVault(source, witness, readers.atVault),
          ),
          hasNews ? orNull(readFee(readers[from], witness[from].contract as Hex, edge)) : null,
        ]);
        return { witness, told, kept, feeWei };
      });
      return { direction, edge, count, heads: await Promise.all(heads) };
    }),
  );
}

const DIRECTIONS = ['to-ledger', 'to-vault'] as const;

/** The side of a direction's journal, and the side of its replica. */
export function sidesOf(direction: EdgeDirection): readonly [from: Side, to: Side] {
  return direction === 'to-ledger' ? ['atVault', 'atLedger'] : ['atLedger', 'atVault'];
}

/** A failed read becomes null, never a figure. */
function orNull<Value>(reading: Promise<Value>): Promise<Value | null> {
  return reading.catch(() => null);
}

/** Returns the number of entries of the journal with that first name. @throws TypeError for another one. */
async function readCount(
  { vault, ledger, source }: WitnessedSource,
  edge: Bytes32,
  { from, reader }: { readonly from: Side; readonly reader: PublicClient },
): Promise<bigint> {
  const [name, count] =
    from === 'atVault'
      ? await reader.readContract({ address: vault, abi: collateralVaultAbi, functionName: 'journalHead' })
      : await reader.readContract({
          address: ledger,
          abi: collateralLedgerAbi,
          functionName: 'journalHead',
          args: [source],
        });
  if (name !== edge) throw new TypeError(`the journal is of edge ${name}; expected ${edge}`);
  return count;
}

/** All kinds of witness have these views. */
async function readTold(reader: PublicClient, contract: Hex, edge: Bytes32): Promise<NonNullable<WitnessHead['told']>> {
  const end = { address: contract, abi: layerZeroWitnessAbi, args: [edge] } as const;
  const [[recorded, , recordedAt], contradicted] = await Promise.all([
    reader.readContract({ ...end, functionName: 'latest' }),
    reader.readContract({ ...end, functionName: 'isContradicted' }),
  ]);
  return { recorded, recordedAt, contradicted };
}

function readFee(reader: PublicClient, address: Hex, edge: Bytes32): Promise<bigint> {
  return reader.readContract({ address, abi: layerZeroWitnessAbi, functionName: 'quotePublish', args: [edge] });
}

type Kept = NonNullable<WitnessHead['kept']>;

async function keptAtLedger(
  { ledger, source }: WitnessedSource,
  { slot }: WitnessSpec,
  reader: PublicClient,
): Promise<Kept> {
  const at = { address: ledger, abi: collateralLedgerAbi } as const;
  const [, , conflicted, confirmed] = await reader.readContract({
    ...at,
    functionName: 'witnessOf',
    args: [source, slot],
  });
  return { confirmed, conflicted };
}

async function keptAtVault({ vault }: WitnessedSource, { slot }: WitnessSpec, reader: PublicClient): Promise<Kept> {
  const at = { address: vault, abi: collateralVaultAbi } as const;
  const [[, confirmed], [, , conflicted]] = await Promise.all([
    reader.readContract({ ...at, functionName: 'witnessOf', args: [slot] }),
    reader.readContract({ ...at, functionName: 'witnessPolicy' }),
  ]);
  return { confirmed, conflicted: (conflicted & (1 << slot)) !== 0 };
}
