import { type Reader, finite, list, natural, nullable, oneOf, record, text, word, u16, u64, u256 } from './reader.js';
import type { ConfigurationView, WitnessesAnswer } from './witness-wire.js';

const configuration: Reader<ConfigurationView> = record<ConfigurationView>({
  state: oneOf(['same', 'drifted', 'unknown'] as const),
  comparedAtMs: nullable(finite),
  drift: list(record({ path: text, seen: text, expected: text })),
});

/** Reads the witnesses of all edges. */
export const readWitnessesAnswer: Reader<WitnessesAnswer> = record<WitnessesAnswer>({
  edges: list(
    record({
      edge: word,
      direction: oneOf(['to-ledger', 'to-vault'] as const),
      source: u16,
      chain: text,
      originChainId: natural,
      destinationChainId: natural,
      count: nullable(u64),
      m: nullable(natural),
      alive: natural,
      fastShareBp: nullable(natural),
      fast: list(record({ assetId: u16, symbol: text, units: nullable(u256) })),
      witnesses: list(
        record({
          witness: text,
          kind: text,
          slot: natural,
          health: text,
          head: nullable(record({ count: u64, time: u64, block: nullable(u64) })),
          confirmed: nullable(u64),
          lag: nullable(record({ entries: u64, seconds: nullable(u64) })),
          feeWei: nullable(u256),
          configuration,
        }),
      ),
      configuration,
    }),
  ),
});
