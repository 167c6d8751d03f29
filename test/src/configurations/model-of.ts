import { type Side, type StateProofEndSpec, type WitnessSpec, type WitnessedSource } from '@surety/bridges';
import {
  collateralLedgerAbi,
  collateralVaultAbi,
  layerZeroWitnessAbi,
  layerZeroWitnessCode,
  wormholeWitnessAbi,
  wormholeWitnessCode,
} from '@surety/contracts';
import { mulDivDown } from '@surety/domain';
import { type Abi, type Hex, parseAbi } from 'viem';
import { type ModelledAnswer, type ModelledChains, codeKey } from './modelled-chains.js';

const NOBODY: Hex = `0x${'0'.repeat(40)}`;

/** @source LayerZero EndpointV2, SendUln302, ReceiveUln302; Wormhole Implementation */
const bridgesAbi = parseAbi([
  'function getSendLibrary(address sender, uint32 eid) view returns (address)',
  'function isDefaultSendLibrary(address sender, uint32 eid) view returns (bool)',
  'function getReceiveLibrary(address receiver, uint32 eid) view returns (address lib, bool isDefault)',
  'function receiveLibraryTimeout(address receiver, uint32 eid) view returns (address lib, uint256 expiry)',
  'function delegates(address oapp) view returns (address)',
  'function executorConfigs(address oapp, uint32 eid) view returns (uint32 maxMessageSize, address executor)',
  'struct UlnConfig { uint64 confirmations; uint8 requiredDVNCount; uint8 optionalDVNCount; uint8 optionalDVNThreshold; address[] requiredDVNs; address[] optionalDVNs; }',
  'function getAppUlnConfig(address oapp, uint32 eid) view returns (UlnConfig)',
  'function chainId() view returns (uint16)',
  'function getCurrentGuardianSetIndex() view returns (uint32)',
  'struct GuardianSet { address[] keys; uint32 expirationTime; }',
  'function getGuardianSet(uint32 index) view returns (GuardianSet)',
]);

/** Builds the chains that are set exactly as a source is configured. */
export function modelOf(source: WitnessedSource): ModelledChains {
  const codes = new Map<string, Hex>();
  const ends = source.witnesses.flatMap((witness) =>
    SIDES.flatMap((side) => {
      if (witness.kind === 'state-proof') return side === 'atVault' ? [] : provingEnd(source, witness[side]);
      const code = witness.kind === 'layerzero' ? layerZeroWitnessCode : wormholeWitnessCode;
      codes.set(codeKey(side, witness[side].contract), code.runtime as Hex);
      return [
        ...builtWith(source, witness, side),
        ...(witness.kind === 'layerzero' ? layerZeroEnd(source, witness, side) : wormholeEnd(source, witness, side)),
      ];
    }),
  );
  return { answers: [...vaultAnswers(source), ...ledgerAnswers(source), ...ends], codes };
}

const SIDES = ['atVault', 'atLedger'] as const;
const SLOTS = [0, 1, 2, 3];

type Place = Pick<ModelledAnswer, 'side' | 'to' | 'abi'>;

function answer(
  place: Place,
  functionName: string,
  args: readonly unknown[],
  result: unknown,
  held: readonly string[] = [''],
): ModelledAnswer {
  return { ...place, functionName, args, result, held, state: 'there' };
}

function vaultAnswers({ vault, witnesses, policy, assets }: WitnessedSource): ModelledAnswer[] {
  const place: Place = { side: 'atVault', to: vault, abi: collateralVaultAbi };
  return [
    answer(place, 'witnessPolicy', [], [policy?.m ?? 0, 7, 0, 0n], ['0']),
    ...SLOTS.map((slot) => {
      const own = witnesses.find((one) => one.slot === slot);
      const kept = { at: own?.atVault.contract ?? NOBODY, conflicts: own?.mayConflict ?? false };
      return answer(place, 'witnessOf', [slot], [kept, 0n], own === undefined ? ['0.at'] : ['0.at', '0.conflicts']);
    }),
    ...assets.map(({ index, token, decimals, cap, minimum, lockFeeBp }) => {
      const units = { cap: thousandths(cap, decimals), min: millionths(minimum, decimals) };
      const shares = { feeBp: lockFeeBp ?? 0, fastBp: policy?.vaultFastBp ?? 2_500 };
      const kept = { ...zeros('assetOf', collateralVaultAbi), token, decimals, ...units, ...shares };
      return answer(place, 'assetOf', [index], kept, ['token', 'decimals', 'cap', 'min', 'feeBp', 'fastBp']);
    }),
  ];
}

function ledgerAnswers({ ledger, vault, source, witnesses, policy, assets }: WitnessedSource): ModelledAnswer[] {
  const abi: Abi = collateralLedgerAbi;
  const place: Place = { side: 'atLedger', to: ledger, abi };
  const word = `0x${'0'.repeat(64)}`;
  const listed = { ...zeros('sourceOf', abi), vault, m: policy?.m ?? 0 };
  return [
    answer(place, 'sourceOf', [source], [listed, word, word], ['0.vault', '0.m']),
    ...SLOTS.map((slot) => {
      const own = witnesses.find((one) => one.slot === slot);
      const result = [own?.atLedger.contract ?? NOBODY, own?.mayConflict ?? false, false, 0n];
      return answer(place, 'witnessOf', [source, slot], result, own === undefined ? ['0'] : ['0', '1']);
    }),
    ...assets.flatMap(({ index, assetId, decimals, cap, underlying, baseI, baseM }) => {
      const status = zeros('assetOf', abi) as { terms: object };
      const weights = { initialBp: baseI, maintenanceBp: baseM };
      const terms = { ...status.terms, source, vaultAsset: index, decimals, underlying, ...weights };
      const held = ['source', 'vaultAsset', 'decimals', 'underlying', ...Object.keys(weights)].map(
        (one) => `terms.${one}`,
      );
      const fastUnits = mulDivDown(BigInt(cap), BigInt(policy?.fastBp ?? 0), 10_000n);
      const limits = { ...zeros('limitsOf', abi), fastUnits };
      return [
        answer(place, 'assetOf', [assetId], { ...status, terms, capUnits: BigInt(cap) }, [...held, 'capUnits']),
        answer(place, 'limitsOf', [assetId], limits, ['fastUnits']),
      ];
    }),
  ];
}

type MessageWitness = Exclude<WitnessSpec, { kind: 'state-proof' }>;

function builtWith(source: WitnessedSource, witness: MessageWitness, side: Side): ModelledAnswer[] {
  const isVault = side === 'atVault';
  const { to, other } = { to: witness[side].contract as Hex, other: isVault ? source.ledgerIds : source.vaultIds };
  const place: Place = { side, to, abi: [...layerZeroWitnessAbi, ...wormholeWitnessAbi] };
  const views: Record<string, unknown> = {
    journal: isVault ? source.vault : source.ledger,
    ledgerSource: isVault ? 0 : source.source,
    peer: `0x${'0'.repeat(24)}${(witness[side].peer ?? NOBODY).slice(2)}`,
    ...(witness.kind === 'layerzero'
      ? { endpoint: witness[side].endpoint, peerEid: other.layerZeroEid ?? 0 }
      : {
          core: witness[side].core,
          peerChain: other.wormholeChainId ?? 0,
          CONSISTENCY_FINALIZED: witness[side].consistencyLevel,
        }),
  };
  return Object.entries(views).map(([name, value]) => answer(place, name, [], value));
}

function layerZeroEnd(
  source: WitnessedSource,
  witness: Extract<WitnessSpec, { kind: 'layerzero' }>,
  side: Side,
): ModelledAnswer[] {
  const end = witness[side];
  const eid = (side === 'atVault' ? source.ledgerIds : source.vaultIds).layerZeroEid ?? 0;
  const args = [end.contract, eid];
  const endpoint: Place = { side, to: end.endpoint as Hex, abi: bridgesAbi };
  const [send, receive] = [(end.sendLibrary ?? NOBODY) as Hex, (end.receiveLibrary ?? NOBODY) as Hex];
  const config = ({ confirmations, requiredDvns, optionalDvns, optionalThreshold }: typeof end.send): unknown => ({
    confirmations: BigInt(confirmations),
    requiredDVNCount: requiredDvns.length === 0 ? 255 : requiredDvns.length,
    optionalDVNCount: optionalDvns.length === 0 ? 255 : optionalDvns.length,
    optionalDVNThreshold: optionalThreshold,
    requiredDVNs: requiredDvns.map(({ address }) => address),
    optionalDVNs: optionalDvns.map(({ address }) => address),
  });
  const held = ['confirmations', 'optionalDVNThreshold', 'requiredDVNs', 'optionalDVNs'];
  return [
    answer(endpoint, 'getSendLibrary', args, send),
    answer(endpoint, 'isDefaultSendLibrary', args, false),
    answer(endpoint, 'getReceiveLibrary', args, [receive, false], ['0', '1']),
    answer(endpoint, 'receiveLibraryTimeout', args, [NOBODY, 0n], ['0']),
    answer(endpoint, 'delegates', [end.contract], NOBODY),
    answer({ ...endpoint, to: send }, 'executorConfigs', args, [10_000, end.executor ?? NOBODY], ['1']),
    answer({ ...endpoint, to: send }, 'getAppUlnConfig', args, config(end.send), held),
    answer({ ...endpoint, to: receive }, 'getAppUlnConfig', args, config(end.receive), held),
  ];
}

function wormholeEnd(
  source: WitnessedSource,
  witness: Extract<WitnessSpec, { kind: 'wormhole' }>,
  side: Side,
): ModelledAnswer[] {
  const { index, size } = witness.guardianSet;
  const own = side === 'atVault' ? source.vaultIds : source.ledgerIds;
  const place: Place = { side, to: witness[side].core as Hex, abi: bridgesAbi };
  const keys = Array.from({ length: size }, (_, at) => `0x${(at + 1).toString(16).padStart(40, '7')}`);
  return [
    answer(place, 'chainId', [], own.wormholeChainId ?? 0),
    answer(place, 'getCurrentGuardianSetIndex', [], index),
    answer(place, 'getGuardianSet', [index], { keys, expirationTime: 0 }, ['keys.length']),
  ];
}

/** @source L1StateWitness.sol */
function provingEnd({ vault }: WitnessedSource, { contract, hashSource }: StateProofEndSpec): ModelledAnswer[] {
  if (hashSource.kind !== 'l1-block') return [];
  const abi = parseAbi(['function l1Block() view returns (address)', 'function vault() view returns (address)']);
  const place: Place = { side: 'atLedger', to: contract as Hex, abi };
  return [answer(place, 'l1Block', [], hashSource.address), answer(place, 'vault', [], vault)];
}

/** The least millionths of a whole token that come to so many units. */
function millionths(units: string, decimals: number): bigint {
  return mulDivDown(BigInt(units), 1_000_000n, 10n ** BigInt(decimals));
}

function thousandths(cap: string, decimals: number): bigint {
  return mulDivDown(BigInt(cap), 1_000n, 10n ** BigInt(decimals));
}

/** A value of the first output of a function in which everything is 0. */
function zeros(functionName: string, abi: Abi): object {
  const found = abi.find((item) => item.type === 'function' && item.name === functionName);
  if (found?.type !== 'function' || found.outputs[0] === undefined) throw new TypeError(`no function ${functionName}`);
  return zeroOf(found.outputs[0]) as object;
}

interface Parameter {
  readonly type: string;
  readonly name?: string | undefined;
  readonly components?: readonly Parameter[];
}

function zeroOf({ type, components }: Parameter): unknown {
  if (components !== undefined) return Object.fromEntries(components.map((one) => [one.name, zeroOf(one)]));
  if (type === 'address') return NOBODY;
  if (type === 'bool') return false;
  if (type.startsWith('bytes')) return `0x${'0'.repeat(2 * Number(type.slice(5)))}`;
  const bits = Number(type.replace(/\D/g, ''));
  return bits > 48 ? 0n : 0;
}
