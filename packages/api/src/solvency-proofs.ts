import { z } from 'zod';
import {
  type View,
  addressText,
  blockHashText,
  bytes,
  hints,
  list,
  natural,
  oneOf,
  record,
  text,
  decimalsNumber,
  u16,
  word,
} from './values.js';

const nodes = list(bytes).describe('Nodes of a Merkle-Patricia proof, from the root down.');

/** Storage of one contract in one block. */
const provenStorage = {
  chainId: natural,
  block: blockHashText,
  header: bytes.describe('RLP of the block’s header.'),
  account: nodes,
  slots: list(nodes).describe('One proof for each slot, in the order of docs/PROOFS.md.'),
};

const balance = record({
  mapping: record({ slot: word, order: oneOf(['key-first', 'slot-first']) }),
  account: nodes,
  slot: nodes,
});

const provenAsset = record({
  assetId: u16,
  vaultAsset: u16,
  symbol: text,
  decimals: decimalsNumber,
  token: addressText,
  balance: balance.nullable().describe('Null where no slot of the token’s own storage holds the balance.'),
});

/** A proof of what is owed of each asset and what the vaults hold of it. */
export const solvencyProofView = record({
  kind: z.literal('solvency').register(hints, { expected: '"solvency"', code: 'UNKNOWN_KIND' }),
  settlement: record({ ...provenStorage, ledger: addressText }),
  vaults: list(record({ ...provenStorage, source: u16, vault: addressText, assets: list(provenAsset) })),
});
/** A proof of what is owed of each asset and what the vaults hold of it. */
export type SolvencyProofView = View<typeof solvencyProofView>;
