import type { ChainView } from '@surety/client';
import type { Store } from '@surety/store';
import type { Clock, FollowCondition, Intake, LedgerFollower, SelfCheck } from '@surety/workflows';
import { AccountViews } from './views/account-views.js';
import { EdgeViews } from './views/edge-views.js';
import { EntryViews } from './views/entry-views.js';
import { StatusViews } from './views/status-views.js';
import type { Names } from './views/symbols.js';

/** What all views are made of. */
export interface ViewParts {
  readonly profile: string;
  readonly names: Names;
  readonly clock: Clock;
  readonly store: Store;
  readonly intake: Intake;
  readonly follower: LedgerFollower;
  readonly selfCheck: SelfCheck;
  readonly condition: () => FollowCondition;
  readonly chains: () => ChainView[];
}

/** The views that the HTTP interface serves. */
export interface Views {
  readonly edges: EdgeViews;
  readonly entries: EntryViews;
  readonly accounts: AccountViews;
  readonly status: StatusViews;
}

/** Makes the views of one aggregator. */
export function composeViews(parts: ViewParts): Views {
  const { profile, names, clock, store, intake, follower, selfCheck, condition, chains } = parts;
  const edges = new EdgeViews({ intake, store, clock, lastAsOf: (source) => follower.asOfOf(source) });
  const entries = new EntryViews({ intake, follower, store });
  const accounts = new AccountViews({ follower, store, entries, names });
  const status = new StatusViews({ profile, intake, follower, selfCheck, store, edges, clock, condition, chains });
  return { edges, entries, accounts, status };
}
