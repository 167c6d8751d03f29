import { keccak256 } from '@surety/contracts';
import {
  type AccountProof,
  type Address,
  type Bytes32,
  type ProvenAccount,
  address,
  bytes32,
  hexToBytes,
  verifyStateProof,
} from '@surety/domain';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnvilNode } from '../testing/anvil-node.js';
import { parseProof } from './parse-proof.js';

const SLOTS = 300;
const slotOf = (at: number): Bytes32 => bytes32(`0x${at.toString(16).padStart(64, '0')}`);
const CONTRACT: Address = address(`0x${'c0'.repeat(20)}`);

interface Fixture {
  readonly stateRoot: Bytes32;
  readonly address: Address;
  readonly slots: readonly Bytes32[];
  readonly values: readonly Bytes32[];
  readonly codeHash: Bytes32;
  readonly proof: unknown;
}

describe('a recorded proof of a node', () => {
  const fixture = JSON.parse(readFileSync(new URL('parse-proof.fixture.json', import.meta.url), 'utf8')) as Fixture;

  it('still proves the same values', () => {
    const proven = verifyStateProof({ ...fixture, proof: parseProof(fixture.proof, fixture.slots.length) }, keccak256);
    expect(proven?.values).toEqual(fixture.values);
    expect(proven?.codeHash).toBe(fixture.codeHash);
  });
});

describe('proofs of a local node', () => {
  let node: AnvilNode;
  let stateRoot: Bytes32;

  const readProof = async (contract: string, slots: readonly string[]): Promise<AccountProof> =>
    parseProof(await node.rpc('eth_getProof', [contract, slots, 'latest']), slots.length);
  const verify = (proof: AccountProof, slots: readonly Bytes32[], at: Address = CONTRACT): ProvenAccount | undefined =>
    verifyStateProof({ stateRoot, address: at, slots, proof }, keccak256);

  beforeAll(async () => {
    node = await AnvilNode.start({ chainId: 41_003 });
    await node.rpc('anvil_setCode', [CONTRACT, '0x6001']);
    await Promise.all(
      Array.from({ length: SLOTS }, (_, at) => node.rpc('anvil_setStorageAt', [CONTRACT, slotOf(at), slotOf(at + 1)])),
    );
    await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        node.rpc('anvil_setBalance', [`0x${(at + 1_000).toString(16).padStart(40, '0')}`, '0x1']),
      ),
    );
    await node.mine(1);
    const block = (await node.rpc('eth_getBlockByNumber', ['latest', false])) as { stateRoot: string };
    stateRoot = bytes32(block.stateRoot);
  });
  afterAll(() => node.stop());

  it('are refused with any changed bit of any node', async () => {
    const slots = [slotOf(7), slotOf(SLOTS + 5)];
    const proof = await readProof(CONTRACT, slots);
    let tampered = 0;
    const all = [proof.accountNodes, ...proof.slotNodes];
    for (const [part, nodes] of all.entries()) {
      for (const [at, node_] of nodes.entries()) {
        for (let bit = 0; bit < node_.length * 8; bit += 13) {
          const changed = node_.slice();
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          const parts = all.map((list, index) =>
            index === part ? list.map((each, where) => (where === at ? changed : each)) : list,
          );
          const [accountNodes = [], ...slotNodes] = parts;
          expect(() => verify({ accountNodes, slotNodes }, slots)).toThrow(/refused|RLP|canonical|fields|bytes/);
          tampered += 1;
        }
      }
    }
    expect(tampered).toBeGreaterThan(500);
  });

  it('are refused for another slot, another account and another root', async () => {
    const proof = await readProof(CONTRACT, [slotOf(7)]);
    expect(() => verify(proof, [slotOf(8)])).toThrow(expect.objectContaining({ code: 'BAD_PROOF' }));
    expect(() => verify(proof, [slotOf(7)], address(`0x${'c1'.repeat(20)}`))).toThrow(/refused/);
    expect(() =>
      verifyStateProof({ stateRoot: slotOf(1), address: CONTRACT, slots: [slotOf(7)], proof }, keccak256),
    ).toThrow(/does not hash/);
    expect(() => verify(proof, [slotOf(7), slotOf(8)])).toThrow(/covers 1 slots; expected 2/);
  });

  it('return every value, and 0 for every slot that was never written', async () => {
    const slots = Array.from({ length: 2 * SLOTS }, (_, at) => slotOf(at));
    for (let from = 0; from < slots.length; from += 100) {
      const part = slots.slice(from, from + 100);
      const proven = verify(await readProof(CONTRACT, part), part);
      expect(proven?.values).toEqual(part.map((_, at) => (from + at < SLOTS ? slotOf(from + at + 1) : slotOf(0))));
    }
  });

  it('return the code hash, and prove the absence of an account', async () => {
    const proven = verify(await readProof(CONTRACT, []), []);
    expect(proven?.codeHash).toBe(bytes32(`0x${Buffer.from(keccak256(hexToBytes('0x6001'))).toString('hex')}`));
    const nobody = address(`0x${'dd'.repeat(20)}`);
    expect(verify(await readProof(nobody, []), [], nobody)).toBeUndefined();
    const plain = address(`0x${(1_001).toString(16).padStart(40, '0')}`);
    expect(verify(await readProof(plain, [slotOf(1)]), [slotOf(1)], plain)?.values).toEqual([slotOf(0)]);
  });
});
