import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The first account of the well-known development mnemonic; anvil funds it. */
export const ANVIL_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

/** A local chain in a process of its own. */
export interface AnvilNode {
  readonly url: string;
  readonly chainId: number;
  /** Calls a method and returns its result. */
  ask(method: string, params?: readonly unknown[]): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a chain that mines instantly by default; resolves once it responds with its chain id. */
export async function startAnvil(chainId: number, extra: readonly string[] = []): Promise<AnvilNode> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = ['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId), '--hardfork', 'prague'];
  const child = spawn(anvilPath(), [...flags, '--silent', ...extra], { stdio: 'ignore' });
  const node: AnvilNode = {
    url,
    chainId,
    ask: (method, params = []) => ask(url, method, params),
    stop: () => stop(child),
  };
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) break;
    try {
      if (Number(await node.ask('eth_chainId')) === chainId) return node;
      break;
    } catch {
      await pause(25);
    }
  }
  await stop(child);
  throw new Error(`anvil did not serve chain ${chainId} at ${url}; expected it within 5 s`);
}

async function ask(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}

function anvilPath(): string {
  const launcher = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'));
  const platform = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  return path.join(path.dirname(launcher.resolve(`${platform}/package.json`)), 'bin', 'anvil');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
