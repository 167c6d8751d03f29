import { parseSourcePlaceWord, sourceSlots } from '@surety/contracts';
import { type Bytes32, type Hex, ZERO_WORD, bytes32 } from '@surety/domain';
import type { SourceListing } from '@surety/workflows';

/** Slots that prove a source's listing, by its index. */
export function provenSourceSlots(source: number): readonly Bytes32[] {
  const { edge, outboundEdge, place } = sourceSlots(source);
  return [edge, outboundEdge, place];
}

/** Reads the values of all their slots. */
export function provenSourcesOf(sources: readonly number[], values: readonly Hex[]): SourceListing[] {
  const perSource = values.length / Math.max(1, sources.length);
  return sources.map((source, at) => {
    const own = values.slice(at * perSource, (at + 1) * perSource);
    const [edge, outboundEdge, place] = own.map((value) => bytes32(value));
    const { vault, originChainId } = parseSourcePlaceWord(BigInt(place ?? ZERO_WORD));
    return { source, edge: edge ?? ZERO_WORD, outboundEdge: outboundEdge ?? ZERO_WORD, originChainId, vault };
  });
}
