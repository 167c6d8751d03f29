import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type ServerOptions, createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { keccak256 } from '@surety/contracts';
import { bytesToHex, hexToBytes } from '@surety/domain';
import { decryptKeystore } from '@surety/keys';
import { loadSecp256k1 } from '@surety/keys/recovery';

/** Responds to a request in place of the server. */
export type Interference = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Signs over HTTP with a keystore's key. Stands in for Web3Signer, which needs a Java runtime: same three routes of
 * eth1 mode, same texts, data hashed once with keccak256, key named by its public key.
 */
export class KeystoreSigningServer {
  readonly #server: Server;
  readonly #key: Uint8Array;
  readonly #publicKey: string;
  /** Requests seen, in order. */
  readonly seen: { method: string; path: string; body: string; authorization: string | undefined }[] = [];
  /** Responds instead of the server while set. */
  interference: Interference | undefined;

  private constructor(key: Uint8Array, tls: ServerOptions | undefined) {
    this.#key = key;
    this.#publicKey = bytesToHex(loadSecp256k1().publicKeyCreate(key, false).subarray(1));
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  }

  /** Opens the keystore and listens on a free port. */
  static async start(options: {
    keystore: unknown;
    password: string;
    tls?: ServerOptions;
  }): Promise<KeystoreSigningServer> {
    const key = decryptKeystore(options.keystore, options.password);
    const server = new KeystoreSigningServer(key, options.tls);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Signs like Web3Signer: r ‖ s ‖ v over keccak256 of the data. */
  signatureOf(data: Uint8Array): string {
    const { signature, recid } = loadSecp256k1().ecdsaSign(keccak256(data), this.#key);
    return `${bytesToHex(signature)}${(27 + recid).toString(16)}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const part of request) body += String(part);
    const { method = '', url: path = '' } = request;
    this.seen.push({ method, path, body, authorization: request.headers.authorization });
    if (this.interference !== undefined) return this.interference(request, response);
    const sign = /^\/api\/v1\/eth1\/sign\/(.*)$/.exec(path)?.[1];
    if (method === 'GET' && path === '/upcheck') return void response.end('OK');
    if (method === 'GET' && path === '/api/v1/eth1/publicKeys') {
      return void response.setHeader('content-type', 'application/json').end(JSON.stringify([this.#publicKey]));
    }
    if (method !== 'POST' || sign === undefined) return void response.writeHead(404).end();
    if (sign !== this.#publicKey) return void response.writeHead(404).end();
    const { data } = JSON.parse(body) as { data: `0x${string}` };
    response.setHeader('content-type', 'text/plain; charset=utf-8').end(this.signatureOf(hexToBytes(data)));
  }
}
