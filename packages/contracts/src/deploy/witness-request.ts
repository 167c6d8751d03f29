import { type Address, type JsonObject, type Unparsed, parseUint, requireObject } from '@surety/domain';
import { deployError } from './errors.js';
import { plannedAddress } from './planned-address.js';

/** A verifier of LayerZero's, and the organisation behind it. */
export interface VerifierRequest {
  readonly operator: string;
  readonly address: Address;
}

/** One direction of a LayerZero path, as one chain's message library knows it; addresses are of that chain. */
export interface VerifiersRequest {
  /** Origin blocks that each verifier waits for. */
  readonly confirmations: number;
  readonly requiredDvns: readonly VerifierRequest[];
  readonly optionalDvns: readonly VerifierRequest[];
  readonly optionalThreshold: number;
}

/** LayerZero's own contracts on one chain, and its verifiers there. */
export interface LayerZeroEndRequest {
  readonly endpoint: Address;
  readonly sendLibrary: Address;
  readonly receiveLibrary: Address;
  readonly executor: Address;
  readonly send: VerifiersRequest;
  readonly receive: VerifiersRequest;
}

/** Wormhole's core contract of one chain. */
export interface WormholeEndRequest {
  readonly core: Address;
}

/** Fields that every kind of witness has. */
interface WitnessTerms {
  readonly name: string;
  /** Its place at ledger and vault, 0 to 3. */
  readonly slot: number;
  /** The organisation that runs the transport. */
  readonly operator: string;
  /** Failure domain: whatever has to fail or lie for this witness to lie. */
  readonly failureDomain: string;
  /** It waits for finality, so that another head is a conflict. */
  readonly mayConflict: boolean;
}

/** A pair of witness contracts to build: one beside the vault, one beside the ledger. */
export type WitnessRequest = WitnessTerms &
  (
    | { readonly kind: 'layerzero'; readonly atVault: LayerZeroEndRequest; readonly atLedger: LayerZeroEndRequest }
    | {
        readonly kind: 'wormhole';
        readonly guardianSet: { readonly index: number; readonly size: number };
        readonly atVault: WormholeEndRequest;
        readonly atLedger: WormholeEndRequest;
      }
  );

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

const TERMS = ['kind', 'name', 'slot', 'operator', 'failureDomain', 'mayConflict', 'atVault', 'atLedger'];

/**
 * Reads the witnesses of a source.
 * @throws MISSING_FIELD, UNKNOWN_FIELD, OUT_OF_RANGE, BAD_HEX for a malformed value; BAD_PLAN for an unknown kind.
 */
export function parseWitnesses(value: Unparsed, path: string): readonly WitnessRequest[] {
  if (!Array.isArray(value)) throw deployError('BAD_PLAN', `${path} is not a list`);
  return (value as readonly unknown[]).map((witness, at) => parseWitness(witness, `${path}[${at}]`));
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

function parseWitness(value: Unparsed, path: string): WitnessRequest {
  const kind = typeof value === 'object' && value !== null ? (value as JsonObject)['kind'] : undefined;
  if (kind !== 'layerzero' && kind !== 'wormhole')
    throw deployError('BAD_PLAN', `${path}.kind is ${String(kind)}; expected layerzero or wormhole`);
  const object = requireObject(value, path, kind === 'layerzero' ? TERMS : [...TERMS, 'guardianSet']);
  const terms: WitnessTerms = {
    name: text(object['name'], `${path}.name`),
    slot: Number(parseUint(object['slot'], 2, `${path}.slot`)),
    operator: text(object['operator'], `${path}.operator`),
    failureDomain: text(object['failureDomain'], `${path}.failureDomain`),
    mayConflict: flag(object['mayConflict'], `${path}.mayConflict`),
  };
  if (kind === 'layerzero')
    return {
      ...terms,
      kind,
      atVault: parseLayerZeroEnd(object['atVault'], `${path}.atVault`),
      atLedger: parseLayerZeroEnd(object['atLedger'], `${path}.atLedger`),
    };
  const set = requireObject(object['guardianSet'], `${path}.guardianSet`, ['index', 'size']);
  return {
    ...terms,
    kind,
    guardianSet: {
      index: Number(parseUint(set['index'], 32, `${path}.guardianSet.index`)),
      size: Number(parseUint(set['size'], 8, `${path}.guardianSet.size`)),
    },
    atVault: parseWormholeEnd(object['atVault'], `${path}.atVault`),
    atLedger: parseWormholeEnd(object['atLedger'], `${path}.atLedger`),
  };
}

function parseLayerZeroEnd(value: Unparsed, path: string): LayerZeroEndRequest {
  const contracts = ['endpoint', 'sendLibrary', 'receiveLibrary', 'executor'] as const;
  const object = requireObject(value, path, [...contracts, 'send', 'receive']);
  const [endpoint, sendLibrary, receiveLibrary, executor] = contracts.map((field) =>
    plannedAddress(object[field], `${path}.${field}`),
  ) as [Address, Address, Address, Address];
  return {
    endpoint,
    sendLibrary,
    receiveLibrary,
    executor,
    send: parseVerifiers(object['send'], `${path}.send`),
    receive: parseVerifiers(object['receive'], `${path}.receive`),
  };
}

function parseVerifiers(value: Unparsed, path: string): VerifiersRequest {
  const object = requireObject(value, path, ['confirmations', 'requiredDvns', 'optionalDvns', 'optionalThreshold']);
  const list = (field: 'requiredDvns' | 'optionalDvns'): VerifierRequest[] => {
    const entries = object[field];
    if (!Array.isArray(entries)) throw deployError('BAD_PLAN', `${path}.${field} is not a list`);
    return (entries as readonly unknown[]).map((entry, at) => {
      const place = `${path}.${field}[${at}]`;
      const one = requireObject(entry, place, ['operator', 'address']);
      return {
        operator: text(one['operator'], `${place}.operator`),
        address: plannedAddress(one['address'], `${place}.address`),
      };
    });
  };
  return {
    confirmations: Number(parseUint(object['confirmations'], 32, `${path}.confirmations`)),
    requiredDvns: list('requiredDvns'),
    optionalDvns: list('optionalDvns'),
    optionalThreshold: Number(parseUint(object['optionalThreshold'], 7, `${path}.optionalThreshold`)),
  };
}

function parseWormholeEnd(value: Unparsed, path: string): WormholeEndRequest {
  return { core: plannedAddress(requireObject(value, path, ['core'])['core'], `${path}.core`) };
}

function text(value: Unparsed, path: string): string {
  if (typeof value === 'string' && /^[\w. -]{1,40}$/.test(value)) return value;
  throw deployError(
    'BAD_PLAN',
    `${path} is ${JSON.stringify(value)}; expected 1 to 40 letters, digits, dots, dashes or spaces`,
  );
}

function flag(value: Unparsed, path: string): boolean {
  if (typeof value === 'boolean') return value;
  throw deployError('BAD_PLAN', `${path} is ${JSON.stringify(value)}; expected true or false`);
}
