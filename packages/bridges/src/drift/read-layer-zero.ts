import type { Hex } from '@surety/domain';
import { type PublicClient, parseAbi } from 'viem';
import type { LayerZeroEndSpec, UlnSpec } from '../witness-spec.js';
import { answerOf } from './answer-of.js';
import { type Difference, differ } from './differ.js';

const endpointAbi = parseAbi([
  'function getSendLibrary(address sender, uint32 eid) view returns (address)',
  'function isDefaultSendLibrary(address sender, uint32 eid) view returns (bool)',
  'function getReceiveLibrary(address receiver, uint32 eid) view returns (address library, bool isDefault)',
  'function receiveLibraryTimeout(address receiver, uint32 eid) view returns (address library, uint256 expiry)',
  'function delegates(address oapp) view returns (address)',
]);
const libraryAbi = parseAbi([
  'struct UlnConfig { uint64 confirmations; uint8 requiredDVNCount; uint8 optionalDVNCount; uint8 optionalDVNThreshold; address[] requiredDVNs; address[] optionalDVNs; }',
  'function getAppUlnConfig(address oapp, uint32 eid) view returns (UlnConfig)',
  'function executorConfigs(address oapp, uint32 eid) view returns (uint32 maxMessageSize, address executor)',
]);

/** Stands for a verifier count of zero instead of the library's default. @source LayerZero UlnBase */
const NONE = 255;

const NOBODY = `0x${'0'.repeat(40)}`;

/**
 * Compares LayerZero's settings for one end of a witness with the configuration. A setting inherited from LayerZero's
 * defaults is a difference whatever its value, and so is an earlier library that is still accepted.
 */
export async function diffLayerZeroEnd(
  reader: PublicClient,
  { path, end, remoteEid }: { readonly path: string; readonly end: LayerZeroEndSpec; readonly remoteEid: number },
): Promise<Difference[]> {
  const oapp = end.contract as Hex;
  const args = [oapp, remoteEid] as const;
  const endpoint = { address: end.endpoint as Hex, abi: endpointAbi } as const;
  const [send, isDefault, receive, earlier, delegate] = await Promise.all([
    answerOf(reader.readContract({ ...endpoint, functionName: 'getSendLibrary', args })),
    answerOf(reader.readContract({ ...endpoint, functionName: 'isDefaultSendLibrary', args })),
    answerOf(reader.readContract({ ...endpoint, functionName: 'getReceiveLibrary', args })),
    answerOf(reader.readContract({ ...endpoint, functionName: 'receiveLibraryTimeout', args })),
    answerOf(reader.readContract({ ...endpoint, functionName: 'delegates', args: [oapp] })),
  ]);
  const [receiveLibrary, receivesByDefault] = receive ?? [undefined, undefined];
  const executor =
    send &&
    (await answerOf(reader.readContract({ address: send, abi: libraryAbi, functionName: 'executorConfigs', args })));
  const uln = { reader, oapp, remoteEid };
  return [
    ...differ(`${path}.sendLibrary`, inheritedOr(send, isDefault), end.sendLibrary),
    ...differ(`${path}.receiveLibrary`, inheritedOr(receiveLibrary, receivesByDefault), end.receiveLibrary),
    ...differ(`${path}.receiveLibrary before`, earlier?.[0], NOBODY),
    ...differ(`${path}.executor`, executor?.[1], end.executor),
    ...differ(`${path}.delegate`, delegate, NOBODY),
    ...(await diffUln({ ...uln, path: `${path}.send`, library: send, wanted: end.send })),
    ...(await diffUln({ ...uln, path: `${path}.receive`, library: receiveLibrary, wanted: end.receive })),
  ];
}

function inheritedOr(library: Hex | undefined, isDefault: boolean | undefined): string | undefined {
  if (library !== undefined && isDefault === undefined) return `${library}, perhaps LayerZero's default`;
  return isDefault === true ? `LayerZero's default, ${library}` : library;
}

async function diffUln(at: {
  readonly reader: PublicClient;
  readonly path: string;
  readonly library: Hex | undefined;
  readonly oapp: Hex;
  readonly remoteEid: number;
  readonly wanted: UlnSpec;
}): Promise<Difference[]> {
  const { reader, path, library, oapp, remoteEid, wanted } = at;
  const set =
    library &&
    (await answerOf(
      reader.readContract({
        address: library,
        abi: libraryAbi,
        functionName: 'getAppUlnConfig',
        args: [oapp, remoteEid],
      }),
    ));
  const listed = (count: number, dvns: readonly string[]): string =>
    count === NONE ? 'none' : count === 0 ? "LayerZero's default" : namesOf(dvns);
  const confirmations = set && (set.confirmations === 0n ? "LayerZero's default" : set.confirmations.toString());
  return [
    ...differ(`${path}.confirmations`, confirmations, wanted.confirmations),
    ...differ(
      `${path}.requiredDvns`,
      set && listed(set.requiredDVNCount, set.requiredDVNs),
      dvnsOf(wanted.requiredDvns),
    ),
    ...differ(
      `${path}.optionalDvns`,
      set && listed(set.optionalDVNCount, set.optionalDVNs),
      dvnsOf(wanted.optionalDvns),
    ),
    ...differ(`${path}.optionalThreshold`, set?.optionalDVNThreshold, wanted.optionalThreshold),
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
