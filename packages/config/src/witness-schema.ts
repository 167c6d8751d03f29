import { z } from 'zod';
import { hexAddress, anyAddress, anyWord, basisPoints, decimalText, height, named } from './schema-fields.js';

/** Places for witnesses at a source. @source LedgerStorage.WITNESSES_MAX */
export const WITNESS_SLOTS = 4;

/** Fields that every kind of witness has. */
const common = {
  name: named,
  /** Its place at ledger and vault, from 0. */
  slot: z
    .int()
    .min(0)
    .max(WITNESS_SLOTS - 1),
  /** The organisation that runs the transport. */
  operator: named,
  /** Failure domain: whatever has to fail or lie for this witness to lie. Witnesses of one domain count as one. */
  failureDomain: named,
  /** True if it waits for finality, so that a different head is a conflict. */
  mayConflict: z.boolean(),
};

const dvn = z.strictObject({
  /** The organisation behind this verifier. */
  operator: named,
  address: hexAddress,
});

/** One direction of a LayerZero path, as set in a message library; nothing is inherited. */
const uln = z.strictObject({
  /** Origin blocks that every DVN waits for. On chain 0 means the library's default. */
  confirmations: z.int().min(0).max(1_000_000),
  requiredDvns: z.array(dvn).max(127),
  optionalDvns: z.array(dvn).max(127),
  /** Number of optional DVNs that must agree. */
  optionalThreshold: z.int().min(0).max(127),
});

const layerZeroEnd = z.strictObject({
  /** The witness contract of this chain. */
  contract: hexAddress,
  endpoint: hexAddress,
  /** Left out or zero: the endpoint's default, which its owner may change. */
  sendLibrary: anyAddress.optional(),
  receiveLibrary: anyAddress.optional(),
  executor: anyAddress.optional(),
  /** The witness contract of the other chain; left out or zero: none is set. */
  peer: anyAddress.optional(),
  send: uln,
  receive: uln,
});

const wormholeEnd = z.strictObject({
  contract: hexAddress,
  /** Wormhole's core contract of this chain. */
  core: hexAddress,
  /** Consistency requested when this end publishes: 200 instant, 201 safe, 203 custom, anything else final. */
  consistencyLevel: z.int().min(0).max(255),
  /** The witness contract of the other chain, the only emitter whose messages count. */
  peer: anyAddress.optional(),
});

const stateProofEnd = z.strictObject({
  contract: hexAddress,
  /** Source of the other chain's block hashes at this end. */
  hashSource: z.strictObject({
    kind: z.enum(['l1-block', 'l1-message', 'dispute-game', 'light-client']),
    address: hexAddress,
    /** The finality of the newest block whose hash it provides. */
    takes: z.enum(['finalized', 'safe', 'latest']),
  }),
  /** The contract of the other chain whose storage is proven: the journal itself. */
  peer: anyAddress.optional(),
  /** The first block that it trusts without proof. */
  anchor: z.strictObject({ height, hash: anyWord }),
});

const guardianSet = z.strictObject({ index: z.int().min(0), size: z.int().min(1).max(255) });

/** A witness of a source. `atVault` is its contract beside the vault, `atLedger` its twin beside the ledger. */
export const witness = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('layerzero'), ...common, atVault: layerZeroEnd, atLedger: layerZeroEnd }),
  z.strictObject({
    kind: z.literal('wormhole'),
    ...common,
    /** The guardian set whose signatures count, as it is on both chains. */
    guardianSet,
    /** The set that Wormhole has announced to follow: each chain may have either, until the move is over. */
    nextGuardianSet: guardianSet.optional(),
    atVault: wormholeEnd,
    atLedger: wormholeEnd,
  }),
  z.strictObject({ kind: z.literal('state-proof'), ...common, atVault: stateProofEnd, atLedger: stateProofEnd }),
]);

/** A source's policy for its witnesses: `m` at ledger and vault alike, and what each end lets pass unconfirmed. */
export const policy = z.strictObject({
  /** Number of witnesses that must confirm what exceeds the fast limit; 0 needs none. */
  m: z.int().min(0).max(WITNESS_SLOTS),
  /** Largest value of all caps of the source, in whole US dollars, in its governor's judgement. */
  valueMaxUsd: decimalText,
  /**
   * Share of each asset's cap that may be in use unconfirmed, in basis points; the ledger allows a quarter of it while
   * the source is contested.
   */
  fastBp: basisPoints,
  /** Share of each asset's daily limit that the vault pays unconfirmed, in basis points; 2,500 if left out, as from its listing on. */
  vaultFastBp: basisPoints.min(10).optional(),
});

/** The operator of an attester. */
export const attesterOperator = z.strictObject({
  /** Its address in `attesters.members`. */
  member: hexAddress,
  operator: named,
  /** Location of the attester: a data centre or a cloud region. */
  failureDomain: named,
  /** Location of its key: a machine, a hardware module, an account of a key service. */
  custody: named,
});
