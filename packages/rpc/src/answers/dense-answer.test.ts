import { describe, expect, it } from 'vitest';
import { parseReply } from './parse-reply.js';

const MIB = 1_024 * 1_024;
const [address, hash] = [`0x${'11'.repeat(20)}`, `0x${'22'.repeat(32)}`];

/** The same item again and again, or items by their numbers, up to a length in MiB. */
function filled(mebibytes: number, item: string | ((at: number) => string)): string {
  const items: string[] = [];
  for (let length = 0; length < mebibytes * MIB - 4_096; length += (items.at(-1) as string).length + 1) {
    items.push(typeof item === 'string' ? item : item(items.length));
  }
  return items.join(',');
}

const many = (item: string, count: number): string => Array.from({ length: count }, () => item).join(',');

function read(result: string, method = 'eth_getLogs', params: readonly unknown[] = [{}]): unknown {
  const body = `{"jsonrpc":"2.0","id":7,"result":${result}}`;
  return parseReply({ status: 200, body }, { id: 7, method, params, bytesMax: 33 * MIB });
}

const DENSE = expect.objectContaining({
  code: 'BAD_RESPONSE',
  message: expect.stringContaining('has more parts or kinds of objects than an honest one of its length') as string,
  context: { dense: true },
}) as Error;

const log = (topics: number, data = '0x'): string =>
  JSON.stringify({
    address,
    topics: Array.from({ length: topics }, () => hash),
    data,
    blockNumber: '0x1',
    blockTimestamp: '0x1',
    transactionHash: hash,
    transactionIndex: '0x1',
    blockHash: hash,
    logIndex: '0x1',
    removed: false,
  });

const HEADER = {
  hash,
  parentHash: hash,
  stateRoot: hash,
  number: '0x1',
  logsBloom: `0x${'00'.repeat(256)}`,
  extraData: '0x',
  ...Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`field${at}`, '0x1'])),
  withdrawals: Array.from({ length: 16 }, () => ({ index: '0x1', validatorIndex: '0x1', address, amount: '0x1' })),
};
const block = (transactions: string, added = ''): string =>
  `${JSON.stringify(HEADER).slice(0, -1)},"transactions":[${transactions}]${added}}`;

/** A transaction of any type, with the shortest values. */
const transaction = (type: number): string =>
  JSON.stringify({
    blockHash: hash,
    blockNumber: '0x1',
    from: address,
    gas: '0x5208',
    gasPrice: '0x1',
    hash,
    input: '0x',
    nonce: '0x0',
    to: address,
    transactionIndex: '0x0',
    value: '0x0',
    type: `0x${type}`,
    chainId: '0x1',
    v: '0x0',
    ...(type > 0 ? { accessList: [{ address, storageKeys: [] }], yParity: '0x0' } : {}),
    ...(type > 1 ? { maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x1' } : {}),
    ...(type === 3 ? { blobVersionedHashes: [hash], maxFeePerBlobGas: '0x1' } : {}),
    ...(type === 4
      ? { authorizationList: [{ chainId: '0x1', address, nonce: '0x0', yParity: '0x0', r: hash, s: hash }] }
      : {}),
    r: hash,
    s: hash,
  });

/** Paths of the greatest depth: 64 branches and a leaf. */
const proof = (slots: number): string => {
  const path = Array.from({ length: 65 }, () => `0x${'ab'.repeat(532)}`);
  const storageProof = Array.from({ length: slots }, () => ({ key: '0x0', value: '0x0', proof: path }));
  const values = { address, balance: '0x0', codeHash: hash, nonce: '0x0', storageHash: hash };
  return JSON.stringify({ ...values, accountProof: path, storageProof });
};

const SLOTS = Array.from({ length: 400 }, () => hash);

describe('the largest honest answer is read', () => {
  it.each<[name: string, result: string, method: string, params: readonly unknown[]]>([
    ['10,000 logs without topics', `[${many(log(0), 10_000)}]`, 'eth_getLogs', [{}]],
    ['logs of 32 MiB', `[${filled(32, log(2, `0x${'33'.repeat(64)}`))}]`, 'eth_getLogs', [{}]],
    ['short logs of 32 MiB', `[${filled(32, log(0))}]`, 'eth_getLogs', [{}]],
    ['a receipt of 10,000 logs', `{"logs":[${many(log(1), 10_000)}]}`, 'eth_getTransactionReceipt', [hash]],
    ['a block of 2,000 hashes', block(many(`"${hash}"`, 2_000)), 'eth_getBlockByNumber', ['latest', false]],
    ['a block of 60,000 hashes', block(many(`"${hash}"`, 60_000)), 'eth_getBlockByHash', [hash, false]],
    ['a block without transactions', block(''), 'eth_getBlockByNumber', ['latest', false]],
    [
      'transactions of all types',
      block(filled(8, (at) => transaction(at % 5))),
      'eth_getBlockByNumber',
      ['latest', true],
    ],
    [
      'access lists without keys',
      `[${many(`{"address":"${address}","storageKeys":[]}`, 10_000)}]`,
      'eth_getBlockByNumber',
      ['latest', true],
    ],
    ['a path of depth 64', proof(0), 'eth_getProof', [address, [], '0x1']],
    ['401 paths of depth 64', proof(400), 'eth_getProof', [address, SLOTS, '0x1']],
    ['an output of 32 MiB', `"0x${'00'.repeat(16 * MIB - 4_096)}"`, 'eth_call', [{}, 'latest']],
    ['a code of 24 KiB', `"0x${'00'.repeat(24 * 1_024)}"`, 'eth_getCode', [address, 'latest']],
    ['a few short parts', `[${many('[]', 500)}]`, 'eth_getLogs', [{}]],
  ])('%s', (_, result, method, params) => {
    expect(read(result, method, params)).toEqual(JSON.parse(result));
  });
});

describe('an answer is not parsed that takes a parser many times what an honest one takes', () => {
  const keys = (mebibytes: number): string => `{${filled(mebibytes, (at) => `"${at.toString(36)}":0`)}}`;
  /** Objects whose few keys stand in ever new orders, spaced like those of logs. */
  const mixed = filled(8, (at) => {
    const pairs = [0, 5, 10].map((bits) => `"k${(at >> bits) & 31}":"${'x'.repeat(30)}"`);
    return `{${pairs.join(',')}}`;
  });

  it.each<[name: string, result: string, method: string, params: readonly unknown[]]>([
    ['short keys in a block', block('', `,"x":${keys(4)}`), 'eth_getBlockByNumber', ['latest', false]],
    ['short keys in a full block', block('', `,"x":${keys(4)}`), 'eth_getBlockByNumber', ['latest', true]],
    ['short keys as logs', keys(32), 'eth_getLogs', [{}]],
    ['short keys in a proof', keys(1), 'eth_getProof', [address, [], '0x1']],
    ['numbers', `[${filled(8, '0')}]`, 'eth_getLogs', [{}]],
    ['short texts', `[${filled(8, '"a"')}]`, 'eth_getTransactionReceipt', [hash]],
    ['short texts in a block', block(filled(1, '"0x0"')), 'eth_getBlockByHash', [hash, false]],
    ['empty lists', `[${many('[]', 10_000)}]`, 'eth_getLogs', [{}]],
    ['empty objects', `[${many('{}', 10_000)}]`, 'eth_getLogs', [{}]],
    ['lists in lists', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'eth_getLogs', [{}]],
    ['objects in objects', `[${many('{"a":{}}', 10_000)}]`, 'eth_getLogs', [{}]],
    ['ever new kinds of objects', `[${mixed}]`, 'eth_getLogs', [{}]],
    ['a list for one value', `[${many('"0x0"', 2_000)}]`, 'eth_call', [{}, 'latest']],
    ['a list for a height', `[${many('"0x0"', 2_000)}]`, 'eth_blockNumber', []],
  ])('%s', (_, result, method, params) => {
    expect(() => read(result, method, params)).toThrow(DENSE);
  });

  it('unless it is the page of a gateway', () => {
    const parse = () =>
      parseReply(
        { status: 502, body: many('{}', 10_000) },
        { id: 7, method: 'eth_getLogs', params: [{}], bytesMax: MIB },
      );
    expect(parse).toThrow('eth_getLogs was answered with HTTP 502');
  });
});

describe('what strangers write within strings', () => {
  const marks = ',:[{]}'.repeat(100_000);

  it.each([
    ['marks', marks],
    ['marks behind quotes', `"${marks}`],
    ['marks behind a backslash at the end', `${marks}\\`],
    ['quotes and backslashes in turn', '\\"'.repeat(100_000)],
  ])('counts for nothing: %s', (_, reason) => {
    expect(read(JSON.stringify(`0x${reason}`), 'eth_call')).toBe(`0x${reason}`);
    const body = JSON.stringify({ jsonrpc: '2.0', id: 7, error: { code: 3, message: reason, data: '0x08c379a0' } });
    const parse = () => parseReply({ status: 200, body }, { id: 7, method: 'eth_call', params: [], bytesMax: MIB });
    expect(parse).toThrow(expect.objectContaining({ code: 'RPC_ERROR' }));
  });

  it('hides nothing that stands behind it', () => {
    const result = `["\\\\",${many('0', 10_000)},"\\""]`;
    expect(() => read(result)).toThrow(DENSE);
    expect(() => read(`["${many('0', 10_000)}`)).toThrow('the answer is malformed');
  });
});
