import { journalSlots, keccak256, l1StateWitnessAbi, l1StateWitnessCode } from '@surety/contracts';
import { type BlockHash, type Bytes32, blockHash, bytesToHex, hexToBytes } from '@surety/domain';
import { type Hex, createPublicClient, encodeDeployData, encodeFunctionData, http } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TwoChainLine } from '../testing/two-chain-line.js';
import { proveJournal } from './journal-proof.js';
import type { AskNode } from './prove-slots.js';

/** A predeploy that returns its first storage word to every call. */
const PREDEPLOY = '0x4200000000000000000000000000000000000015';
const STAND_IN = '0x5f545f5260205ff3';

let line: TwoChainLine;
let ask: AskNode;
let edge: Bytes32;

beforeAll(async () => {
  line = await TwoChainLine.start({ settlement: 41_310, collateral: 41_311 });
  ask = (method, params) => line.collateral.rpc(method, params);
  edge = line.line(1).journals['to-ledger'].edgeId;
  await line.lock(1, 1_000_000_000n);
  await line.lock(1, 2_000_000_000n);
});
afterAll(() => line?.stop());

const newest = async (): Promise<BlockHash> =>
  blockHash(String(((await ask('eth_getBlockByNumber', ['latest', false])) as { hash: unknown }).hash));

test('a witness on another node records what one node’s header and proofs show of a real vault', async () => {
  const { vault } = line.line(1);
  const code = String(await ask('eth_getCode', [vault, 'latest']));
  const home = createPublicClient({ transport: http(line.settlement.url) });
  await line.settlement.rpc('anvil_setCode', [PREDEPLOY, STAND_IN]);
  const block = await newest();
  await line.settlement.rpc('anvil_setStorageAt', [PREDEPLOY, `0x${'00'.repeat(32)}`, block]);
  const codeHash = bytesToHex(keccak256(hexToBytes(code)));
  const [from] = (await line.settlement.rpc('eth_accounts', [])) as [Hex];
  const creation = encodeDeployData({
    abi: l1StateWitnessAbi,
    bytecode: l1StateWitnessCode.creation as Hex,
    args: [PREDEPLOY, vault, codeHash],
  });
  const send = async (request: { readonly to?: Hex; readonly data: Hex }) =>
    home.waitForTransactionReceipt({
      hash: (await line.settlement.rpc('eth_sendTransaction', [{ from, gas: '0x4c4b40', ...request }])) as Hex,
    });
  const { contractAddress } = await send({ data: creation });
  const address = contractAddress as Hex;
  const { count, proof } = await proveJournal(ask, { contract: vault, block, edge });
  expect(count).toBe(2n);
  const data = encodeFunctionData({ abi: l1StateWitnessAbi, functionName: 'prove', args: [edge, proof] });
  expect(await send({ to: address, data })).toMatchObject({ status: 'success' });
  const [recorded, head] = await home.readContract({
    address,
    abi: l1StateWitnessAbi,
    functionName: 'latest',
    args: [edge],
  });
  expect([recorded, head]).toEqual([2n, await ask('eth_getStorageAt', [vault, journalSlots(edge).head, 'latest'])]);
});

test('an edge without a journal there has count 0', async () => {
  const { vault, journals } = line.line(1);
  const block = await newest();
  expect((await proveJournal(ask, { contract: vault, block, edge: journals['to-vault'].edgeId })).count).toBe(0n);
});

test('a node that returns another block, or lacks it, proves nothing', async () => {
  const { vault } = line.line(1);
  const block = await newest();
  const earlier: AskNode = (method, params) =>
    method === 'eth_getBlockByHash' ? ask('eth_getBlockByNumber', ['0x1', false]) : ask(method, params);
  await expect(proveJournal(earlier, { contract: vault, block, edge })).rejects.toMatchObject({ code: 'BAD_HEADER' });
  const lost = blockHash(`0x${'ab'.repeat(32)}`);
  await expect(proveJournal(ask, { contract: vault, block: lost, edge })).rejects.toMatchObject({
    code: 'BAD_RESPONSE',
  });
});
