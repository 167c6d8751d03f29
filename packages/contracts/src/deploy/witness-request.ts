import { type Parsed, type Parser, countParser, objectParser, optionalParser } from '@surety/domain';
import { plannedAddress } from './planned-address.js';
import { kindParser, listParser, parseFlag, textParser } from './requested-fields.js';

const parseText = textParser(/^[\w. -]{1,40}$/, '1 to 40 letters, digits, dots, dashes or spaces');
/** A verifier of LayerZero's, and the organisation behind it. */
const parseVerifier = objectParser({ operator: parseText, address: plannedAddress });

const parseVerifiers = objectParser({
  /** Origin blocks that each verifier waits for. */
  confirmations: countParser(32),
  requiredDvns: listParser(parseVerifier),
  optionalDvns: listParser(parseVerifier),
  optionalThreshold: countParser(7),
});
/** One direction of a LayerZero path, as one chain's message library knows it; addresses are of that chain. */
export type VerifiersRequest = Parsed<typeof parseVerifiers>;

const parseLayerZeroEnd = objectParser({
  endpoint: plannedAddress,
  sendLibrary: plannedAddress,
  receiveLibrary: plannedAddress,
  executor: plannedAddress,
  send: parseVerifiers,
  receive: parseVerifiers,
});
/** LayerZero's own contracts on one chain, and its verifiers there. */
export type LayerZeroEndRequest = Parsed<typeof parseLayerZeroEnd>;

const parseWormholeEnd = objectParser({ core: plannedAddress });
/** Wormhole's core contract of one chain. */
export type WormholeEndRequest = Parsed<typeof parseWormholeEnd>;

/** Fields that every kind of witness has. */
const TERMS = {
  name: parseText,
  /** Its place at ledger and vault, 0 to 3. */
  slot: countParser(2),
  /** The organisation that runs the transport. */
  operator: parseText,
  /** Failure domain: whatever has to fail or lie for this witness to lie. */
  failureDomain: parseText,
  /** It waits for finality, so that another head is a conflict. */
  mayConflict: parseFlag,
};
const parseLayerZero = objectParser({
  ...TERMS,
  kind: () => 'layerzero' as const,
  atVault: parseLayerZeroEnd,
  atLedger: parseLayerZeroEnd,
});
const parseWormhole = objectParser({
  ...TERMS,
  kind: () => 'wormhole' as const,
  guardianSet: objectParser({ index: countParser(32), size: countParser(8) }),
  atVault: parseWormholeEnd,
  atLedger: parseWormholeEnd,
});
/** A pair of witness contracts to build: one beside the vault, one beside the ledger. */
export type WitnessRequest = Parsed<typeof parseLayerZero> | Parsed<typeof parseWormhole>;

/**
 * Reads the witnesses of a source.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX for a malformed value; BAD_PLAN for an unknown kind.
 */
export const parseWitnesses: Parser<readonly WitnessRequest[]> = listParser(
  kindParser<WitnessRequest>({ layerzero: parseLayerZero, wormhole: parseWormhole }),
);

/** Ids of a chain at the bridges, as fields of a request. */
export const BRIDGE_IDS = {
  layerZeroEid: optionalParser(countParser(32)),
  wormholeChainId: optionalParser(countParser(32)),
};
/** The bridges' ids of a chain. */
export interface RequestedBridgeIds {
  readonly layerZeroEid?: number;
  readonly wormholeChainId?: number;
}

/** Picks the bridges' ids from a chain. */
export function requestedBridgeIdsOf({
  layerZeroEid,
  wormholeChainId,
}: { [Field in keyof RequestedBridgeIds]: number | undefined }): RequestedBridgeIds {
  return {
    ...(layerZeroEid === undefined ? {} : { layerZeroEid }),
    ...(wormholeChainId === undefined ? {} : { wormholeChainId }),
  };
}

/**
 * Lists the contradictions in a source's witnesses. `ids` are the bridges' ids of its chain and the settlement chain.
 */
export function problemsOfWitnesses(source: {
  readonly name: string;
  readonly m: number;
  readonly witnesses: readonly WitnessRequest[];
  readonly ids: readonly RequestedBridgeIds[];
}): string[] {
  const { name, m, witnesses, ids } = source;
  const slots = new Set(witnesses.map(({ slot }) => slot));
  const names = new Set(witnesses.map((witness) => witness.name));
  const missing = (field: keyof RequestedBridgeIds): boolean => ids.some((chain) => chain[field] === undefined);
  return [
    ...(slots.size < witnesses.length
      ? [`${name}.witnesses: two stand in one slot; expected a slot of its own each`]
      : []),
    ...(names.size < witnesses.length ? [`${name}.witnesses: two have one name; expected a name of its own each`] : []),
    ...(m > witnesses.length
      ? [`${name}: m is ${m} of ${witnesses.length} witnesses; expected at most as many as there are`]
      : []),
    ...witnesses.flatMap((witness) => {
      const field = witness.kind === 'layerzero' ? 'layerZeroEid' : 'wormholeChainId';
      return missing(field)
        ? [`${name}.witnesses.${witness.name}: ${field} is missing at ${name} or at the settlement chain`]
        : [];
    }),
  ];
}
