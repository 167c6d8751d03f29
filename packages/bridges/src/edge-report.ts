import { collateralLedgerAbi } from '@surety/contracts';
import { type Bytes32, type EdgeDirection, mulDivDown } from '@surety/domain';
import type { DriftBoard, DriftStanding } from '@surety/workflows';
import type { PublicClient } from 'viem';
import type { SideReaders } from './drift/diff-witnesses.js';
import { type EdgeHeads, type EdgeNames, type WitnessHead, readHeads, sidesOf } from './read-heads.js';
import type { PlacedSource } from './sources-of.js';
import type { WitnessedSource } from './witness-spec.js';

/**
 * How a witness is: `contradicted` counts no more; `drifted` is set otherwise than configured; `unknown` could not be read or compared;
 * `silent` told nothing of a journal that has entries;
 * `behind` did not tell of all of them, which costs nothing unless value waits;
 * `unconfirmed` told what its reader has not compared yet.
 */
export type WitnessHealth = 'ok' | 'unconfirmed' | 'behind' | 'silent' | 'unknown' | 'drifted' | 'contradicted';

/** A witness of one edge, as it is told to people. */
export interface WitnessReport {
  readonly witness: string;
  readonly kind: string;
  readonly slot: number;
  readonly health: WitnessHealth;
  /** The newest head that arrived; null if none did, or it could not be read. */
  readonly head: {
    readonly count: bigint;
    /** Seconds. */
    readonly time: bigint;
    /** First block of the destination with that time; null if it was not found. */
    readonly block: bigint | null;
  } | null;
  /** The newest count that its reader has confirmed by it; null if unread. */
  readonly confirmed: bigint | null;
  /** Entries that it has not told of, and the age of its newest head in seconds if there are any; null if unread. */
  readonly lag: { readonly entries: bigint; readonly seconds: bigint | null } | null;
  /** What telling the newest head costs now, in wei of the origin chain; null if nothing is to be told, or unread. */
  readonly feeWei: bigint | null;
  readonly configuration: {
    readonly state: DriftStanding['state'];
    /** When the chains last answered for all of it; null if they never did. */
    readonly comparedAtMs: number | null;
    readonly drift: readonly { readonly path: string; readonly seen: string; readonly expected: string }[];
  };
}

/** The witnesses of one edge. */
export interface EdgeReport {
  readonly edge: Bytes32;
  readonly direction: EdgeDirection;
  readonly source: number;
  /** Name of the vault's chain. */
  readonly chain: string;
  readonly originChainId: number;
  readonly destinationChainId: number;
  /** Entries of the journal now; null if unread. */
  readonly count: bigint | null;
  /** How many witnesses must confirm, by the configuration; null if it does not say. */
  readonly m: number | null;
  /** Witnesses that count: set as configured, not contradicted, and read. None if what is asked of them differs. */
  readonly alive: number;
  /** Share of each cap that may be in use unconfirmed, by the configuration; null if it does not say. */
  readonly fastShareBp: number | null;
  /** That share in token units, at most what the ledger allows; only of edges to the ledger. */
  readonly fast: readonly { readonly assetId: number; readonly symbol: string; readonly units: bigint | null }[];
  readonly witnesses: readonly WitnessReport[];
  /** What is asked of all witnesses, and the assets. */
  readonly configuration: WitnessReport['configuration'];
}

/** What reports are made with. */
export interface ReportPorts {
  readonly readers: SideReaders;
  readonly board: Pick<DriftBoard, 'ofSource' | 'ofWitness' | 'ofPolicy'>;
  readonly nowMs: number;
  /** Gives the first block of a chain with a time. */
  readonly findBlock: (chainId: number, timeS: number) => Promise<bigint | null>;
}

/** Reads what the witnesses of a source have told in both directions, and says what each is worth now. */
export async function readEdgeReports(
  placed: PlacedSource,
  edges: EdgeNames,
  ports: ReportPorts,
): Promise<readonly EdgeReport[]> {
  const heads = await readHeads(placed.source, edges, ports.readers);
  return Promise.all(heads.map((one) => reportOf(placed, one, ports)));
}

async function reportOf(
  { chain, source, vaultChainId, ledgerChainId }: PlacedSource,
  { edge, direction, count, heads }: EdgeHeads,
  ports: ReportPorts,
): Promise<EdgeReport> {
  const { board, readers } = ports;
  const ids = { atVault: vaultChainId, atLedger: ledgerChainId };
  const [from, to] = sidesOf(direction);
  const witnesses = await Promise.all(
    heads.map((head) => witnessReport({ source: source.source, head, count, chainId: ids[to] }, ports)),
  );
  const isDescribed = board.ofPolicy(source.source).state === 'same';
  const counting = witnesses.filter(({ health }) => !LOST.includes(health));
  const alive = isDescribed ? counting.length : 0;
  const { policy } = source;
  const share = policy?.fastBp ?? null;
  const whole = board.ofSource(source.source);
  return {
    edge,
    direction,
    source: source.source,
    chain,
    originChainId: ids[from],
    destinationChainId: ids[to],
    count,
    m: policy?.m ?? null,
    alive,
    fastShareBp: share,
    fast: direction === 'to-ledger' ? await fastLimits(source, share, readers.atLedger) : [],
    witnesses,
    configuration: told({ ...whole, drift: whole.drift.filter(({ part }) => part.kind !== 'witness') }),
  };
}

/** Those of whom nothing is to be expected. */
const LOST: readonly WitnessHealth[] = ['contradicted', 'drifted', 'unknown'];

async function witnessReport(
  at: {
    readonly source: number;
    readonly head: WitnessHead;
    readonly count: bigint | null;
    readonly chainId: number;
  },
  { board, nowMs, findBlock }: ReportPorts,
): Promise<WitnessReport> {
  const { witness, told: heard, kept, feeWei } = at.head;
  const standing = board.ofWitness(at.source, witness.name);
  const hasTold = heard !== null && heard.recorded > 0n;
  const entries =
    heard === null || at.count === null ? null : at.count > heard.recorded ? at.count - heard.recorded : 0n;
  const ageS = hasTold ? BigInt(Math.max(0, Math.floor(nowMs / 1_000) - heard.recordedAt)) : null;
  return {
    witness: witness.name,
    kind: witness.kind,
    slot: witness.slot,
    health: healthOf(at.head, entries, standing.state),
    head: hasTold
      ? {
          count: heard.recorded,
          time: BigInt(heard.recordedAt),
          block: await findBlock(at.chainId, heard.recordedAt).catch(() => null),
        }
      : null,
    confirmed: kept?.confirmed ?? null,
    lag: entries === null ? null : { entries, seconds: entries > 0n ? ageS : null },
    feeWei,
    configuration: told(standing),
  };
}

function healthOf(
  { told: heard, kept }: WitnessHead,
  lag: bigint | null,
  state: DriftStanding['state'],
): WitnessHealth {
  if (heard?.contradicted === true || kept?.conflicted === true) return 'contradicted';
  if (state === 'drifted') return 'drifted';
  if (heard === null || kept === null || lag === null || state === 'unknown') return 'unknown';
  if (lag > 0n) return heard.recorded === 0n ? 'silent' : 'behind';
  return heard.recorded > kept.confirmed ? 'unconfirmed' : 'ok';
}

function told({ state, comparedAtMs, drift }: DriftStanding): WitnessReport['configuration'] {
  return { state, comparedAtMs, drift: drift.map(({ path, seen, expected }) => ({ path, seen, expected })) };
}

/** What the ledger allows unconfirmed is the most that is ever shown; unread is not shown at all. */
async function fastLimits(
  { ledger, assets }: WitnessedSource,
  shareBp: number | null,
  reader: PublicClient,
): Promise<EdgeReport['fast']> {
  return Promise.all(
    assets.map(async ({ assetId, symbol, cap }) => {
      const limits = await reader
        .readContract({ address: ledger, abi: collateralLedgerAbi, functionName: 'limitsOf', args: [assetId] })
        .catch(() => null);
      const shown = mulDivDown(BigInt(cap), BigInt(shareBp ?? 10_000), 10_000n);
      if (limits === null) return { assetId, symbol, units: null };
      return { assetId, symbol, units: limits.fastUnits < shown ? limits.fastUnits : shown };
    }),
  );
}
