import { type AnvilNode, devnetAccount } from '@surety/devnet';
import { type Address, type Bytes32, type Hex, address, blockHash, blockHeight, bytes32, txHash } from '@surety/domain';
import type { ChainLog } from '@surety/workflows';
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem';

/** One call of a contract, by name. */
export interface ContractCall {
  readonly to: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
}

/** A transaction of a random stream: what is called, by whom, with how much coin. */
export interface ActedCall extends ContractCall {
  readonly by: Parameters<typeof devnetAccount>[0];
  readonly value?: bigint;
}

/** A block that was mined from what was sent before. */
export interface ActedBlock {
  readonly height: bigint;
  readonly hash: ReturnType<typeof blockHash>;
  readonly logs: readonly ChainLog[];
  /** True if each transaction took effect, in the order in which they were sent. */
  readonly outcomes: readonly boolean[];
}

type RpcLog = Readonly<
  Record<'address' | 'data' | 'blockNumber' | 'blockHash' | 'transactionHash' | 'logIndex', Hex>
> & {
  readonly topics: readonly Hex[];
};

const hexOf = (value: bigint | number): Hex => `0x${BigInt(value).toString(16)}`;
const GAS = hexOf(6_000_000);
/** Highest price first, a little less for each that follows: a node mines them in the order in which they were sent. */
const PRICE_WEI = 3_000_000_000n;
const PRICE_STEP_WEI = 1_000_000n;

/** A local chain whose blocks are made by hand: many transactions to a block, every call of a round in one request. */
export class ActedChain {
  readonly node: AnvilNode;
  readonly #nonces = new Map<string, number>();
  #sent: Hex[] = [];

  constructor(node: AnvilNode) {
    this.node = node;
  }

  /** Stops blocks that come by themselves and lifts the gas limit of a block. */
  async takeOver(): Promise<void> {
    await this.node.call('evm_setIntervalMining', [0]);
    await this.node.call('evm_setAutomine', [false]);
    await this.node.call('evm_setBlockGasLimit', [hexOf(10_000_000_000)]);
  }

  /** Sends transactions for the next block. */
  async send(calls: readonly ActedCall[]): Promise<void> {
    const requests: { readonly method: string; readonly params: readonly unknown[] }[] = [];
    for (const [at, { by, value = 0n, to, ...call }] of calls.entries()) {
      const from = devnetAccount(by).address;
      // A node answers the requests of a batch side by side, so it cannot be left to number them.
      const nonce = this.#nonces.get(from) ?? Number(await this.node.call('eth_getTransactionCount', [from, 'latest']));
      this.#nonces.set(from, nonce + 1);
      const gasPrice = PRICE_WEI - BigInt(this.#sent.length + at) * PRICE_STEP_WEI;
      const money = { gas: GAS, gasPrice: hexOf(gasPrice), value: hexOf(value) };
      const params = [{ from, to, data: encodeFunctionData(call), nonce: hexOf(nonce), ...money }];
      requests.push({ method: 'eth_sendTransaction', params });
    }
    this.#sent.push(...((await this.#batch(requests)) as Hex[]));
  }

  /** Mines one block at a time in seconds and gives what it holds. */
  async mine(timestamp: bigint): Promise<ActedBlock> {
    await this.node.call('evm_setNextBlockTimestamp', [Number(timestamp)]);
    await this.node.call('evm_mine');
    const block = (await this.node.call('eth_getBlockByNumber', ['latest', false])) as {
      readonly number: Hex;
      readonly hash: Hex;
      readonly transactions: readonly Hex[];
    };
    const sent = this.#sent;
    this.#sent = [];
    if (block.transactions.length !== sent.length)
      throw new Error(`the block holds ${block.transactions.length} transactions; ${sent.length} were sent`);
    const logs = (await this.node.call('eth_getLogs', [{ blockHash: block.hash }])) as readonly RpcLog[];
    const receipts = (await this.#batch(
      sent.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] })),
    )) as readonly { readonly status: Hex }[];
    return {
      height: BigInt(block.number),
      hash: blockHash(block.hash),
      logs: logs.map(chainLogOf),
      outcomes: receipts.map(({ status }) => status === '0x1'),
    };
  }

  /** Gives every log of a contract so far. */
  async history(contract: Address): Promise<readonly ChainLog[]> {
    const filter = { address: contract, fromBlock: '0x0', toBlock: 'latest' };
    return ((await this.node.call('eth_getLogs', [filter])) as readonly RpcLog[]).map(chainLogOf);
  }

  /** Answers many calls at the newest block, in order. */
  async read(calls: readonly ContractCall[]): Promise<unknown[]> {
    const answers: unknown[] = [];
    for (let at = 0; at < calls.length; at += 500) {
      const page = calls.slice(at, at + 500);
      const results = await this.#batch(
        page.map(({ to, ...call }) => ({
          method: 'eth_call',
          params: [{ to, data: encodeFunctionData(call) }, 'latest'],
        })),
      );
      for (const [place, { abi, functionName, args }] of page.entries())
        answers.push(decodeFunctionResult({ abi, functionName, args, data: results[place] as Hex }));
    }
    return answers;
  }

  async #batch(
    requests: readonly { readonly method: string; readonly params: readonly unknown[] }[],
  ): Promise<unknown[]> {
    if (requests.length === 0) return [];
    const response = await fetch(this.node.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(requests.map((request, id) => ({ jsonrpc: '2.0', id, ...request }))),
    });
    const answers = (await response.json()) as { id: number; result?: unknown; error?: { message: string } }[];
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    return requests.map(({ method }, id) => {
      const answer = byId.get(id);
      if (answer === undefined || answer.error !== undefined)
        throw new Error(`${method}: ${answer?.error?.message ?? 'the node did not answer'}`);
      return answer.result;
    });
  }
}

function chainLogOf(log: RpcLog): ChainLog {
  return {
    address: address(log.address),
    topics: log.topics.map((topic): Bytes32 => bytes32(topic)),
    data: log.data,
    blockHeight: blockHeight(BigInt(log.blockNumber)),
    blockHash: blockHash(log.blockHash),
    txHash: txHash(log.transactionHash),
    logIndex: Number(log.logIndex),
  };
}
