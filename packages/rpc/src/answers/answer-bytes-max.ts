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

/** Methods that answer with one value; what runs code may also name the reason of a revert, of any length. */
export const ONE_VALUE: ReadonlySet<string> = new Set([
  ...WORDS,
  'eth_call',
  'eth_estimateGas',
  'eth_getCode',
  'eth_sendRawTransaction',
]);

/** A block without the contents of its transactions: 60,000 hashes of 69 bytes, three times what the largest blocks hold. */
const BLOCK_BYTES = 4 * KIB * KIB;

/** A path of 65 nodes, one per nibble of the key and the root, of 532 bytes in hex each: no trie has a longer one. */
const PATH_BYTES = 72 * KIB;

/** A request, as far as it decides about its answer. */
interface Question {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** True for a request of a block without the contents of its transactions. */
export function isBareBlock({ method, params }: Question): boolean {
  return (method === 'eth_getBlockByNumber' || method === 'eth_getBlockByHash') && params[1] === false;
}

/** Returns how many slots a request wants proved, of which each has a path beside the account's; undefined for another request. */
export function provedSlots({ method, params }: Question): number | undefined {
  return method === 'eth_getProof' && Array.isArray(params[1]) ? params[1].length : undefined;
}

/**
 * Returns the most bytes that an honest answer to a call has; undefined where only the chain's contents bound it, as for
 * logs, full blocks and the outputs of contracts.
 */
export function answerBytesMax(question: Question): number | undefined {
  if (WORDS.has(question.method)) return FRAME_BYTES;
  if (isBareBlock(question)) return FRAME_BYTES + BLOCK_BYTES;
  const slots = provedSlots(question);
  return slots === undefined ? undefined : FRAME_BYTES + PATH_BYTES * (1 + slots);
}
