/** Every kind of read that our processes make of a node, with the JSON-RPC calls that belong to it. */
export const READ_KINDS = {
  'chain-id': 'eth_chainId, net_version',
  'head-number': 'eth_blockNumber',
  'final-block': 'eth_getBlockByNumber of finalized or safe',
  'newest-block': 'eth_getBlockByNumber of latest or pending',
  'block-at': 'eth_getBlockByNumber of a height, eth_getBlockByHash',
  proof: 'eth_getProof',
  logs: 'eth_getLogs',
  view: 'eth_call',
  code: 'eth_getCode',
  estimate: 'eth_estimateGas',
  nonce: 'eth_getTransactionCount',
  balance: 'eth_getBalance',
  receipt: 'eth_getTransactionReceipt',
  transaction: 'eth_getTransactionByHash',
  'tip-fee': 'eth_maxPriorityFeePerGas, eth_gasPrice, eth_feeHistory',
  send: 'eth_sendRawTransaction',
} as const;

/** One kind of read. */
export type ReadKind = keyof typeof READ_KINDS;

/** A JSON-RPC call as the proxy sees it. */
export interface SeenCall {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: readonly unknown[];
}

const BY_METHOD: Readonly<Record<string, ReadKind>> = {
  eth_chainId: 'chain-id',
  net_version: 'chain-id',
  eth_blockNumber: 'head-number',
  eth_getBlockByHash: 'block-at',
  eth_getProof: 'proof',
  eth_getLogs: 'logs',
  eth_call: 'view',
  eth_getCode: 'code',
  eth_estimateGas: 'estimate',
  eth_getTransactionCount: 'nonce',
  eth_getBalance: 'balance',
  eth_getTransactionReceipt: 'receipt',
  eth_getTransactionByHash: 'transaction',
  eth_maxPriorityFeePerGas: 'tip-fee',
  eth_gasPrice: 'tip-fee',
  eth_feeHistory: 'tip-fee',
  eth_sendRawTransaction: 'send',
};

/** Returns the kind of read of a call; undefined for a call that no process of ours makes. */
export function readKindOf({ method = '', params }: SeenCall): ReadKind | undefined {
  if (method !== 'eth_getBlockByNumber') return BY_METHOD[method];
  const tag = params?.[0];
  if (tag === 'finalized' || tag === 'safe') return 'final-block';
  return tag === 'latest' || tag === 'pending' ? 'newest-block' : 'block-at';
}
