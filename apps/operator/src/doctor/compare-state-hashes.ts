import type { StateHashView } from '@surety/client';
import type { Finding } from '../terminal/group-findings.js';

/** The state hash of one aggregator; null before its first final block, undefined if it did not answer. */
export interface HeardHash {
  readonly url: string;
  readonly stateHash: StateHashView | null | undefined;
}

/**
 * Compares the state hashes of several aggregators with the first that has one. Equal blocks and another hash, or another hash of
 * one block, is a fault of one of them; hashes of other heights say nothing.
 */
export function compareStateHashes(heard: readonly HeardHash[]): readonly Finding[] {
  const [first, ...others] = heard.flatMap(({ url, stateHash }) => (stateHash == null ? [] : [{ url, stateHash }]));
  if (first === undefined) return [];
  return others.map(({ url, stateHash }): Finding => {
    const check = `state of aggregator ${url}`;
    const heights = new Map(first.stateHash.chains.map((block) => [`${block.chainId} ${block.height}`, block.hash]));
    const shared = stateHash.chains.filter(({ chainId, height }) => heights.has(`${chainId} ${height}`));
    const forked = shared.find(({ chainId, height, hash }) => heights.get(`${chainId} ${height}`) !== hash);
    if (forked !== undefined) {
      const detail = `it follows another branch of chain ${forked.chainId} than ${first.url}: block ${forked.height} is ${forked.hash} there; docs/RUNBOOKS/02-chain-halted.md`;
      return { check, result: 'fail', detail };
    }
    if (shared.length < Math.max(stateHash.chains.length, first.stateHash.chains.length)) {
      return {
        check,
        result: 'ok',
        detail: `at other blocks than ${first.url} now, so nothing is compared; ask again`,
      };
    }
    if (stateHash.hash === first.stateHash.hash) return { check, result: 'ok', detail: `the same as at ${first.url}` };
    const detail = `${stateHash.hash} at the blocks at which ${first.url} has ${first.stateHash.hash}: one of them is wrong; docs/RUNBOOKS/14-state-hash.md`;
    return { check, result: 'fail', detail };
  });
}
