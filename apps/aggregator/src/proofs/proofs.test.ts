import { type AccountProofView, parseAccountProof, parseSolvencyProof, verifyAccountProof } from '@surety/client';
import { AppError, type Bytes32, bytes32 } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testLock } from '../testing/test-attesters.js';
import { ALICE, FEE_TO, TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

async function readProof(account: Bytes32): Promise<AccountProofView> {
  const response = await test.app.inject({ method: 'GET', url: `/v1/accounts/${account}/proof` });
  expect(response.statusCode).toBe(200);
  return parseAccountProof(response.json());
}

describe('an account’s proof over HTTP', () => {
  it('is refused before the first block is folded', async () => {
    const response = await test.app.inject({ method: 'GET', url: `/v1/accounts/${ALICE}/proof` });
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'NOT_READY', detail: expect.stringContaining('ask again') });
  });

  it('holds each line that the account has, under the state hash that the status names', async () => {
    await ledger.credit();
    const proof = await readProof(ALICE);
    const status = (await test.app.inject({ method: 'GET', url: '/v1/status' })).json();
    expect(proof.stateHash).toBe(status.stateHash.hash);
    expect(proof.block).toMatchObject({
      chainId: status.stateHash.chains[0].chainId,
      hash: status.stateHash.chains[0].hash,
    });
    expect(verifyAccountProof(proof, { account: ALICE })).toEqual({
      kind: 'proven',
      lines: [{ assetId: 4, amount: 999_999_995n }],
    });
    const { assets } = (await test.app.inject({ method: 'GET', url: '/v1/solvency' })).json();
    expect(String(proof.trees[0]?.sum)).toBe(assets[0].lines);
  });

  it('is under one commitment for all accounts of a state, and under another one once it changed', async () => {
    await ledger.credit();
    const [alice, other] = [await readProof(ALICE), await readProof(FEE_TO)];
    expect(verifyAccountProof(other, { account: FEE_TO, commitment: alice.commitment })).toMatchObject({
      kind: 'proven',
      lines: [{ amount: 5n }],
    });
    test.journal.append(testLock(ALICE, 1_000_000n, 1));
    await ledger.attest();
    test.reader.add(ledger.applied(1, 2));
    await test.follower.advance();
    const later = await readProof(ALICE);
    expect(later.commitment).not.toBe(alice.commitment);
    expect(verifyAccountProof(later, { account: ALICE, commitment: alice.commitment })).toMatchObject({
      code: 'OTHER_COMMITMENT',
    });
  });

  it('has no line of an account that holds nothing', async () => {
    await ledger.credit();
    const nobody = bytes32(`0x${'0f'.repeat(32)}`);
    expect((await readProof(nobody)).lines).toEqual([]);
  });
});

describe('a tree of lines over HTTP', () => {
  const read = (path: string) => test.app.inject({ method: 'GET', url: `/v1/trees/${path}` });

  it('is read node by node: its leaves are lines, and its root is the proofs’ own', async () => {
    await ledger.credit();
    const proof = await readProof(ALICE);
    const [tree] = proof.trees;
    const [lines, root] = [(await read('4/0/0')).json(), (await read('4/1/0')).json()];
    const leaves = [lines, (await read('4/0/1')).json()].map(({ leaf }) => leaf);
    expect(leaves.toSorted((one, other) => Number(BigInt(one.amount) - BigInt(other.amount)))).toEqual([
      { account: FEE_TO, amount: '5' },
      { account: ALICE, amount: '999999995' },
    ]);
    expect(root).toMatchObject({ stateHash: proof.stateHash, hash: tree?.hash, sum: '1000000000', leaf: null });
    expect(root.tree).toEqual({ assetId: 4, count: '2', hash: tree?.hash, sum: '1000000000' });
  });

  it('has no node where there is none, and names what it has', async () => {
    await ledger.credit();
    const beside = await read('4/0/2');
    expect([beside.statusCode, beside.json().detail]).toEqual([404, 'asset 4 has 2 lines, and no node 2 at height 0']);
    expect(beside.json().code).toBe('UNKNOWN_NODE');
    expect((await read('5/0/0')).json().detail).toBe('asset 5 has no lines, and no node 0 at height 0');
    for (const path of ['4/0/-1', '4/64/0', '65536/0/0', '4/x/0']) expect((await read(path)).statusCode).toBe(400);
  });
});

describe('a proof of solvency over HTTP', () => {
  const read = () => test.app.inject({ method: 'GET', url: '/v1/solvency/proof' });

  it('is made once a minute, whoever asks', async () => {
    const { proveSolvency } = test;
    let made = 0;
    test.proveSolvency = () => ((made += 1), proveSolvency());
    await Promise.all([read(), read()]);
    test.clock.nowValueMs += 59_999;
    expect([parseSolvencyProof((await read()).json()).kind, made]).toEqual(['solvency', 1]);
    test.clock.nowValueMs += 1;
    await read();
    expect(made).toBe(2);
  });

  it('says which chain nobody proves, and is tried again at the next request', async () => {
    const { proveSolvency } = test;
    const detail = 'no provider proves storage in block 7 of chain 901 (alpha-1: UNKNOWN_BLOCK: gone)';
    test.proveSolvency = () => Promise.reject(new AppError({ code: 'UNPROVEN', message: detail, retryable: true }));
    const refused = await read();
    expect([refused.statusCode, refused.json()]).toMatchObject([
      503,
      { code: 'UNPROVEN', detail: `${detail}; ask again` },
    ]);
    test.proveSolvency = proveSolvency;
    expect((await read()).statusCode).toBe(200);
  });
});
