import {
  type Address,
  type Bytes32,
  type ChainId,
  type Hex,
  address,
  bytes32,
  bytesToHex,
  concatBytes,
  hexToBytes,
  mulDivDown,
} from '@surety/domain';
import { type Abi, encodeDeployData, getContractAddress } from 'viem';
import type { ContractCode } from '../contract-code.js';
import {
  type collateralLedgerAbi,
  type collateralVaultAbi,
  layerZeroWitnessAbi,
  layerZeroWitnessCode,
  witnessSeatAbi,
  witnessSeatCode,
  wormholeWitnessAbi,
  wormholeWitnessCode,
} from '../generated/index.js';
import { keccak256 } from '../hash.js';
import type { AssetRequest, ChainRequest } from './chain-request.js';
import { type ActedContract, planAct } from './plan-act.js';
import type { PlannedAct } from './plan-deployment.js';
import type { RequestedBridgeIds, LayerZeroEndRequest, VerifiersRequest, WitnessRequest } from './witness-request.js';

/** One end of a pair: its seat, and the contract built on it. */
export interface PlannedWitnessEnd {
  readonly chainId: ChainId;
  readonly seat: Address;
  readonly contract: Address;
  readonly code: ContractCode;
  /** The builder, which is the governor there. */
  readonly builder: Address;
  readonly creation: Hex;
  /** Members of its constructor's argument, by name. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** A witness of a source, in both directions. */
export interface PlannedWitness {
  readonly request: WitnessRequest;
  readonly atVault: PlannedWitnessEnd;
  readonly atLedger: PlannedWitnessEnd;
}

/** The chain of one end, and the journal that it publishes. */
interface EndPlace {
  readonly chainId: ChainId;
  readonly builder: Address;
  readonly journal: Address;
  readonly ids: RequestedBridgeIds;
}

/** The chains, builders and addresses that a pair of witnesses is planned from. */
export interface WitnessPlace {
  readonly source: number;
  readonly vault: EndPlace;
  readonly ledger: EndPlace;
  /** Plans the contract of a seat and gives its address. */
  readonly create: (chainId: ChainId, part: string, code: ContractCode, abi: Abi, args: readonly unknown[]) => Address;
}

/**
 * Plans the two ends of a witness. Each names the other at construction, so both are built on seats, whose addresses
 * follow only from builder and label. The label follows from everything else that the ends are built with: terms that were
 * corrected have seats of their own, and never meet what was built with the terms before.
 */
export function planWitness(request: WitnessRequest, place: WitnessPlace): PlannedWitness {
  const { vault, ledger } = place;
  const toVault = (peer: Address): BuiltEnd =>
    buildOf(request, { journal: vault.journal, ledgerSource: 0, peer, there: ledger.ids, side: 'atVault' });
  const toLedger = (peer: Address): BuiltEnd =>
    buildOf(request, {
      journal: ledger.journal,
      ledgerSource: place.source,
      peer,
      there: vault.ids,
      side: 'atLedger',
    });
  const label = labelOf(`${place.source}/${request.name}`, [toVault(NO_PEER).creation, toLedger(NO_PEER).creation]);
  const seat = ({ chainId, builder }: EndPlace, part: string): { seat: Address; contract: Address } => {
    const at = place.create(chainId, part, witnessSeatCode, witnessSeatAbi, [builder, label]);
    return { seat: at, contract: address(getContractAddress({ from: at, nonce: 1n })) };
  };
  const atVault = seat(vault, `seat-${request.name}`);
  const atLedger = seat(ledger, `seat-${place.source}-${request.name}`);
  const end = ({ chainId, builder }: EndPlace, own: typeof atVault, built: BuiltEnd): PlannedWitnessEnd => ({
    chainId,
    ...own,
    code: request.kind === 'layerzero' ? layerZeroWitnessCode : wormholeWitnessCode,
    builder,
    ...built,
  });
  return {
    request,
    atVault: end(vault, atVault, toVault(atLedger.contract)),
    atLedger: end(ledger, atLedger, toLedger(atVault.contract)),
  };
}

/** Stands for the other end in a label: its address follows from the label. */
const NO_PEER = address(`0x${'00'.repeat(20)}`);

/** Names the seats of a pair after the source, the witness, and the code and arguments of both ends. */
function labelOf(name: string, creations: readonly Hex[]): Bytes32 {
  const hashes = creations.map((creation) => keccak256(hexToBytes(creation)));
  return bytes32(bytesToHex(keccak256(concatBytes(new TextEncoder().encode(name), ...hashes))));
}

type BuiltEnd = Pick<PlannedWitnessEnd, 'creation' | 'args'>;

/** Code and arguments of one end. */
function buildOf(
  request: WitnessRequest,
  end: {
    readonly journal: Address;
    readonly ledgerSource: number;
    readonly peer: Address;
    readonly there: RequestedBridgeIds;
    readonly side: 'atVault' | 'atLedger';
  },
): BuiltEnd {
  const { journal, ledgerSource, peer, there, side } = end;
  if (request.kind === 'wormhole') {
    const { core } = request[side];
    const init = { journal, ledgerSource, core, peerChain: there.wormholeChainId ?? 0, peer };
    const bytecode = wormholeWitnessCode.creation as Hex;
    return { creation: encodeDeployData({ abi: wormholeWitnessAbi, bytecode, args: [init] }), args: init };
  }
  const { send, receive, ...contracts }: LayerZeroEndRequest = request[side];
  const init = {
    journal,
    ledgerSource,
    ...contracts,
    peerEid: there.layerZeroEid ?? 0,
    peer,
    send: verifiersOf(send),
    receive_: verifiersOf(receive),
  };
  const bytecode = layerZeroWitnessCode.creation as Hex;
  return { creation: encodeDeployData({ abi: layerZeroWitnessAbi, bytecode, args: [init] }), args: init };
}

/** LayerZero wants verifiers in ascending order. */
function verifiersOf({ confirmations, requiredDvns, optionalDvns, optionalThreshold }: VerifiersRequest): {
  confirmations: bigint;
  required: readonly Address[];
  optional: readonly Address[];
  optionalThreshold: number;
} {
  const ascending = (dvns: VerifiersRequest['requiredDvns']): Address[] => dvns.map((dvn) => dvn.address).toSorted();
  return {
    confirmations: BigInt(confirmations),
    required: ascending(requiredDvns),
    optional: ascending(optionalDvns),
    optionalThreshold,
  };
}

/** Plans what the governors of a source do with its witnesses, before an asset is listed. */
export function planWitnessActs(
  chain: ChainRequest,
  witnesses: readonly PlannedWitness[],
  {
    vault,
    ledger,
  }: {
    readonly vault: ActedContract<typeof collateralVaultAbi>;
    readonly ledger: ActedContract<typeof collateralLedgerAbi>;
  },
): PlannedAct[] {
  if (witnesses.length === 0) return [];
  const built = witnesses.flatMap(({ request, atVault, atLedger }) =>
    [atVault, atLedger].map((end) => planBuild(request.name, end)),
  );
  const named = witnesses.flatMap(({ request, atVault, atLedger }): PlannedAct[] => {
    const { slot, mayConflict, name: purpose } = request;
    return [
      planAct(vault, {
        call: ['setWitness', [slot, atVault.contract, mayConflict]],
        purpose,
        seenBy: ['witnessOf', [slot]],
        aside: true,
      }),
      planAct(ledger, {
        call: ['setWitness', [chain.source, slot, atLedger.contract, mayConflict]],
        purpose,
        seenBy: ['witnessOf', [chain.source, slot]],
        aside: true,
      }),
    ];
  });
  const asked = planAct(vault, { call: ['setWitnessPolicy', [chain.m]], seenBy: ['witnessPolicy', []] });
  return [...built, ...named, ...(chain.m === 0 ? [] : [asked])];
}

/** Returns the most of an asset that may be in use before witnesses confirm it, in token units. */
export function fastUnitsOf(
  { fastBp = 0 }: Pick<ChainRequest, 'fastBp'>,
  { capThousandths, decimals }: Pick<AssetRequest, 'capThousandths' | 'decimals'>,
): bigint {
  const capUnits = mulDivDown(capThousandths, 10n ** BigInt(decimals), 1000n);
  return mulDivDown(capUnits, BigInt(fastBp), 10_000n);
}

/**
 * Plans the share of an asset's cap that may be in use before witnesses confirm it. One that is above the plan's is set
 * again. One below it stays: whoever lowered it had a reason, and the final check names it.
 */
export function planFast(
  chain: ChainRequest,
  asset: AssetRequest,
  { ledger, assetId }: { readonly ledger: ActedContract<typeof collateralLedgerAbi>; readonly assetId: number },
): PlannedAct[] {
  const { fastBp = 0, m } = chain;
  // Without witnesses nothing is unconfirmed, and the ledger bounds nothing.
  if (fastBp === 0 || m === 0) return [];
  return [
    planAct(ledger, {
      call: ['setFast', [assetId, fastBp]],
      purpose: asset.symbol,
      seenBy: ['limitsOf', [assetId]],
      probeMax: fastUnitsOf(chain, asset),
      aside: true,
    }),
  ];
}

function planBuild(
  name: string,
  { chainId, seat, contract, code, builder, creation, args }: PlannedWitnessEnd,
): PlannedAct {
  const at = { name: 'seat', abi: witnessSeatAbi, chainId, by: builder, to: seat } as const;
  const text = `seat.build(${code.name}) at ${contract} for ${name}`;
  return planAct(at, { call: ['build', [creation]], seenBy: ['built', []], text, direct: true, builds: args });
}
