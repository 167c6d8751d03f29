import { type Network, vaultEdges } from '@surety/config';
import { keccak256 } from '@surety/contracts';
import { edgeId } from '@surety/domain';

/**
 * Compares the edges that an aggregator follows with those of chains.config.json. An edge's name holds both chains, the vault and the ledger,
 * so one of another deployment has another name.
 * @returns what differs and the next step; undefined if nothing does, or the file names no ledger yet
 */
export function compareEdges(
  { settlement, chains }: Network,
  followed: readonly { readonly edge: string }[],
): string | undefined {
  if (settlement === undefined) return undefined;
  const configured = chains.flatMap(({ chainId, vault }) => {
    if (vault === undefined) return [];
    const edges = vaultEdges(settlement, { chainId, vault });
    return (['to-ledger', 'to-vault'] as const).map((direction) =>
      edgeId(edges.of(direction), keccak256).toLowerCase(),
    );
  });
  const seen = new Set(followed.map(({ edge }) => edge.toLowerCase()));
  const missing = configured.filter((edge) => !seen.has(edge)).length;
  if (missing === configured.length && configured.length > 0)
    return `it follows another deployment: none of its ${seen.size} edges is one of chains.config.json; expected ledger ${settlement.ledger} on chain ${settlement.chainId}; correct SURETY_CONFIG or SURETY_AGGREGATOR_URLS`;
  const strange = seen.size - (configured.length - missing);
  if (missing === 0 && strange === 0) return undefined;
  return `it follows ${configured.length - missing} of the ${configured.length} edges of chains.config.json, and ${strange} others; start it again with this file, or correct SURETY_CONFIG`;
}
