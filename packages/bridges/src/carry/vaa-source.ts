import { type Address, address, hexToBytes } from '@surety/domain';
import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem';
import type { BridgeReads } from '../bridge-reads.js';

/** Where a relayer takes messages from that the guardians have signed. Trusted with nothing: the destination checks them. */
export interface VaaSource {
  /** The newest message of the emitter that is signed and not forgotten; undefined while there is none. */
  readNewest(signal?: AbortSignal): Promise<{ readonly sequence: bigint; readonly bytes: Uint8Array } | undefined>;
  /** Never gives this message or an older one again. */
  forget(sequence: bigint): void;
}

/** Gets a document over HTTP: undefined if there is none. */
export type FetchDocument = (path: string, signal?: AbortSignal) => Promise<unknown>;

const coreAbi = parseAbi(['function nextSequence(address emitter) view returns (uint64)']);

/**
 * Takes messages from an endpoint that answers as guardians' public one does, `/v1/signed_vaa/{chain}/{emitter}/{sequence}` with
 * `{"vaaBytes": base64}`. Which message is the newest is read from the core contract of the emitter's chain, so a restart forgets nothing.
 * @source Wormhole, guardian public API
 */
export function createVaaSource(options: {
  readonly reads: BridgeReads;
  readonly fetchDocument: FetchDocument;
  readonly core: string;
  readonly emitter: string;
  /** Wormhole's number of the emitter's chain. */
  readonly chain: number;
}): VaaSource {
  const { reads, fetchDocument, chain } = options;
  const [core, emitter] = [address(options.core), address(options.emitter)] as const;
  let known = -1n;
  return {
    async readNewest(signal) {
      const next = await readNext(reads, { core, emitter }, signal);
      const sequence = next - 1n;
      if (sequence <= known) return undefined;
      const name = `${'0'.repeat(24)}${emitter.slice(2).toLowerCase()}`;
      const found = await fetchDocument(`/v1/signed_vaa/${chain}/${name}/${sequence}`, signal);
      const bytes = bytesOf(found);
      return bytes === undefined ? undefined : { sequence, bytes };
    },
    forget(sequence) {
      if (sequence > known) known = sequence;
    },
  };
}

async function readNext(
  reads: BridgeReads,
  { core, emitter }: { readonly core: Address; readonly emitter: Address },
  signal?: AbortSignal,
): Promise<bigint> {
  const calldata = encodeFunctionData({ abi: coreAbi, functionName: 'nextSequence', args: [emitter] });
  const answer = await reads.call({ to: core, calldata }, 'latest', signal);
  if (answer.kind !== 'answer' || answer.bytes === '0x') return 0n;
  return decodeFunctionResult({ abi: coreAbi, functionName: 'nextSequence', data: answer.bytes });
}

/** What is no such document is no message: the next look asks again. */
function bytesOf(found: unknown): Uint8Array | undefined {
  if (typeof found !== 'object' || found === null) return undefined;
  const text = (found as { readonly vaaBytes?: unknown }).vaaBytes;
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return hexToBytes(`0x${Buffer.from(text, 'base64').toString('hex')}`);
}
