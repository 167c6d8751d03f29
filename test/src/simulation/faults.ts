/** Everything that can go wrong, by who brings it. A seed enables a part of it. */
export const FAULT_KINDS = [
  // chains
  'reorg',
  'deep-reorg',
  'reorg-everywhere',
  'finality-stall',
  'chain-halt',
  'timestamp-jump',
  'base-fee-spike',
  'pool-drop',
  'empty-blocks',
  'lock-burst',
  'dust-locks',
  // providers of a chain, as a watcher or an aggregator reads them
  'provider-down',
  'provider-slow',
  'provider-lagging',
  'provider-backward',
  'provider-dead-fork',
  'provider-flip-flop',
  'provider-unproven',
  'lie-block-hash',
  'lie-final-height',
  'lie-omitted-logs',
  'lie-forged-log',
  'lie-position',
  'lie-seen-entries',
  // providers as a sender of transactions uses them
  'rpc-down',
  'rpc-answer-lost',
  'rpc-stale-nonce',
  'rpc-no-receipt',
  'rpc-pool-forgets',
  // the network between processes
  'message-lost',
  'answer-lost',
  'message-doubled',
  'message-delayed',
  'partition',
  'clog',
  // processes and their disks
  'watcher-kill',
  'aggregator-kill',
  'relayer-kill',
  'crash-point',
  'power-loss',
  'unsynced-lost',
  'write-in-flight-lost',
  'pause',
  'stop-start',
  'clock-jump',
  'double-start-watcher',
  'double-start-relayer',
  'old-backup',
  'store-lost',
  'history-write-error',
  'log-write-error',
  'database-down',
  'aggregator-wiped',
  // people
  'equivocation',
  'forged-head',
  'forged-entries',
  'withheld-signature',
  'garbage-signature',
  'wrong-epoch',
  'hostile-relayer-garbage',
  'hostile-relayer-race',
  'attester-gone',
  // what a replica is rewound for, and what makes an asset short
  'vault-chain-breaks',
  'settlement-chain-breaks',
  'both-chains-break',
  'forged-quorum',
  'tokens-lost',
  'tokens-returned',
  'trouble-repeats',
  'log-lost-after-break',
] as const;

/** Kinds of which every third world must have at least one. */
export const REPAIRED_KINDS = [
  'vault-chain-breaks',
  'settlement-chain-breaks',
  'both-chains-break',
  'forged-quorum',
  'tokens-lost',
] as const satisfies readonly FaultKind[];

/** Named places in the loops between two effects, at which a process is killed: the production code itself passes them. */
export const CRASH_POINTS = [
  'watcher.delivery.entries-posted',
  'watcher.delivery.entries-signed',
  'watcher.delivery.marked',
  'watcher.delivery.statements-posted',
  'watcher.delivery.stepping-back',
  'watcher.frame.committed',
  'watcher.frame.signed',
  'watcher.frame.stated',
  'watcher.seen.posted',
  'aggregator.candidates.saved',
  'aggregator.entries.saved',
  'aggregator.fold.applied',
  'aggregator.fold.book-read',
  'aggregator.fold.entries-ensured',
  'aggregator.fold.facts-read',
  'aggregator.fold.noted',
  'aggregator.fold.saved',
  'aggregator.publish.compared',
  'aggregator.publish.told',
  'aggregator.statements.complete',
  'aggregator.statements.saved',
  'aggregator.vault.applied',
  'aggregator.vault.facts-read',
  'aggregator.vault.saved',
  'relayer.batch.entries-read',
  'relayer.batch.landed',
  'relayer.batch.planned',
  'relayer.flight.receipt-seen',
  'relayer.flight.replaced',
  'relayer.flight.replacement-signed',
  'relayer.flight.resent',
  'relayer.pass.read',
  'relayer.pay.landed',
  'relayer.pay.planned',
  'relayer.refresh.chosen',
  'relayer.send.broadcast',
  'relayer.send.nonce-chosen',
  'relayer.send.recorded',
  'relayer.send.settled',
  'relayer.send.signed',
  'relayer.send.simulated',
  'relayer.send.spent',
] as const;

/** The name of a fault. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a run should reach at least sometimes, or it proves little. */
export const SOMETIMES = [
  'reorg dropped an entry',
  'reorg of depth 32 or more',
  'reorg dropped a credit on the settlement chain',
  'cut attested',
  'cut restated',
  'heartbeat signed without growth',
  'batch of several entries applied',
  'batch that skipped a known prefix applied',
  'race between relayers lost',
  'credit parked',
  'payment waited for its date',
  'payment stopped',
  'release refunded',
  'statement of a new epoch applied',
  'statement of an expired epoch refused',
  'halt latched',
  'quorum of providers lost',
  'contradiction kept as evidence',
  'key retired for an older history',
  'candidates dropped',
  'delivery repeated after a loss',
  'fold rebuilt from the chain alone',
  'transaction replaced by a dearer one',
  'transaction resent',
  'nonce shared by two processes',
  'killed between history and signature',
  'killed between signature and log',
  'same frame signed again after a crash',
  'three faults at once',
  'replica rewound',
  'replica rewound twice',
  'name refused whose history differs',
  'cut stated under a later name',
  'refund waited for witnesses',
  'edge quarantined by a refused entry',
  'refund without a record',
  'entry came again',
  'orphan taken back',
  'entry found after it was taken back',
  'vault told of a loss',
  'loss taken over',
  'release paid that its journal does not hold',
  'release settled by what was paid before',
  'payment at less than its amount',
  'coverage in force fell',
  'coverage rose again',
  'point refused for its age',
] as const;

/** The name of a point. */
export type SometimesPoint = (typeof SOMETIMES)[number];

/** Counts of faults that fired and of points that were reached. */
export class Tally {
  readonly faults = new Map<FaultKind, number>();
  readonly points = new Map<SometimesPoint, number>();

  /** Counts a fault that took place. */
  fire(kind: FaultKind): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }

  /** Counts a point that was reached. */
  reach(point: SometimesPoint): void {
    this.points.set(point, (this.points.get(point) ?? 0) + 1);
  }

  /** Faults fired in all. */
  get total(): number {
    return [...this.faults.values()].reduce((sum, count) => sum + count, 0);
  }
}
