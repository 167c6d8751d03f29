import type { Address, BlockHash, Bytes32, EdgeDirection, Hex, JournalHead, TxHash } from '@surety/domain';
import type { ReleaseStage, ReleaseView } from './release-wire.js';

/**
 * The JSON form of a value: every bigint becomes decimal text, brands fall away, all else stays.
 * The aggregator answers `Wire<View>` where this client gives `View`.
 */
export type Wire<Value> = Value extends bigint
  ? string
  : Value extends string
    ? UnbrandedText<Value>
    : Value extends number | boolean | null | undefined
      ? Value
      : { [Name in keyof Value]: Wire<Value[Name]> };

type UnbrandedText<Text extends string> = Text extends Hex ? Hex : Text;

/** Gives the JSON form of a value; order of members is kept. */
export function formatWire<Value>(value: Value): Wire<Value> {
  return wireOf(value) as Wire<Value>;
}

function wireOf(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(wireOf);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, wireOf(member)]));
  }
  return value;
}

/** Body of a refusal, `application/problem+json`. `code` is a stable name in capitals. */
export interface ProblemView {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
}

/** How one posted statement or batch of entries was taken. */
export type OutcomeView =
  | { readonly kind: 'stored'; readonly fresh: boolean }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

/** A statement as one member signed it. */
export interface SignedStatementView {
  readonly statement: JournalHead;
  readonly signer: Address;
  /** 65 bytes r ‖ s ‖ v. */
  readonly signature: Hex;
}

/** Body of `POST /v1/statements`. */
export interface PostStatementsBody {
  readonly statements: readonly SignedStatementView[];
}

/** Answer of `POST /v1/statements`, in the order of the request; a 422 problem carries the same member. */
export interface PostStatementsAnswer {
  readonly outcomes: readonly OutcomeView[];
}

/** Where an entry stands on its origin chain. */
export interface LocationView {
  /** n-th entry of the journal, from 1. */
  readonly index: bigint;
  readonly blockHeight: bigint;
  readonly blockHash: BlockHash;
  readonly txHash: TxHash;
  readonly logIndex: number;
}

/** Body of `POST /v1/edges/:edge/entries`. */
export interface PostEntriesBody {
  readonly from: bigint;
  readonly packed: Hex;
  readonly stage: 'seen' | 'final';
  readonly locations: readonly LocationView[];
  readonly poster: Address;
  readonly signature: Hex;
}

/** Answer of `GET /v1/edges/:edge/entries`: attested entries `from` < n ≤ `to`. */
export interface EntriesPageView {
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly to: bigint;
  readonly packed: Hex;
  readonly locations: readonly LocationView[];
}

/** What one attester has said about one edge. */
export interface AttesterLagView {
  readonly address: Address;
  readonly count: bigint;
  /** Timestamp in seconds of the newest block it signed, 0 if none. */
  readonly asOf: bigint;
  /** Seconds since then, null if it never signed. */
  readonly lagS: number | null;
}

/** Why an edge is not taken as it comes: contested, quarantined, halted, in recovery or closed. */
export interface EdgeConditionView {
  readonly state: string;
  /** First time in seconds at which it has ended by itself, 0 if it does not. */
  readonly until: bigint;
  readonly reason: string;
  /** Who may do what about it. */
  readonly next: string;
}

/** A credit that waits for its reason to go. */
export interface ParkedCreditView {
  readonly source: number;
  /** Number under which it is parked: the entry's own, or of fees one that no entry has. */
  readonly index: bigint;
  readonly account: Bytes32;
  readonly vaultAsset: number;
  readonly amount: bigint;
  /** Goes to whoever unparks it. */
  readonly fee: bigint;
  readonly reason: string;
}

/** Entries of the same bytes that credited past the point of a rewind, and have neither come again nor been taken back. */
export interface OrphanView {
  readonly source: number;
  /** keccak256 of the entry. */
  readonly entryHash: Bytes32;
  /** 95 bytes. */
  readonly entry: Hex;
  readonly vaultAsset: number;
  /** How many of them are left. */
  readonly count: number;
}

/** Answer of `GET /v1/sources/:source/orphans?after=<hash>`, ascending by hash, at most 256. */
export interface OrphansAnswer {
  readonly orphans: readonly OrphanView[];
}

/** Answer of `GET /v1/sources/:source/parked?after=<number>`, ascending, at most 256. */
export interface ParkedAnswer {
  readonly parked: readonly ParkedCreditView[];
}

/** One edge, as of the newest facts of the aggregator. */
export interface EdgeView {
  /** First name of the edge: entries are asked for by it. */
  readonly edge: Bytes32;
  /** Name that statements carry now. */
  readonly name: Bytes32;
  /** How often its replica was rewound. */
  readonly generation: number;
  readonly direction: EdgeDirection;
  /** The ledger's index of the vault at one end; both edges of a vault have the same. */
  readonly source: number;
  readonly originChainId: number;
  readonly destinationChainId: number;
  /** Entries held, attested or not. */
  readonly entryCount: bigint;
  /** Highest count with k signatures of one epoch. */
  readonly attestedCount: bigint;
  /** Count that relayers can bring the replica to with the statements held, in steps of at most one cut. */
  readonly reachableCount: bigint;
  /** Count that the replica has applied. */
  readonly appliedCount: bigint;
  /** The replica's last accepted `asOf` in seconds, 0 if none. */
  readonly lastAsOf: bigint;
  /** What its reader holds against it, null while it is live. */
  readonly condition: EdgeConditionView | null;
  readonly attesters: readonly AttesterLagView[];
}

/** Answer of `GET /v1/edges`. */
export interface EdgesAnswer {
  readonly edges: readonly EdgeView[];
}

/** A statement with all signatures held for it, sorted by signer. */
export interface StatementView {
  readonly statement: JournalHead;
  readonly signers: readonly Address[];
  /** 65 bytes for each signer, in their order. */
  readonly signatures: Hex;
  /** True from k signatures on. */
  readonly complete: boolean;
}

/** Answer of `GET /v1/edges/:edge/statements`. */
export interface StatementsAnswer {
  readonly statements: readonly StatementView[];
}

/** A block of a chain. */
export interface BlockView {
  readonly chainId: number;
  readonly height: bigint;
  readonly hash: BlockHash;
}

/** A block of a chain with its timestamp in seconds. */
export interface TimedBlockView extends BlockView {
  readonly timestamp: bigint;
}

/** One chain as the aggregator sees it. */
export interface ChainView {
  readonly chainId: number;
  readonly name: string;
  readonly role: 'collateral' | 'settlement';
  /** `live`, `syncing`, `no-quorum` or `halted`; `unwatched` where the aggregator only hears of it from attesters. */
  readonly condition: string;
  readonly reason: string | null;
  readonly heightFinal: bigint | null;
  readonly heightLatest: bigint | null;
}

/** Answer of `GET /v1/chains`. */
export interface ChainsAnswer {
  readonly chains: readonly ChainView[];
}

/** How the aggregator's margins compare with the ledger's `marginOf` at one block. */
export interface SelfCheckView {
  readonly block: TimedBlockView | null;
  readonly comparedAccounts: number;
  readonly differences: number;
}

/** The hash that two honest aggregators share at the same final blocks. */
export interface StateHashView {
  readonly hash: Bytes32;
  readonly chains: readonly BlockView[];
}

/** Answer of `GET /v1/status`. */
export interface StatusView {
  readonly profile: string;
  readonly ready: boolean;
  readonly chains: readonly ChainView[];
  readonly edges: readonly EdgeView[];
  readonly selfCheck: SelfCheckView;
  /** Null until the first final block is folded. */
  readonly stateHash: StateHashView | null;
  readonly counts: Readonly<Record<string, number>>;
}

/** Where a lock stands. */
export type EntryStage = 'seen' | 'final' | 'attested' | 'applied';

/** When an entry reached its stages, milliseconds since the epoch; null if it has not, or nobody watched. A release is seen when requested, applied when recorded. */
export interface EntryTimesView {
  readonly seenMs: number | null;
  readonly finalMs: number | null;
  readonly attestedMs: number | null;
  readonly appliedMs: number | null;
}

/** One (account, asset) on the ledger. */
export interface LineView {
  readonly assetId: number;
  readonly source: number;
  readonly chainId: number;
  readonly symbol: string;
  /** Units, whatever part of a unit counts. */
  readonly amount: bigint;
  /** Part of each unit that counts in a margin, 18 decimals; null while all of it does. */
  readonly coverageWad: bigint | null;
  /** True while a rewind left something open of the asset: it counts nothing for initial, and nothing of it leaves. */
  readonly unsettled: boolean;
  readonly unseasoned: bigint;
  /** Seconds, 0 if nothing is unseasoned. */
  readonly seasonEnd: bigint;
  readonly enabled: boolean;
}

/** Credit that counts 0 until its reason is gone. */
export interface ParkedView {
  readonly source: number;
  readonly index: bigint;
  readonly assetId: number;
  readonly symbol: string;
  readonly amount: bigint;
  readonly reason: string;
  /** Seconds from which it may be unparked, where the ledger names a date. */
  readonly readyAt: bigint | null;
  /** What ends the reason, and who may act on it. */
  readonly next: string;
}

/** One entry of an account that is under way. */
export interface EntryUnderWayView {
  /** `<edge>:<index>`. */
  readonly id: string;
  readonly edge: Bytes32;
  readonly index: bigint;
  readonly stage: EntryStage | ReleaseStage;
  /** Why it stands there, null if nothing holds it. */
  readonly reason: string | null;
  readonly amount: bigint;
  /** The ledger's asset id; null if the ledger lists no such asset. */
  readonly assetId: number | null;
  readonly times: EntryTimesView;
}

/** Answer of `GET /v1/accounts/:account`. */
export interface AccountView {
  readonly account: Bytes32;
  readonly owner: Address;
  readonly home: number;
  readonly sub: bigint;
  readonly lines: readonly LineView[];
  readonly parked: readonly ParkedView[];
  readonly entries: readonly EntryUnderWayView[];
  /** Newest first, a bounded number of them. */
  readonly releases: readonly ReleaseView[];
  /** Protocols that may require margin of the account. */
  readonly protocols: readonly Address[];
}

/** Answer of `GET /v1/entries/:id`, for locks and releases. */
export interface EntryView extends EntryUnderWayView {
  readonly direction: EdgeDirection;
  readonly kind: string;
  /** The vault's own asset index. */
  readonly asset: number;
  readonly account: Bytes32;
  readonly party: Bytes32;
  readonly fee: bigint;
  /** What happens next and who may do it, null when nothing is left to do. */
  readonly next: string | null;
  readonly blocks: { readonly origin: BlockView | null; readonly applied: BlockView | null };
  readonly attestedBy: number;
  readonly quorum: number;
  /** What the vault recorded of a release; null for a lock, and until then. */
  readonly payment: {
    readonly seq: bigint;
    /** Seconds; null while that block is not final. */
    readonly readyAt: bigint | null;
    /** Block that paid it or found it claimable, once final. */
    readonly settled: BlockView | null;
  } | null;
}

/** Answer of `GET /v1/entries/:txHash`: a transaction may hold several locks. */
export interface EntriesAnswer {
  readonly entries: readonly EntryView[];
}

/** Answer of `GET /health/ready`, with status 200 or 503. */
export interface ReadinessView {
  readonly ready: boolean;
  readonly reasons: readonly { readonly code: string; readonly detail: string }[];
}

/** One server-sent event of `GET /v1/events`. */
export interface AggregatorEvent {
  /** Increases; hand it back to resume behind it. */
  readonly id: string;
  /** `entry`, `margin`, `health`, `chain` or `statement`; a newer aggregator may say more. */
  readonly name: string;
  /** JSON that nobody has looked at yet. */
  readonly payload: unknown;
}
