import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { keccak256 } from '@surety/contracts';
import { type Address, type Hex, address, bytes32, bytesToHex, hexToBytes } from '@surety/domain';
import type { TypedDataSigner } from '@surety/workflows';
import { canonicalSignature, recoverSigner } from '@surety/keys/recovery';
import { attestationError } from './errors.js';

/** Milliseconds from sending a request to the last byte of its response. */
const TIMEOUT_MS = 10_000;

/** Largest response in bytes: a signature has 132, a list of several hundred keys has 134 for each. */
const ANSWER_BYTES_MAX = 65_536;

/** Bytes of an EIP-712 preimage: a two-byte prefix and two words. */
const PREIMAGE_BYTES = 66;

/** Address and settings of a remote signer with the HTTP interface of Web3Signer's eth1 mode. */
export interface RemoteSignerOptions {
  readonly url: string;
  /** The key's address; signatures are checked against it. */
  readonly address: Address;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** PEM text: the CA to trust, and the client's own certificate and key. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly timeoutMs?: number;
}

/**
 * Opens a signer in another process, over `GET /upcheck`, `GET /api/v1/eth1/publicKeys` and `POST
 * /api/v1/eth1/sign/{key}`. It receives the preimage and hashes it with keccak256 before signing. Every signature is
 * checked by recovery and normalised to low-s and v 27 or 28. No request is repeated: without an answer there is no
 * signature.
 * @throws SIGNER_UNAVAILABLE, SIGNER_REFUSED if it does not hold the key.
 * @source Web3Signer, eth1 mode
 */
export async function openRemoteSigner(options: RemoteSignerOptions): Promise<TypedDataSigner> {
  const remote = new RemoteSigner(options);
  await remote.ask({ method: 'GET', path: 'upcheck' });
  const identifier = await remote.findKey();
  return {
    address: options.address,
    async sign(preimage: Uint8Array): Promise<Hex> {
      if (preimage.length !== PREIMAGE_BYTES) {
        throw refused(remote.origin, `${preimage.length} bytes were to be signed; expected ${PREIMAGE_BYTES}`);
      }
      const body = JSON.stringify({ data: bytesToHex(preimage) });
      const answer = (await remote.ask({ method: 'POST', path: `api/v1/eth1/sign/${identifier}`, body })).trim();
      const signature = canonicalSignature(answer);
      const digest = bytes32(bytesToHex(keccak256(preimage)));
      const signer = signature === undefined ? undefined : recoverSigner(digest, signature);
      if (signature === undefined || signer !== options.address) {
        throw attestationError(
          'SIGNER_WRONG_SIGNATURE',
          `the remote signer ${remote.origin} gave ${answer.length} characters that recover to ${signer ?? 'nobody'}; ` +
            `expected a signature of ${options.address}. Check that it hashes what it is handed and signs with that key`,
        );
      }
      return signature;
    },
  };
}

interface RemoteRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** A client of one remote signer with bounded requests. Its errors contain neither the token nor any response. */
class RemoteSigner {
  readonly origin: string;
  readonly #base: URL;
  readonly #options: RemoteSignerOptions;

  constructor(options: RemoteSignerOptions) {
    this.#options = options;
    this.#base = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`);
    this.origin = this.#base.origin;
  }

  /** Returns the public key of the wanted address, in the signer's format. */
  async findKey(): Promise<string> {
    const text = await this.ask({ method: 'GET', path: 'api/v1/eth1/publicKeys' });
    const keys = parseKeys(text);
    if (keys === undefined) throw refused(this.origin, 'its list of public keys is no JSON array of hex keys');
    const found = keys.find((key) => addressOfKey(key) === this.#options.address);
    if (found === undefined) {
      throw refused(this.origin, `none of its ${keys.length} keys is that of ${this.#options.address}`);
    }
    return found;
  }

  ask(request: RemoteRequest): Promise<string> {
    const { timeoutMs = TIMEOUT_MS, token, tls } = this.#options;
    const url = new URL(request.path, this.#base);
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const headers = {
      accept: 'text/plain, application/json',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    return new Promise((resolve, reject) => {
      const silent = (seen: string): void => reject(unavailable(this.origin, request, seen));
      const limit = AbortSignal.timeout(timeoutMs);
      const sent = send(url, { method: request.method, headers, signal: limit, agent: false, ...tls }, (answer) => {
        readBounded(answer).then(
          (text) => {
            const status = answer.statusCode ?? 0;
            if (status === 200) resolve(text);
            else if (status >= 500 || status === 429) silent(`it answered ${status}`);
            else reject(refused(this.origin, `it answered ${status} to ${request.method} ${url.pathname}`));
          },
          (error: unknown) => silent(limit.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error)),
        );
      });
      sent.on('error', (error) => silent(limit.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error)));
      sent.end(request.body);
    });
  }
}

async function readBounded(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) {
      answer.destroy();
      throw new Error(`its answer passed ${ANSWER_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseKeys(text: string): readonly string[] | undefined {
  try {
    const keys: unknown = JSON.parse(text);
    const whole = Array.isArray(keys) && keys.every((key) => typeof key === 'string' && /^0x[0-9a-f]{128}$/i.test(key));
    return whole ? (keys as string[]) : undefined;
  } catch {
    return undefined;
  }
}

function addressOfKey(key: string): Address {
  return address(bytesToHex(keccak256(hexToBytes(key, 64)).subarray(12)));
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : 'unknown';
}

function unavailable(origin: string, { method, path }: RemoteRequest, seen: string): Error {
  return attestationError(
    'SIGNER_UNAVAILABLE',
    `the remote signer ${origin} failed at ${method} /${path.slice(0, 24)}: ${seen}; expected an answer. Nothing is signed until it gives one`,
  );
}

function refused(origin: string, seen: string): Error {
  return attestationError(
    'SIGNER_REFUSED',
    `the remote signer ${origin} cannot sign: ${seen}; check SURETY_ATTESTER_SIGNER_URL, SURETY_ATTESTER_ADDRESS and its key configuration`,
  );
}
