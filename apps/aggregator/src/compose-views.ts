import type { ChainView, WitnessEdgeView } from '@surety/api';
import { keccak256 } from '@surety/contracts';
import type { Bytes32 } from '@surety/domain';
import type { Store } from '@surety/store';
import type {
  Clock,
  DriftBoard,
  FollowCondition,
  Intake,
  LedgerFollower,
  SelfCheck,
  SettlementReader,
  VaultFollower,
} from '@surety/workflows';
import { AccountMargins } from './views/account-margins.js';
import { AccountViews } from './views/account-views.js';
import { EdgeViews } from './views/edge-views.js';
import { EntryViews } from './views/entry-views.js';
import { ParkedDates } from './views/parked-dates.js';
import { QuoteViews } from './views/quote-views.js';
import { ReleaseViews } from './views/release-views.js';
import { StatusViews } from './views/status-views.js';
import type { Names } from './views/symbols.js';
import { WitnessViews } from './views/witness-views.js';

/** What all views are made of. */
export interface ViewParts {
  readonly profile: string;
  readonly names: Names;
  readonly clock: Clock;
  readonly store: Store;
  readonly intake: Intake;
  readonly reader: SettlementReader;
  readonly follower: LedgerFollower;
  /** The vaults' followers by the name of the edge to each. */
  readonly vaults: ReadonlyMap<Bytes32, VaultFollower>;
  readonly selfCheck: SelfCheck;
  readonly drift: DriftBoard;
  readonly condition: () => FollowCondition;
  /** How the following of vaults goes, by chain. */
  readonly vaultConditions: () => ReadonlyMap<number, FollowCondition>;
  readonly chains: () => ChainView[];
  /** Reads the witnesses of every edge. */
  readonly readEdges: () => Promise<readonly WitnessEdgeView[]>;
}

/** The views that the HTTP interface serves. */
export interface Views {
  readonly edges: EdgeViews;
  readonly entries: EntryViews;
  readonly releases: ReleaseViews;
  readonly accounts: AccountViews;
  readonly quotes: QuoteViews;
  readonly status: StatusViews;
  readonly witnesses: WitnessViews;
}

/** Makes the views of one aggregator. */
export function composeViews(parts: ViewParts): Views {
  const { intake, store, clock, follower, reader } = parts;
  const conditionOf = (edge: Bytes32) =>
    (parts.vaults.get(edge)?.replica ?? follower.state.replicas.find((one) => one.edge === edge))?.condition;
  const edges = new EdgeViews({ intake, store, clock, lastAsOf: (source) => follower.asOfOf(source), conditionOf });
  const releases = new ReleaseViews(parts);
  const entries = new EntryViews({ intake, follower, store, releases });
  const margins = new AccountMargins({ follower, reader, store });
  const accounts = new AccountViews({
    ...parts,
    entries,
    releases,
    margins,
    dates: new ParkedDates({ reader, follower }),
    keccak256,
  });
  const quotes = new QuoteViews({ ...parts, margins });
  const status = new StatusViews({ ...parts, edges });
  const witnesses = new WitnessViews(parts);
  return { edges, entries, releases, accounts, quotes, status, witnesses };
}
