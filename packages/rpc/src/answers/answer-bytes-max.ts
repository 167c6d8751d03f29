const KIB = 1_024;

/** Bytes around a result: names, quotes and the JSON-RPC frame, or a gateway's page that says why there is none. */
const FRAME_BYTES = 256 * KIB;

/** Methods that answer with one short value. */
const WORDS: ReadonlySet<string> = new Set([
  'eth_blockNumber',
  'eth_chainId',
  'eth_gasPrice',
  'eth_getBalance',
  'eth_getStorageAt',
  'eth_getTransactionCount',
  'eth_maxPriorityFeePerGas',
]);

/** Methods that answer with one text, of any length. */
export const ONE_TEXT: ReadonlySet<string> = new Set(['eth_call', 'eth_getCode']);

/** A block without the contents of its transactions: 60,000 hashes of 69 bytes, three times what the largest blocks hold. */
const BLOCK_BYTES = 4 * KIB * KIB;

/** A path of 65 nodes, one per nibble of the key and the root, of 532 bytes in hex each: no trie has a longer one. */
const PATH_BYTES = 72 * KIB;

/**
 * Returns the most bytes that an honest answer to a call has; undefined where only the chain's contents bound it, as for
 * logs, full blocks and the outputs of contracts.
 */
export function answerBytesMax({
  method,
  params,
}: {
  readonly method: string;
  readonly params: readonly unknown[];
}): number | undefined {
  if (WORDS.has(method)) return FRAME_BYTES;
  if (method === 'eth_getBlockByNumber' || method === 'eth_getBlockByHash') {
    return params[1] === false ? FRAME_BYTES + BLOCK_BYTES : undefined;
  }
  if (method !== 'eth_getProof' || !Array.isArray(params[1])) return undefined;
  return FRAME_BYTES + PATH_BYTES * (1 + params[1].length);
}
