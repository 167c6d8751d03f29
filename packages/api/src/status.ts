import { z } from 'zod';
import { blockView, timedBlockView } from './blocks.js';
import { edgeView } from './edges.js';
import { type View, flag, hints, list, natural, oneOf, record, text, u64, word } from './values.js';

const chainView = record({
  chainId: natural,
  name: text,
  role: oneOf(['collateral', 'settlement']),
  condition: text.describe(
    '`live`, `syncing`, `no-quorum` or `halted`; `unwatched` where the aggregator only hears of it from attesters.',
  ),
  reason: text.nullable(),
  heightFinal: u64.nullable(),
  heightLatest: u64.nullable(),
}).meta({ id: 'Chain' });
/** One chain as the aggregator sees it. */
export type ChainView = View<typeof chainView>;

/** Answer of `GET /v1/chains`. */
export const chainsAnswer = record({ chains: list(chainView) }).meta({ id: 'Chains' });

const selfCheck = record({
  block: timedBlockView.nullable(),
  comparedAccounts: natural,
  differences: natural,
}).meta({
  id: 'SelfCheck',
  description: 'How the aggregator’s margins compare with the ledger’s `marginOf` at one block.',
});

const stateHashView = record({ hash: word, chains: list(blockView) }).meta({
  id: 'StateHash',
  description: 'The hash that two honest aggregators share at the same final blocks.',
});
/** The hash that two honest aggregators share at the same final blocks. */
export type StateHashView = View<typeof stateHashView>;

/** Answer of `GET /v1/status`. */
export const statusView = record({
  profile: text,
  ready: flag,
  chains: list(chainView),
  edges: list(edgeView),
  selfCheck,
  stateHash: stateHashView.nullable().describe('Null until the first final block is folded.'),
  counts: z.record(z.string(), natural).register(hints, { expected: 'an object of counts', code: 'MISSING_FIELD' }),
}).meta({ id: 'Status' });
/** Answer of `GET /v1/status`. */
export type StatusView = View<typeof statusView>;

/** Answer of `GET /health/live`. */
export const liveAnswer = record({ status: oneOf(['ok']) }).meta({ id: 'Live' });

/** Answer of `GET /health/ready`, with status 200 or 503; a ready one may name reasons too. */
export const readinessView = record({
  ready: flag,
  reasons: list(record({ code: text, detail: text })),
}).meta({ id: 'Readiness' });
/** Answer of `GET /health/ready`, with status 200 or 503. */
export type ReadinessView = View<typeof readinessView>;
