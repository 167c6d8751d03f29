import { keccak256 } from '@surety/contracts';
import { address, bytes32, bytesToHex } from '@surety/domain';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SCRYPT_LIGHT, createLocalSigner, encryptKeystore } from '@surety/keys';
import { recoverSigner } from '@surety/keys/recovery';
import { type RemoteSignerOptions, openRemoteSigner } from './open-remote-signer.js';
import { type Interference, KeystoreSigningServer } from './testing/keystore-signing-server.js';
import { TLS_IDENTITIES } from './testing/tls-identities.js';

const privateKey = new Uint8Array(32).fill(7);
const local = createLocalSigner(privateKey);
const preimage = new Uint8Array(66).fill(0x19);
const digest = bytes32(bytesToHex(keccak256(preimage)));
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
let server: KeystoreSigningServer;
const servers: KeystoreSigningServer[] = [];

async function startServer(
  tls?: Parameters<typeof KeystoreSigningServer.start>[0]['tls'],
): Promise<KeystoreSigningServer> {
  const randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill(3);
  const keystore = encryptKeystore({ privateKey, password: 'p', randomBytes, cost: SCRYPT_LIGHT });
  const started = await KeystoreSigningServer.start({ keystore, password: 'p', ...(tls && { tls }) });
  servers.push(started);
  return started;
}

beforeAll(async () => {
  server = await startServer();
});

afterEach(() => {
  server.interference = undefined;
  server.seen.length = 0;
});

afterAll(async () => {
  await Promise.all(servers.map((one) => one.stop()));
});

const options = (changes: Partial<RemoteSignerOptions> = {}): RemoteSignerOptions => ({
  url: `http://127.0.0.1:${server.port}`,
  address: local.address,
  timeoutMs: 2_000,
  ...changes,
});
const answering =
  (text: string, status = 200): Interference =>
  (_, response) =>
    void response.writeHead(status).end(text);

describe('openRemoteSigner refuses', () => {
  it('a signer that is missing or not up, retryable', async () => {
    const gone = await startServer();
    const url = `http://127.0.0.1:${gone.port}`;
    await gone.stop();
    servers.splice(servers.indexOf(gone), 1);
    await expect(openRemoteSigner(options({ url }))).rejects.toMatchObject({
      code: 'SIGNER_UNAVAILABLE',
      retryable: true,
    });
    server.interference = answering('starting', 503);
    await expect(openRemoteSigner(options())).rejects.toMatchObject({ code: 'SIGNER_UNAVAILABLE' });
  });

  it('a signer without the key, and an invalid list of keys', async () => {
    const other = address(`0x${'66'.repeat(20)}`);
    await expect(openRemoteSigner(options({ address: other }))).rejects.toMatchObject({
      code: 'SIGNER_REFUSED',
      retryable: false,
    });
    server.interference = answering('["0x1234"]');
    await expect(openRemoteSigner(options())).rejects.toMatchObject({ code: 'SIGNER_REFUSED' });
  });
});

describe('a remote signer gives no signature', () => {
  it.each<[string, string, Interference]>([
    ['an error of the server', 'SIGNER_UNAVAILABLE', answering('x', 500)],
    ['a refusal', 'SIGNER_REFUSED', answering('x', 403)],
    ['a broken connection', 'SIGNER_UNAVAILABLE', (request) => void request.socket.destroy()],
    ['silence', 'SIGNER_UNAVAILABLE', () => undefined],
    ['an answer without end', 'SIGNER_UNAVAILABLE', (_, response) => void response.end('0'.repeat(1 << 20))],
    ['a redirect', 'SIGNER_REFUSED', (_, response) => void response.writeHead(302, { location: '/upcheck' }).end()],
    ['nothing', 'SIGNER_WRONG_SIGNATURE', answering('')],
    ['text', 'SIGNER_WRONG_SIGNATURE', answering('OK')],
    ['another key’s signature', 'SIGNER_WRONG_SIGNATURE', answering(`0x${'11'.repeat(64)}1b`)],
    ['zeros', 'SIGNER_WRONG_SIGNATURE', answering(`0x${'00'.repeat(64)}1b`)],
  ])('after %s', async (_, code, interference) => {
    const signer = await openRemoteSigner(options({ timeoutMs: 300 }));
    server.interference = interference;
    await expect(signer.sign(preimage)).rejects.toMatchObject({ code, retryable: code === 'SIGNER_UNAVAILABLE' });
    server.interference = undefined;
    expect(await signer.sign(preimage)).toBe(await local.sign(preimage));
  });

  it('over data that was hashed twice, or prefixed as a personal message', async () => {
    const signer = await openRemoteSigner(options());
    server.interference = answering(server.signatureOf(keccak256(preimage)));
    await expect(signer.sign(preimage)).rejects.toMatchObject({ code: 'SIGNER_WRONG_SIGNATURE' });
    const prefix = new TextEncoder().encode('\x19Ethereum Signed Message:\n66');
    server.interference = answering(server.signatureOf(new Uint8Array([...prefix, ...preimage])));
    await expect(signer.sign(preimage)).rejects.toMatchObject({ code: 'SIGNER_WRONG_SIGNATURE' });
  });

  it('for bytes that are no typed message, without sending a request', async () => {
    const signer = await openRemoteSigner(options());
    server.seen.length = 0;
    await expect(signer.sign(new Uint8Array(32))).rejects.toMatchObject({ code: 'SIGNER_REFUSED' });
    expect(server.seen).toEqual([]);
  });
});

describe('a remote signer', () => {
  it('signs a preimage once, names its key, sends its token and returns the same bytes as the local key', async () => {
    const signer = await openRemoteSigner(options({ token: 'canary-token' }));
    expect(await signer.sign(preimage)).toBe(await local.sign(preimage));
    expect(server.seen.map(({ method, path }) => `${method} ${path.slice(0, 20)}`)).toEqual([
      'GET /upcheck',
      'GET /api/v1/eth1/publicK',
      'POST /api/v1/eth1/sign/0x',
    ]);
    expect(server.seen.every(({ authorization }) => authorization === 'Bearer canary-token')).toBe(true);
    expect(server.seen[2]?.body).toBe(JSON.stringify({ data: bytesToHex(preimage) }));
  });

  it('normalises a high s and a bare parity', async () => {
    const signer = await openRemoteSigner(options());
    const wanted = await local.sign(preimage);
    const high = (ORDER - BigInt(`0x${wanted.slice(66, 130)}`)).toString(16).padStart(64, '0');
    server.interference = answering(`${wanted.slice(0, 66)}${high}${wanted.endsWith('1b') ? '01' : '00'}`);
    const signature = await signer.sign(preimage);
    expect(signature).toBe(wanted);
    expect(recoverSigner(digest, signature)).toBe(local.address);
  });

  it('never repeats its token in an error', async () => {
    const signer = await openRemoteSigner(options({ token: 'canary-token' }));
    server.interference = answering('canary-token', 400);
    await expect(signer.sign(preimage)).rejects.not.toThrowError(/canary/);
  });

  it('requires a TLS certificate on both sides', async () => {
    const { server: there, client: here } = TLS_IDENTITIES;
    const guarded = await startServer({
      ...there,
      ca: here.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const url = `https://127.0.0.1:${guarded.port}`;
    const tls = { ca: there.cert, ...here };
    expect(await (await openRemoteSigner(options({ url, tls }))).sign(preimage)).toBe(await local.sign(preimage));
    await expect(openRemoteSigner(options({ url, tls: { ca: tls.ca } }))).rejects.toMatchObject({
      code: 'SIGNER_UNAVAILABLE',
    });
    await expect(openRemoteSigner(options({ url, tls: here }))).rejects.toMatchObject({
      code: 'SIGNER_UNAVAILABLE',
    });
  });
});
