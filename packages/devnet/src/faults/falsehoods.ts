import { type ReadKind, type SeenCall, readKindOf } from './read-kind.js';

/** Heights of a chain's newest and newest final block. */
export interface ChainHeights {
  readonly newest: bigint;
  readonly final: bigint;
}

/** Material for a falsehood: the call, and the honest node for a true answer to something else. */
export interface SurveyedWitness {
  readonly call: SeenCall;
  /** Where the chain stood as this was first asked of an armed endpoint. */
  readonly since: () => Promise<ChainHeights>;
  /** Asks the honest node. */
  readonly ask: (method: string, params: readonly unknown[]) => Promise<unknown>;
}

/** One way to falsify a true result: the reads that it applies to, and the false answer. */
export interface Falsehood {
  readonly reads: readonly ReadKind[];
  readonly bend: (result: unknown, witness: SurveyedWitness) => unknown;
}

type Fields = Record<string, unknown>;

const BLOCKS = ['final-block', 'newest-block', 'block-at'] as const;
const QUANTITIES = ['chain-id', 'head-number', 'nonce', 'balance', 'estimate', 'tip-fee'] as const;
/** Reads at a block that the caller names: the place of its name among the parameters. */
const BLOCK_PARAMETER: Partial<Record<ReadKind, number>> = {
  proof: 2,
  view: 1,
  code: 1,
  estimate: 1,
  nonce: 1,
  balance: 1,
};
const PLACED = Object.keys(BLOCK_PARAMETER) as ReadKind[];
const WORD_OF_NINES = `0x${'9'.repeat(64)}`;
const STRANGER = `0x${'99'.repeat(20)}`;

const block = (bend: (fields: Fields) => Fields): Falsehood => ({ reads: BLOCKS, bend: onFields(bend) });
const proof = (bend: (fields: Fields) => Fields): Falsehood => ({ reads: ['proof'], bend: onFields(bend) });
const slots = (bend: (slot: Fields) => Fields): Falsehood =>
  proof((fields) => ({ ...fields, storageProof: listOf(fields['storageProof']).map(bend) }));
const logs = (bend: (list: readonly Fields[]) => unknown): Falsehood => ({
  reads: ['logs'],
  bend: (result) => (Array.isArray(result) ? bend(listOf(result)) : result),
});
const eachLog = (bend: (log: Fields) => Fields): Falsehood => logs((list) => list.map(bend));
const instead = (reads: readonly ReadKind[], value: unknown): Falsehood => ({ reads, bend: () => value });
const quantity = (reads: readonly ReadKind[], bend: (value: bigint) => bigint): Falsehood => ({
  reads,
  bend: (result) => (typeof result === 'string' ? `0x${bend(BigInt(result)).toString(16)}` : result),
});

/** All false answers of a provider, by name. */
export const FALSEHOODS = {
  'wrong-chain-id': instead(['chain-id'], '0x3039'),
  'head-behind': instead(['head-number'], '0x1'),
  'head-ahead': quantity(['head-number'], (height) => height + 5_000n),
  'finality-behind': { reads: ['final-block'], bend: (_, { ask }) => ask('eth_getBlockByNumber', ['0x1', false]) },
  'finality-at-genesis': { reads: ['final-block'], bend: (_, { ask }) => ask('eth_getBlockByNumber', ['0x0', false]) },
  'finality-at-the-head': {
    reads: ['final-block'],
    bend: (_, { ask }) => ask('eth_getBlockByNumber', ['latest', false]),
  },
  'head-of-the-past': { reads: ['newest-block'], bend: (_, { ask }) => ask('eth_getBlockByNumber', ['0x1', false]) },
  'block-of-another-height': {
    reads: ['block-at'],
    bend: (result, { ask }) => ask('eth_getBlockByNumber', [heightBeside(fieldsOf(result)['number'], -1n), false]),
  },
  'wrong-block-hash': block((fields) => ({ ...fields, hash: turned(fields['hash']) })),
  'wrong-state-root': block((fields) => ({ ...fields, stateRoot: turned(fields['stateRoot']) })),
  'wrong-parent': block((fields) => ({ ...fields, parentHash: turned(fields['parentHash']) })),
  'wrong-receipts-root': block((fields) => ({ ...fields, receiptsRoot: turned(fields['receiptsRoot']) })),
  'wrong-bloom': block((fields) => ({ ...fields, logsBloom: `0x${'ff'.repeat(256)}` })),
  'wrong-timestamp': block((fields) => ({ ...fields, timestamp: heightBeside(fields['timestamp'], 86_400n) })),
  'wrong-number': block((fields) => ({ ...fields, number: heightBeside(fields['number'], 1n) })),
  'wrong-gas-used': block((fields) => ({ ...fields, gasUsed: '0x5' })),
  'block-without-fields': block(({ hash, number }) => ({ hash, number })),
  'forged-proof': slots((slot) => ({ ...slot, value: turned(slot['value']), proof: turnedNodes(slot['proof']) })),
  'forged-slot-value': slots((slot) => ({ ...slot, value: turned(slot['value']) })),
  'zero-slot-value': slots((slot) => ({ ...slot, value: '0x0' })),
  'slot-without-proof': slots((slot) => ({ ...slot, proof: [] })),
  'slot-proof-cut-short': slots((slot) => ({ ...slot, proof: textsOf(slot['proof']).slice(0, -1) })),
  'slots-left-out': proof((fields) => ({ ...fields, storageProof: [] })),
  'slots-turned-around': proof((fields) => ({ ...fields, storageProof: listOf(fields['storageProof']).toReversed() })),
  'forged-account-proof': proof((fields) => ({ ...fields, accountProof: turnedNodes(fields['accountProof']) })),
  'account-without-proof': proof((fields) => ({ ...fields, accountProof: [] })),
  'forged-storage-root': proof((fields) => ({ ...fields, storageHash: turned(fields['storageHash']) })),
  'forged-code-hash': proof((fields) => ({ ...fields, codeHash: WORD_OF_NINES })),
  'proof-of-an-older-block': {
    reads: ['proof'],
    bend: (_, { call, ask }) => ask('eth_getProof', [call.params?.[0], call.params?.[1], '0x1']),
  },
  'proof-of-another-account': {
    reads: ['proof'],
    bend: (_, { call, ask }) => ask('eth_getProof', [STRANGER, call.params?.[1], call.params?.[2]]),
  },
  'drop-logs': logs(() => []),
  'drop-first-log': logs((list) => list.slice(1)),
  'drop-last-log': logs((list) => list.slice(0, -1)),
  'double-log': logs((list) => list.flatMap((log, at) => (at === 0 ? [log, log] : [log]))),
  'reorder-logs': logs((list) => list.toReversed()),
  'invented-log': logs((list) => list.concat(list.slice(-1).map((log) => ({ ...log, logIndex: '0x63' })))),
  'forge-logs': eachLog((log) => ({ ...log, data: turnedAt(log['data'], 2 + 2 * 64 - 1) })),
  'log-cut-short': eachLog((log) => ({ ...log, data: String(log['data']).slice(0, -64) })),
  'log-of-another-account': eachLog((log) => ({ ...log, topics: swapLastTopic(log['topics']) })),
  'log-of-another-event': eachLog((log) => ({ ...log, topics: [WORD_OF_NINES, ...textsOf(log['topics']).slice(1)] })),
  'log-of-another-contract': eachLog((log) => ({ ...log, address: STRANGER })),
  'log-of-another-block': eachLog((log) => ({ ...log, blockHash: turned(log['blockHash']) })),
  'log-moved': eachLog((log) => ({ ...log, blockNumber: heightBeside(log['blockNumber'], 1n) })),
  'log-outside-the-range': eachLog((log) => ({ ...log, blockNumber: '0xfffff' })),
  'log-removed': eachLog((log) => ({ ...log, removed: true })),
  'logs-that-are-no-list': instead(['logs'], {}),
  'view-of-zero': { reads: ['view'], bend: (result) => `0x${'0'.repeat(Math.max(0, String(result).length - 2))}` },
  'view-turned': { reads: ['view'], bend: (result) => turned(result) },
  'view-raised': { reads: ['view'], bend: (result) => turnedAt(result, 4) },
  'view-cut-short': { reads: ['view'], bend: (result) => String(result).slice(0, 34) },
  'view-of-nothing': instead(['view'], '0x'),
  'other-code': instead(['code'], '0x6001'),
  'no-code': instead(['code'], '0x'),
  'nonce-ahead': quantity(['nonce'], (nonce) => nonce + 7n),
  'nonce-behind': quantity(['nonce'], (nonce) => (nonce > 2n ? nonce - 2n : 0n)),
  'empty-wallet': instead(['balance'], '0x0'),
  'gas-too-low': instead(['estimate'], '0x5208'),
  'gas-too-high': instead(['estimate'], '0x1312d00'),
  'tip-too-high': instead(['tip-fee'], '0xe8d4a51000'),
  'failed-receipt': { reads: ['receipt'], bend: onFields((fields) => ({ ...fields, status: '0x0' })) },
  'receipt-of-another-block': {
    reads: ['receipt'],
    bend: onFields((fields) => ({ ...fields, blockHash: turned(fields['blockHash']), blockNumber: '0x1' })),
  },
  'stands-still': { reads: [...BLOCKS, 'head-number', ...PLACED, 'logs', 'receipt', 'transaction'], bend: asOf },
  empty: instead([...BLOCKS, ...QUANTITIES, 'proof', 'logs', 'view', 'code', 'receipt', 'transaction', 'send'], null),
  'no-hex': instead([...QUANTITIES, 'view', 'code', 'send'], '0xzz'),
  'number-above-256-bits': instead(QUANTITIES, `0x1${'0'.repeat(64)}`),
  'object-instead': instead([...QUANTITIES, 'view', 'code', 'send'], { toString: 'nonsense' }),
} as const satisfies Readonly<Record<string, Falsehood>>;

function onFields(bend: (fields: Fields) => Fields): Falsehood['bend'] {
  return (result) => (isFields(result) ? bend(result) : result);
}

/** Answers as a node does that has followed its chain no further, and holds what came later in its pool. */
async function asOf(result: unknown, { call, ask, since }: SurveyedWitness): Promise<unknown> {
  const { newest, final } = await since();
  const { method = '', params = [] } = call;
  const read = readKindOf(call);
  const isLater = (height: unknown): boolean => typeof height === 'string' && BigInt(height) > newest;
  const still = hexOf(newest);
  if (read === 'head-number') return still;
  if (read === 'newest-block') return ask(method, [still, params[1]]);
  if (read === 'final-block') return ask(method, [hexOf(final), params[1]]);
  if (read === 'block-at') return isLater(fieldsOf(result)['number']) ? null : result;
  if (read === 'logs')
    return Array.isArray(result) ? listOf(result).filter((log) => !isLater(log['blockNumber'])) : result;
  const fields = fieldsOf(result);
  if (read === 'receipt') return isLater(fields['blockNumber']) ? null : result;
  if (read === 'transaction')
    return isLater(fields['blockNumber'])
      ? { ...fields, blockHash: null, blockNumber: null, transactionIndex: null }
      : result;
  const at = read === undefined ? undefined : BLOCK_PARAMETER[read];
  if (at === undefined) return result;
  const named = params[at];
  if (typeof named === 'object') return result;
  if (typeof named === 'string' && named.startsWith('0x')) return isLater(named) ? null : result;
  return ask(method, params.toSpliced(at, 1, named === 'finalized' || named === 'safe' ? hexOf(final) : still));
}

function hexOf(height: bigint): string {
  return `0x${height.toString(16)}`;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Changes the last node that proves something: the leaf. */
function turnedNodes(value: unknown): readonly string[] {
  const nodes = textsOf(value);
  return nodes.map((node, at) => (at === nodes.length - 1 ? turned(node) : node));
}

function swapLastTopic(value: unknown): readonly string[] {
  return [...textsOf(value).slice(0, -1), WORD_OF_NINES];
}

function heightBeside(value: unknown, difference: bigint): string {
  const height = typeof value === 'string' ? BigInt(value) + difference : 0n;
  return `0x${(height < 0n ? 0n : height).toString(16)}`;
}

function turned(hex: unknown): string {
  return turnedAt(hex, String(hex).length - 1);
}

/** Changes one hex digit. */
function turnedAt(value: unknown, at: number): string {
  const hex = String(value);
  const place = Math.min(at, hex.length - 1);
  if (place < 2) return hex;
  return `${hex.slice(0, place)}${hex[place] === '0' ? '1' : '0'}${hex.slice(place + 1)}`;
}
