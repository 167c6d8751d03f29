import { statementMembers } from './statements.js';
import { type View, addressText, bytes, list, oneOf, record, u64, word } from './values.js';

const keptStatement = record({
  statement: record(statementMembers),
  signature: bytes.describe('65 bytes.'),
}).meta({ id: 'KeptStatement', description: 'A statement as the member signed it.' });

const contradictionView = record({
  edge: word.describe('Name of the edge that both statements carry.'),
  signer: addressText,
  count: u64,
  kind: oneOf(['two-heads', 'hidden-tip']).describe('Two heads for one count, or a later tip that denies entries.'),
  first: keptStatement,
  second: keptStatement,
}).meta({ id: 'Contradiction', description: 'Two statements of one member that suspend it, whoever submits them.' });
/** Two statements of one member that contradict each other: evidence for `AttesterSet.prove`. */
export type ContradictionView = View<typeof contradictionView>;

/** Answer of `GET /v1/contradictions`. */
export const contradictionsAnswer = record({ contradictions: list(contradictionView) }).meta({ id: 'Contradictions' });
/** Answer of `GET /v1/contradictions`. */
export type ContradictionsAnswer = View<typeof contradictionsAnswer>;
