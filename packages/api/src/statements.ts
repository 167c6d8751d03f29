import { type View, addressText, blockHashText, bytes, flag, list, natural, record, u64, word } from './values.js';

/** The members of a statement, as its signature covers them. */
export const statementMembers = {
  edge: word.describe('Name of the edge.'),
  count: u64,
  tip: u64.describe('The journal’s count at the block; above `count` at a cut.'),
  head: word,
  blockNumber: u64,
  blockHash: blockHashText,
  asOf: u64.describe('The block’s timestamp in seconds.'),
  epoch: natural,
};

const statementView = record({
  statement: record(statementMembers).meta({ id: 'Statement' }),
  signers: list(addressText),
  signatures: bytes.describe('65 bytes for each signer, in their order.'),
  complete: flag.describe('True from k signatures on.'),
})
  .check((context) => {
    const { signers, signatures } = context.value;
    const length = (signatures.length - 2) >> 1;
    if (length === 65 * signers.length) return;
    const hint = { expected: `65 bytes for each of ${signers.length} signers`, code: 'BAD_LENGTH' };
    context.issues.push({ code: 'custom', path: ['signatures'], input: `${length} bytes`, params: { hint } });
  })
  .meta({ id: 'SignedStatement', description: 'A statement with all signatures held for it, sorted by signer.' });
/** A statement with all signatures held for it, sorted by signer; 65 bytes for each. */
export type StatementView = View<typeof statementView>;

/** Answer of `GET /v1/edges/:edge/statements`. */
export const statementsAnswer = record({ statements: list(statementView) }).meta({ id: 'Statements' });
