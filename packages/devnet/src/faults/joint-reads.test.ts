import { beforeEach, describe, expect, it } from 'vitest';
import { JointReads, type NodeAnswer } from './joint-reads.js';

const URL = 'http://127.0.0.1:1';
let asked: string[];
let answer: (text: string) => void;
let joint: JointReads;

beforeEach(() => {
  asked = [];
  joint = new JointReads((_, body) => {
    asked.push(body);
    return new Promise<NodeAnswer>((resolve) => (answer = (text) => resolve({ status: 200, text })));
  });
});

const read = (id: unknown, method: string, params: readonly unknown[] = []) =>
  joint.ask(URL, { id, method, params }, JSON.stringify({ id, method, params }));

describe('reads of a node', () => {
  it('are asked once while the answer is under way, and answered each under its id', async () => {
    const all = [read(1, 'eth_call', ['0x0']), read(2, 'eth_call', ['0x0']), read('c', 'eth_call', ['0x0'])];
    answer('{"jsonrpc":"2.0","id":1,"result":"0x5"}');
    expect((await Promise.all(all)).map(({ text }) => text)).toEqual([
      '{"jsonrpc":"2.0","id":1,"result":"0x5"}',
      '{"jsonrpc":"2.0","id":2,"result":"0x5"}',
      '{"jsonrpc":"2.0","id":"c","result":"0x5"}',
    ]);
    expect(asked).toHaveLength(1);
    const next = read(4, 'eth_call', ['0x0']);
    answer('{"jsonrpc":"2.0","id":4,"result":"0x6"}');
    expect([(await next).text, asked.length]).toEqual(['{"jsonrpc":"2.0","id":4,"result":"0x6"}', 2]);
  });

  it('keep their answer however the node writes it', async () => {
    const all = [read(1, 'eth_blockNumber'), read(2, 'eth_blockNumber')];
    answer('{ "id": 1, "error": {"code": -32000}, "jsonrpc": "2.0" }');
    const [, second] = await Promise.all(all);
    expect(JSON.parse(second?.text ?? '')).toEqual({ id: 2, error: { code: -32_000 }, jsonrpc: '2.0' });
  });

  it.each([
    ['of other parameters', 'eth_call', '0x1'],
    ['of one sender', 'eth_getTransactionCount', '0x0'],
    ['that send', 'eth_sendRawTransaction', '0x0'],
    ['that no process makes', 'anvil_mine', '0x0'],
  ])('%s are asked each by itself', (_name, method, other) => {
    void read(1, method, ['0x0']);
    void read(2, method, [other]);
    expect(asked).toHaveLength(2);
  });

  it('fail for all that wait, and are asked again after that', async () => {
    const broken = new JointReads(() => (asked.push(''), Promise.reject(new Error('cut off'))));
    const ask = () => broken.ask(URL, { id: 1, method: 'eth_chainId' }, '{}');
    await Promise.all([0, 1].map(() => expect(ask()).rejects.toThrow('cut off')));
    await expect(ask()).rejects.toThrow('cut off');
    expect(asked).toHaveLength(2);
  });
});
