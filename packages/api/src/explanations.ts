import { EXPLAIN_OUTCOMES, EXPLAIN_SUBJECTS, REASONS, type ReasonCode } from '@surety/domain';
import { type View, integer, list, oneOf, record, text, u64, u256 } from './values.js';

const evidenceView = record({
  asked: text.describe('The process, contract or provider that was asked.'),
  said: text,
  block: u64.nullable().describe('Block that the fact describes.'),
  hash: text.nullable(),
  ageS: integer.nullable().describe('Seconds since the fact was true.'),
}).meta({ id: 'Evidence' });

const explainedStage = record({
  name: text,
  state: oneOf(['holds', 'fails', 'ahead']).describe(
    '`fails` is the first that does not hold; `ahead` was not reached.',
  ),
  evidence: list(evidenceView),
}).meta({ id: 'ExplainedStage' });

const causeView = record({
  code: oneOf(Object.keys(REASONS) as [ReasonCode, ...ReasonCode[]]),
  reason: text,
  limiter: text.nullable().describe('The limit that binds, if one does.'),
});

/** Reason for the state of a thing: ordered stages, the first condition that fails, who acts next, and what to run. */
export const explanationView = record({
  subject: oneOf(EXPLAIN_SUBJECTS),
  id: text,
  outcome: oneOf(EXPLAIN_OUTCOMES).describe('A lock ends `counted` or `parked`, never at `applied`.'),
  summary: text,
  stages: list(explainedStage),
  cause: causeView.nullable().describe('The first condition that fails; null if all hold.'),
  next: record({ who: text, act: text, run: text.nullable().describe('A command to run.') }).nullable(),
  eta: record({ seconds: integer.nullable(), basis: text }).nullable(),
  countedAt: u64.nullable().describe('Block of the settlement chain at which it counts.'),
  until: u64.nullable().describe('Seconds, where a date ends the cause.'),
  countsWad: u256.nullable().describe('What counts for initial, 18 decimals; 0 while parked.'),
}).meta({ id: 'Explanation' });
/** Reason for the state of a thing. */
export type ExplanationView = View<typeof explanationView>;

/** Answer of `GET /v1/explain/:id`: one explanation, or several for a transaction with several entries. */
export const explainAnswer = record({
  asked: text.optional().describe('The name that was asked for.'),
  explanations: list(explanationView),
}).meta({ id: 'Explanations' });

/** Path parameter of `GET /v1/explain/:id`. */
export const explainParameter = text.max(200).meta({
  description:
    'A transaction’s hash, `<edge>:<index>`, an account or its owner’s address, `<symbol>@<chain>`, a chain, an edge, an attester, a market; or with its kind in front, such as `auction:0x…`, `line:<account>:<assetId>` or `parked:<source>:<index>`.',
  example: 'USDC@alpha',
});
