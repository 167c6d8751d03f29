import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** One local node for tests, stopped by its own process id. */
export class AnvilNode {
  readonly url: string;
  readonly chainId: number;
  readonly #process: ChildProcess;
  #nextId = 1;

  private constructor(url: string, chainId: number, child: ChildProcess) {
    this.url = url;
    this.chainId = chainId;
    this.#process = child;
  }

  /** Starts a node on a free port and checks that this very node responds there. */
  static async start(options: { chainId: number; args?: readonly string[] }): Promise<AnvilNode> {
    const port = await freePort();
    const child = spawn(
      anvilBinary(),
      [
        '--port',
        String(port),
        '--host',
        '127.0.0.1',
        '--chain-id',
        String(options.chainId),
        '--hardfork',
        'prague',
        ...(options.args ?? []),
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const node = new AnvilNode(`http://127.0.0.1:${port}`, options.chainId, child);
    for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('Listening on')) break;
    child.stdout.resume();
    const answered = Number(await node.rpc('eth_chainId'));
    if (answered !== options.chainId) throw new Error(`another node answers at ${node.url}: chain ${answered}`);
    return node;
  }

  /** Calls a method and returns its result. */
  async rpc(method: string, params: readonly unknown[] = []): Promise<unknown> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: this.#nextId++, method, params }),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  }

  /** Sends a transaction from an unlocked account and waits until it is mined. */
  async send(
    transaction: Readonly<Record<string, string>>,
  ): Promise<{ hash: string; contract: string; height: bigint }> {
    const hash = String(await this.rpc('eth_sendTransaction', [{ gas: '0x100000', ...transaction }]));
    for (let looks = 0; looks < 2_000; looks++) {
      const receipt = (await this.rpc('eth_getTransactionReceipt', [hash])) as Readonly<Record<string, string>> | null;
      if (receipt === null) continue;
      if (receipt['status'] !== '0x1') throw new Error(`transaction ${hash} failed`);
      return { hash, contract: receipt['contractAddress'] ?? '', height: BigInt(receipt['blockNumber'] ?? '0x0') };
    }
    throw new Error(`transaction ${hash} is in no block`);
  }

  /** Mines some blocks, one second apart. */
  async mine(blocks: number): Promise<void> {
    await this.rpc('anvil_mine', [`0x${blocks.toString(16)}`, '0x1']);
  }

  /** Stops the node and waits until its process has ended. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await gone;
  }
}

function anvilBinary(): string {
  const fromHere = createRequire(import.meta.url);
  const fromAnvil = createRequire(fromHere.resolve('@foundry-rs/anvil/package.json'));
  const platform = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  return join(dirname(fromAnvil.resolve(`${platform}/package.json`)), 'bin', 'anvil');
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
