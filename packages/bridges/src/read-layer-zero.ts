import type { Hex } from '@surety/domain';
import { type PublicClient, parseAbi } from 'viem';
import type { Drift, LayerZeroEndSpec, UlnSpec } from './witness-spec.js';
import { differ } from './differ.js';

const endpointAbi = parseAbi([
  'function getSendLibrary(address sender, uint32 eid) view returns (address)',
  'function isDefaultSendLibrary(address sender, uint32 eid) view returns (bool)',
  'function getReceiveLibrary(address receiver, uint32 eid) view returns (address library, bool isDefault)',
  'function delegates(address oapp) view returns (address)',
]);
const libraryAbi = parseAbi([
  'struct UlnConfig { uint64 confirmations; uint8 requiredDVNCount; uint8 optionalDVNCount; uint8 optionalDVNThreshold; address[] requiredDVNs; address[] optionalDVNs; }',
  'function getAppUlnConfig(address oapp, uint32 eid) view returns (UlnConfig)',
  'function executorConfigs(address oapp, uint32 eid) view returns (uint32 maxMessageSize, address executor)',
]);

/** In a count of verifiers: none, and not the library's default. @source LayerZero UlnBase */
const NONE = 255;

/**
 * Compares what LayerZero's contracts are set to for one end of a witness with the configuration. What is inherited from a default of
 * LayerZero's is a difference, whatever that default says.
 */
export async function diffLayerZeroEnd(
  reader: PublicClient,
  { path, end, remoteEid }: { readonly path: string; readonly end: LayerZeroEndSpec; readonly remoteEid: number },
): Promise<Drift[]> {
  const oapp = end.contract as Hex;
  const endpoint = { address: end.endpoint as Hex, abi: endpointAbi } as const;
  const sendLibrary = await reader.readContract({
    ...endpoint,
    functionName: 'getSendLibrary',
    args: [oapp, remoteEid],
  });
  const isDefault = await reader.readContract({
    ...endpoint,
    functionName: 'isDefaultSendLibrary',
    args: [oapp, remoteEid],
  });
  const [receiveLibrary, receivesByDefault] = await reader.readContract({
    ...endpoint,
    functionName: 'getReceiveLibrary',
    args: [oapp, remoteEid],
  });
  const delegate = await reader.readContract({ ...endpoint, functionName: 'delegates', args: [oapp] });
  const [, executor] = await reader.readContract({
    address: sendLibrary,
    abi: libraryAbi,
    functionName: 'executorConfigs',
    args: [oapp, remoteEid],
  });
  const defaultOr = (library: Hex, inherited: boolean): string =>
    inherited ? `LayerZero's default, ${library}` : library;
  return [
    ...differ(`${path}.sendLibrary`, defaultOr(sendLibrary, isDefault), end.sendLibrary),
    ...differ(`${path}.receiveLibrary`, defaultOr(receiveLibrary, receivesByDefault), end.receiveLibrary),
    ...differ(`${path}.executor`, executor, end.executor),
    ...differ(`${path}.delegate`, delegate, `0x${'0'.repeat(40)}`),
    ...(await diffUln(reader, { path: `${path}.send`, library: sendLibrary, oapp, remoteEid, uln: end.send })),
    ...(await diffUln(reader, { path: `${path}.receive`, library: receiveLibrary, oapp, remoteEid, uln: end.receive })),
  ];
}

async function diffUln(
  reader: PublicClient,
  at: {
    readonly path: string;
    readonly library: Hex;
    readonly oapp: Hex;
    readonly remoteEid: number;
    readonly uln: UlnSpec;
  },
): Promise<Drift[]> {
  const { path, library, oapp, remoteEid, uln } = at;
  const set = await reader.readContract({
    address: library,
    abi: libraryAbi,
    functionName: 'getAppUlnConfig',
    args: [oapp, remoteEid],
  });
  const listed = (count: number, dvns: readonly string[]): string =>
    count === NONE ? 'none' : count === 0 ? "LayerZero's default" : namesOf(dvns);
  return [
    ...differ(
      `${path}.confirmations`,
      set.confirmations === 0n ? "LayerZero's default" : set.confirmations.toString(),
      uln.confirmations,
    ),
    ...differ(`${path}.requiredDvns`, listed(set.requiredDVNCount, set.requiredDVNs), dvnsOf(uln.requiredDvns)),
    ...differ(`${path}.optionalDvns`, listed(set.optionalDVNCount, set.optionalDVNs), dvnsOf(uln.optionalDvns)),
    ...differ(`${path}.optionalThreshold`, set.optionalDVNThreshold, uln.optionalThreshold),
  ];
}

function dvnsOf(dvns: UlnSpec['requiredDvns']): string {
  return dvns.length === 0 ? 'none' : namesOf(dvns.map(({ address }) => address));
}

function namesOf(addresses: readonly string[]): string {
  return addresses
    .map((one) => one.toLowerCase())
    .toSorted()
    .join(' ');
}
