import type { EdgeDirection } from '@surety/domain';
import type { EntryStage } from './intake-store.js';

/** Stages of a release, in order. `claimable` is parallel to the last three, `stopped` leads to `refunded`. */
export type ReleaseStage =
  | 'requested'
  | 'final'
  | 'attested'
  | 'recorded'
  | 'payable'
  | 'paying'
  | 'paid'
  | 'claimable'
  | 'stopped'
  | 'refunded'
  | 'refused';

const RELEASE_NAMES: Readonly<Record<EntryStage, ReleaseStage>> = {
  seen: 'requested',
  final: 'final',
  attested: 'attested',
  applied: 'recorded',
};

/** Returns the public name of a stage on an edge of this direction. */
export function stageName(stage: EntryStage, direction: EdgeDirection): EntryStage | ReleaseStage {
  return direction === 'to-vault' ? RELEASE_NAMES[stage] : stage;
}
