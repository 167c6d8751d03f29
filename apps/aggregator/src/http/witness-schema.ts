import { SHAPES, list, nullable, record } from './api-schemas.js';

const { text, decimal, natural, word } = SHAPES;

const configuration = record({
  state: { enum: ['same', 'drifted', 'unknown'] },
  comparedAtMs: nullable({ type: 'integer' }),
  drift: list(record({ path: text, seen: text, expected: text })),
});

const witness = record({
  witness: text,
  kind: text,
  slot: natural,
  health: { enum: ['ok', 'unconfirmed', 'behind', 'silent', 'unknown', 'drifted', 'contradicted'] },
  head: nullable(record({ count: decimal, time: decimal, block: nullable(decimal) })),
  confirmed: nullable(decimal),
  lag: nullable(record({ entries: decimal, seconds: nullable(decimal) })),
  feeWei: nullable(decimal),
  configuration,
});

/** The shape of the answer of `GET /v1/witnesses`. */
export const WITNESSES = record({
  edges: list(
    record({
      edge: word,
      direction: { enum: ['to-ledger', 'to-vault'] },
      source: natural,
      chain: text,
      originChainId: natural,
      destinationChainId: natural,
      count: nullable(decimal),
      m: nullable(natural),
      alive: natural,
      fastShareBp: nullable(natural),
      fast: list(record({ assetId: natural, symbol: text, units: nullable(decimal) })),
      witnesses: list(witness),
      configuration,
    }),
  ),
});
