import { collateralLedgerAbi } from '@surety/contracts';
import { type Bytes32, type EdgeDirection, mulDivDown } from '@surety/domain';
import type { DriftBoard, DriftStanding } from '@surety/workflows';
import type { PublicClient } from 'viem';
import type { SideReaders } from './drift/diff-witnesses.js';
import { type EdgeHeads, type NamesByDirection, type WitnessHead, readHeads, sidesOf } from './read-heads.js';
import type { PlacedSource } from './sources-of.js';
import type { WitnessedSource } from './witness-spec.js';

/**
 * A witness's health. `contradicted`: it no longer counts. `drifted`: it is not set as configured. `unknown`: it could
 * not be read or compared. `unheard`: the journal has entries, but no head has arrived. `behind`: some entries are
 * missing, which matters only while value waits. `unconfirmed`: heads have arrived that its reader has not compared
 * yet.
 */
export type WitnessHealth = 'ok' | 'unconfirmed' | 'behind' | 'unheard' | 'unknown' | 'drifted' | 'contradicted';

/** A report on one witness of one edge, for operators. */
export interface WitnessReport {
  readonly witness: string;
  readonly kind: string;
  readonly slot: number;
  readonly health: WitnessHealth;
  /** The newest head that arrived; null if none did or it is unread. */
  readonly head: {
    readonly count: bigint;
    /** Seconds. */
    readonly time: bigint;
    /** First block of the destination at or after that time; null if not found. */
    readonly block: bigint | null;
  } | null;
  /** The newest count that the replica has confirmed by it; null if unread. */
  readonly confirmed: bigint | null;
  /** Entries that it lacks, and the age of its newest head in seconds if it lacks any; null if unread. */
  readonly lag: { readonly entries: bigint; readonly seconds: bigint | null } | null;
  /**
   * Current cost of publishing the newest head, in wei of the origin chain; null if there is nothing to publish, or
   * unread.
   */
  readonly feeWei: bigint | null;
  readonly configuration: {
    readonly state: DriftStanding['state'];
    /** When every part was last compared; null if never. */
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
  /** Number of entries in the journal; null if unread. */
  readonly count: bigint | null;
  /** Confirmations required by the configuration; null if it does not say. */
  readonly m: number | null;
  /**
   * Healthy witnesses: set as configured, not contradicted, and read. 0 if the on-chain policy differs from the
   * configuration.
   */
  readonly alive: number;
  /** Share of each cap that may be in use unconfirmed, in basis points, by the configuration; null if it does not say. */
  readonly fastShareBp: number | null;
  /** That share in token units, limited by the ledger's own; only for edges to the ledger. */
  readonly fast: readonly { readonly assetId: number; readonly symbol: string; readonly units: bigint | null }[];
  readonly witnesses: readonly WitnessReport[];
  /** Comparison of the policy and the assets. */
  readonly configuration: WitnessReport['configuration'];
}

/** Dependencies of reports. */
export interface ReportPorts {
  readonly readers: SideReaders;
  readonly board: Pick<DriftBoard, 'ofSource' | 'ofWitness' | 'ofPolicy'>;
  readonly nowMs: number;
  /** Returns the first block of a chain at or after a time in seconds. */
  readonly findBlock: (chainId: number, timeS: number) => Promise<bigint | null>;
}

/** Reads both directions of a source's witnesses and reports the health of each. */
export async function readEdgeReports(
  placed: PlacedSource,
  edges: NamesByDirection,
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

/** States of a witness that cannot confirm anything. */
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
  if (lag > 0n) return heard.recorded === 0n ? 'unheard' : 'behind';
  return heard.recorded > kept.confirmed ? 'unconfirmed' : 'ok';
}

function told({ state, comparedAtMs, drift }: DriftStanding): WitnessReport['configuration'] {
  return { state, comparedAtMs, drift: drift.map(({ path, seen, expected }) => ({ path, seen, expected })) };
}

/** The configured limits, capped at what the ledger allows; null where the ledger's limit is unread. */
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
