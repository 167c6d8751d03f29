import { type Address, address, hexToBytes } from '@surety/domain';
import { type Clock, retryDelayMs } from '@surety/workflows';
import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem';
import type { BridgeReads } from '../bridge-reads.js';

/** A source of messages signed by the guardians. It need not be trusted: the destination verifies them. */
export interface VaaSource {
  /** Returns the emitter's newest message that is signed, not settled and not paused; undefined if there is none. */
  readNewest(signal?: AbortSignal): Promise<{ readonly sequence: bigint; readonly bytes: Uint8Array } | undefined>;
  /** Drops this message and all older ones: nothing more can be learnt from them. */
  settle(sequence: bigint): void;
  /**
   * Pauses this message. The pause doubles with each refusal, because the destination may accept later what it refuses
   * now.
   */
  refuse(sequence: bigint): void;
}

/** Fetches a JSON document over HTTP; undefined if it does not exist. */
export type FetchDocument = (path: string, signal?: AbortSignal) => Promise<unknown>;

const coreAbi = parseAbi(['function nextSequence(address emitter) view returns (uint64)']);

/** Pause before a refused message is returned again, and the longest one, in milliseconds. */
const REST_MS = { firstMs: 30_000, maxMs: 3_600_000 } as const;

/**
 * Takes messages from an endpoint with the guardians' public API, `/v1/signed_vaa/{chain}/{emitter}/{sequence}` with
 * `{"vaaBytes": base64}`. The newest sequence is read from the core contract on the emitter's chain, so a restart loses
 * nothing. If that message is not signed yet, the newest signed one behind it is searched for, however far behind: anyone may
 * publish thousands for their gas alone, and must hide none.
 * @source Wormhole, guardian public API
 */
export function createVaaSource(options: {
  readonly reads: BridgeReads;
  readonly fetchDocument: FetchDocument;
  readonly core: string;
  readonly emitter: string;
  /** Wormhole's chain id of the emitter's chain. */
  readonly chain: number;
  readonly clock: Pick<Clock, 'elapsedMs'>;
}): VaaSource {
  const { reads, fetchDocument, chain, clock } = options;
  const [core, emitter] = [address(options.core), address(options.emitter)] as const;
  const name = `${'0'.repeat(24)}${emitter.slice(2).toLowerCase()}`;
  const fetchBytes = async (sequence: bigint, signal?: AbortSignal): Promise<Uint8Array | undefined> =>
    bytesOf(await fetchDocument(`/v1/signed_vaa/${chain}/${name}/${sequence}`, signal));
  let settled = -1n;
  let refused = { sequence: -1n, times: 0, untilMs: 0 };
  return {
    async readNewest(signal) {
      const newest = (await readNext(reads, { core, emitter }, signal)) - 1n;
      const resting = clock.elapsedMs() < refused.untilMs ? refused.sequence : -1n;
      const floor = settled > resting ? settled : resting;
      return searchSigned({ floor, newest }, (sequence) => fetchBytes(sequence, signal));
    },
    settle(sequence) {
      if (sequence > settled) settled = sequence;
    },
    refuse(sequence) {
      const times = refused.sequence === sequence ? refused.times + 1 : 1;
      refused = { sequence, times, untilMs: clock.elapsedMs() + retryDelayMs(times, REST_MS) };
    },
  };
}

/**
 * Returns the newest signed message above `floor`, assuming that older ones are signed first: steps back by doubling
 * distances, then bisects the last one. For n messages that takes twice log2(n) requests at most: 128, as a sequence has 64 bits.
 */
async function searchSigned(
  { floor, newest }: { readonly floor: bigint; readonly newest: bigint },
  fetchBytes: (sequence: bigint) => Promise<Uint8Array | undefined>,
): Promise<{ readonly sequence: bigint; readonly bytes: Uint8Array } | undefined> {
  let unsigned = newest + 1n;
  let found: { readonly sequence: bigint; readonly bytes: Uint8Array } | undefined;
  for (let step = 1n; found === undefined; step *= 2n) {
    if (unsigned <= floor + 1n) return undefined;
    const sequence = unsigned - step > floor ? unsigned - step : floor + 1n;
    const bytes = await fetchBytes(sequence);
    if (bytes === undefined) unsigned = sequence;
    else found = { sequence, bytes };
  }
  while (unsigned - found.sequence > 1n) {
    const sequence: bigint = (found.sequence + unsigned) >> 1n;
    const bytes = await fetchBytes(sequence);
    if (bytes === undefined) unsigned = sequence;
    else found = { sequence, bytes };
  }
  return found;
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

/** A document of another shape counts as no message; the next poll asks again. */
function bytesOf(found: unknown): Uint8Array | undefined {
  if (typeof found !== 'object' || found === null) return undefined;
  const text = (found as { readonly vaaBytes?: unknown }).vaaBytes;
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return hexToBytes(`0x${Buffer.from(text, 'base64').toString('hex')}`);
}
