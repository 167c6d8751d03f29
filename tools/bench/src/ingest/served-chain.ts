import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collateralVaultAbi, journalSlots, keccak256 } from '@surety/contracts';
import {
  type Bytes32,
  ENTRY_BYTES,
  address,
  bytes32,
  bytesToHex,
  concatBytes,
  edgeId,
  foldJournal,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';
import { hashHeader } from '@surety/rpc';
import { encodeAbiParameters, encodeEventTopics } from 'viem';
import { buildProofWorld } from '../proof-world.js';
import { SERVED_EDGE, type ServedChain } from './served-edge.js';

const GENESIS_TIME = 1_700_000_000;
const OWNERS = 5_000;

type Json = Readonly<Record<string, unknown>>;

const quantity = (value: number | bigint): string => `0x${value.toString(16)}`;
const wordOf = (value: number): Bytes32 => bytes32(bytesToHex(uintToBytes(BigInt(value), 32)));

/** Builds a chain of `blocks` blocks with `perBlock` locks each, all final, and serves it as one provider would. */
async function serve(blocks: number, perBlock: number): Promise<void> {
  const edge = edgeId(SERVED_EDGE, keccak256);
  const { logs, head } = writeLogs(edge, blocks, perBlock);
  const slots = journalSlots(edge);
  const world = await buildProofWorld({
    accounts: 2_000,
    contract: SERVED_EDGE.journal,
    slots: new Map([
      [slots.head, BigInt(head)],
      [slots.count, (BigInt(GENESIS_TIME) << 96n) | BigInt(blocks * perBlock)],
    ]),
  });
  const headers = writeHeaders(blocks, world.stateRoot);
  for (const [number, inBlock] of logs.entries())
    for (const log of inBlock) Object.assign(log, { blockHash: headers[number]?.['hash'] });
  const texts = logs.map((inBlock) => inBlock.map((log) => JSON.stringify(log)).join(','));
  const proof = async (params: readonly unknown[]): Promise<string> => {
    const [of, asked] = params as [string, Bytes32[]];
    const isContract = of.toLowerCase() === SERVED_EDGE.journal;
    const { accountNodes, slotNodes } = isContract
      ? await world.prove(asked)
      : { accountNodes: await world.proveAccount(address(of)), slotNodes: [] };
    const storageProof = slotNodes.map((nodes, at) => ({ key: asked[at], value: '0x0', proof: nodes.map(bytesToHex) }));
    return JSON.stringify({ address: of, accountProof: accountNodes.map(bytesToHex), storageProof });
  };
  const answers: Record<string, (params: readonly unknown[]) => string | Promise<string>> = {
    eth_chainId: () => JSON.stringify(quantity(SERVED_EDGE.originChainId)),
    eth_blockNumber: () => JSON.stringify(quantity(blocks)),
    eth_getBlockByNumber: ([tag]) =>
      JSON.stringify(headers[String(tag).startsWith('0x') ? Number(tag) : blocks] ?? null),
    eth_getProof: proof,
    eth_getLogs: ([filter]) => {
      const { fromBlock, toBlock } = filter as { fromBlock: string; toBlock: string };
      return `[${texts
        .slice(Number(fromBlock), Number(toBlock) + 1)
        .filter(Boolean)
        .join(',')}]`;
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void answer(Buffer.concat(chunks).toString('utf8'), answers, response));
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    const told: ServedChain = {
      port,
      edgeId: edge,
      codeHash: world.codeHash,
      head,
    };
    process.send?.(told);
  });
  process.on('disconnect', () => process.exit(0));
}

async function answer(
  body: string,
  answers: Record<string, (params: readonly unknown[]) => string | Promise<string>>,
  response: ServerResponse,
): Promise<void> {
  const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
  const give = answers[method];
  const result = give === undefined ? undefined : await give(params);
  response.setHeader('content-type', 'application/json');
  response.end(
    result === undefined
      ? `{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"no ${method} here"}}`
      : `{"jsonrpc":"2.0","id":${id},"result":${result}}`,
  );
}

function writeLogs(edge: Bytes32, blocks: number, perBlock: number): { logs: object[][]; head: Bytes32 } {
  const logs: object[][] = [[]];
  const entries: Uint8Array[] = [];
  for (let number = 1; number <= blocks; number++) {
    const inBlock: object[] = [];
    for (let at = 0; at < perBlock; at++) {
      const index = entries.length + 1;
      const account = bytes32(
        bytesToHex(concatBytes(keccak256(uintToBytes(BigInt(index % OWNERS), 32)).slice(0, 20), new Uint8Array(12))),
      );
      const amount = 1_000_000n + BigInt(index);
      entries.push(packLock(account, amount));
      inBlock.push({
        address: SERVED_EDGE.journal,
        topics: encodeEventTopics({
          abi: collateralVaultAbi,
          eventName: 'Locked',
          args: { edge, index: BigInt(index), account },
        }),
        data: encodeAbiParameters(
          [{ type: 'uint16' }, { type: 'uint128' }, { type: 'bytes32' }, { type: 'uint96' }],
          [1, amount, wordOf(0), 0n],
        ),
        blockNumber: quantity(number),
        transactionHash: bytesToHex(keccak256(uintToBytes(BigInt(index), 32))),
        transactionIndex: quantity(at),
        logIndex: quantity(at),
        removed: false,
      });
    }
    logs.push(inBlock);
  }
  return { logs, head: foldJournal({ count: 0n, head: edge }, concatBytes(...entries), keccak256).head };
}

/** A LOCK of vault asset 1 without memo or fee. */
function packLock(account: Bytes32, amount: bigint): Uint8Array {
  const packed = new Uint8Array(ENTRY_BYTES);
  packed.set([1, 0, 1]);
  packed.set(uintToBytes(amount, 16), 3);
  packed.set(hexToBytes(account, 32), 19);
  return packed;
}

function writeHeaders(blocks: number, stateRoot: Bytes32): Json[] {
  const headers: Json[] = [];
  let parentHash: string = wordOf(0);
  for (let number = 0; number <= blocks; number++) {
    const header: Record<string, unknown> = {
      parentHash,
      sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
      miner: `0x${'00'.repeat(20)}`,
      stateRoot,
      transactionsRoot: wordOf(number),
      receiptsRoot: wordOf(number + 1),
      // Every bit set: the filter never tells a block apart.
      logsBloom: `0x${'ff'.repeat(256)}`,
      difficulty: '0x0',
      number: quantity(number),
      gasLimit: '0x1c9c380',
      gasUsed: '0x0',
      timestamp: quantity(GENESIS_TIME + 12 * number),
      extraData: '0x',
      mixHash: wordOf(0),
      nonce: '0x0000000000000000',
      baseFeePerGas: '0x7',
    };
    const hash = hashHeader(header, keccak256);
    headers.push({ ...header, hash });
    parentHash = hash;
  }
  return headers;
}

await serve(Number(process.argv[2] ?? 2_000), Number(process.argv[3] ?? 50));
