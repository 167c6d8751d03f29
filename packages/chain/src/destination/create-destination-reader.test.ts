import { attesterSetAbi, attesterSetCode, keccak256, replicaSlots, rewindSlots } from '@surety/contracts';
import {
  type Address,
  ZERO_WORD,
  address,
  bytes32,
  bytesToHex,
  concatBytes,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';
import { AnvilNode, pick } from '@surety/rpc/testing';
import type { AttesterEpoch, DestinationReader, FinalBlock } from '@surety/workflows';
import { type Hex, decodeFunctionResult, encodeDeployData, encodeFunctionData, getContractAddress } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestChain } from '../testing/test-chain.js';
import { createDestinationReader } from './create-destination-reader.js';

const OWNER = address('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266');
const members = ['11', '22', '33', '44', '55'].map((digits) => address(`0x${digits.repeat(20)}`));
const FROM = 1_700_000_000n;
const EXPIRES = 2n ** 40n - 1n;
const word = (value: bigint): Hex => bytesToHex(uintToBytes(value, 32));
const FIRST: AttesterEpoch = { epoch: 1, members, quorum: 4, activeFrom: FROM, expires: EXPIRES, suspended: [] };

describe('a destination', () => {
  let node: AnvilNode;
  let attesterSet: Address;

  const deploy = async (data: Hex): Promise<Address> =>
    address((await node.send({ from: OWNER, data, gas: '0x1000000' })).contract);
  const open = async (): Promise<{
    reader: DestinationReader;
    block: FinalBlock;
    opened: Awaited<ReturnType<typeof openTestChain>>;
  }> => {
    const opened = await openTestChain(node);
    const reader = createDestinationReader(opened.chain);
    return { reader, block: await reader.readFinalTip(), opened };
  };

  beforeAll(async () => {
    node = await AnvilNode.start({ chainId: 41_080, args: ['--slots-in-an-epoch', '1'] });
    const args = [members, Number(FROM), OWNER, OWNER] as const;
    attesterSet = await deploy(
      encodeDeployData({ abi: attesterSetAbi, bytecode: attesterSetCode.creation as Hex, args }),
    );
    await node.mine(4);
  });
  afterAll(() => node.stop());

  it('without an attester set at the address is refused', async () => {
    const { reader, block } = await open();
    const request = { attesterSet: OWNER, block, known: [] };
    await expect(reader.readEpochs(request)).rejects.toMatchObject({ code: 'NO_ATTESTER_SET' });
  });

  it('returns the attester sets stored by the contract', async () => {
    const { reader, block } = await open();
    expect(await reader.readEpochs({ attesterSet, block, known: [] })).toEqual([FIRST]);
  });

  it('rejects members that one provider invents: their code does not hash to the proven hash', async () => {
    const { reader, block, opened } = await open();
    pick(opened.transports, 0).lie = (request, { body }) =>
      request.method === 'eth_getCode'
        ? {
            status: 200,
            body: JSON.stringify({
              jsonrpc: '2.0',
              id: request.id,
              result: String(body.result).replaceAll('22', '99'),
            }),
          }
        : undefined;
    expect(await reader.readEpochs({ attesterSet, block, known: [] })).toEqual([FIRST]);
    expect(opened.chain.providerStats()[0]).toMatchObject({ lied: 1, lastError: { code: 'BAD_PROOF' } });
  });

  it('returns a second set with the first one’s new end, and reads only the new members', async () => {
    const fresh = members.slice(1).reverse();
    const packed = concatBytes(new Uint8Array(1), ...fresh.map((one) => hexToBytes(one)));
    await node.rpc('anvil_setCode', [getContractAddress({ from: attesterSet, nonce: 2n }), bytesToHex(packed)]);
    const set = (slot: Hex, value: Hex): Promise<unknown> => node.rpc('anvil_setStorageAt', [attesterSet, slot, value]);
    const slotOf = (epoch: bigint): Hex => bytesToHex(keccak256(hexToBytes(`${word(epoch)}${word(0n).slice(2)}`)));
    const wordOf = (count: bigint, quorum: bigint, window: { from: bigint; until: bigint }): Hex =>
      word(count | (quorum << 8n) | (5n << 16n) | (window.from << 48n) | (window.until << 88n));
    await set(slotOf(1n), wordOf(5n, 4n, { from: FROM, until: FROM + 9n }));
    await set(slotOf(2n), wordOf(4n, 3n, { from: FROM + 3n, until: EXPIRES }));
    await set(word(1n), word((77n << 32n) | 2n));
    await node.mine(4);
    const { reader, block, opened } = await open();
    const epochs = await reader.readEpochs({ attesterSet, block, known: [FIRST] });
    expect(epochs).toEqual([
      { ...FIRST, expires: FROM + 9n, suspended: [members[0], members[2]] },
      { epoch: 2, members: fresh, quorum: 3, activeFrom: FROM + 3n, expires: EXPIRES, suspended: [fresh[0], fresh[2]] },
    ]);
    const asked = (method: string): number => opened.transports.reduce((sum, one) => sum + one.count(method), 0);
    expect([asked('eth_getCode'), asked('eth_getProof')]).toEqual([1, 3]);
    // The same block has shown these words before.
    await reader.readEpochs({ attesterSet, block, known: epochs });
    expect([asked('eth_getCode'), asked('eth_getProof')]).toEqual([1, 3]);
  });

  it('includes suspended members until the suspension ends', async () => {
    const base = keccak256(hexToBytes(`${word(1n)}${word(0n).slice(2)}`));
    const slot = bytesToHex(base);
    const windowed = 5n | (4n << 8n) | (1n << 16n) | (FROM << 48n) | (EXPIRES << 88n) | (0b10n << 136n);
    for (const [ahead, suspended] of [
      [600n, members.slice(0, 2)],
      [0n, members.slice(0, 1)],
    ] as const) {
      const { reader, block } = await open();
      const end = block.timestamp + ahead;
      await node.rpc('anvil_setStorageAt', [attesterSet, slot, word(windowed | (end << 168n))]);
      await node.mine(4);
      const later = await open();
      const [first] = await reader.readEpochs({ attesterSet, block: later.block, known: [FIRST] });
      expect(first?.suspended).toEqual(suspended);
      expect(first?.suspensionEnd).toBe(ahead === 0n ? undefined : end);
    }
  });

  it('returns how often an edge’s halts were cleared, and whether one is in force', async () => {
    const edge = bytes32(`0x${'ed'.repeat(32)}`);
    const { reader, block } = await open();
    expect(await reader.readHalt({ attesterSet, edge, block })).toEqual({ nonce: 0n, isHalted: false });
    const slot = bytesToHex(keccak256(concatBytes(hexToBytes(edge), uintToBytes(3n, 32))));
    await node.rpc('anvil_setStorageAt', [attesterSet, slot, word((1_700_000_009n << 64n) | 2n)]);
    const [halted, nonce] = decodeFunctionResult({
      abi: attesterSetAbi,
      functionName: 'haltOf',
      data: (await node.rpc('eth_call', [
        { to: attesterSet, data: encodeFunctionData({ abi: attesterSetAbi, functionName: 'haltOf', args: [edge] }) },
        'latest',
      ])) as Hex,
    });
    await node.mine(4);
    const later = await open();
    const seen = await later.reader.readHalt({ attesterSet, edge, block: later.block });
    expect(seen).toEqual({ nonce, isHalted: halted });
    expect(seen).toEqual({ nonce: 2n, isHalted: true });
  });

  it('whose third set’s contract holds anything but a list of members is refused', async () => {
    await node.rpc('anvil_setStorageAt', [attesterSet, word(1n), word(3n)]);
    await node.mine(4);
    const { reader, block } = await open();
    await expect(reader.readEpochs({ attesterSet, block, known: [] })).rejects.toMatchObject({
      code: expect.stringMatching(/NO_ATTESTER_SET|CODE_CHANGED/) as string,
    });
  });

  describe('returns a replica’s position:', () => {
    const edge = bytes32(`0x${'ed'.repeat(32)}`);
    const [second, third] = [bytes32(`0x${'e2'.repeat(32)}`), bytes32(`0x${'e3'.repeat(32)}`)];
    const set = (slot: Hex, value: Hex): Promise<unknown> => node.rpc('anvil_setStorageAt', [OWNER, slot, value]);
    const countWord = (count: bigint, generation = 0n): Hex => word((generation << 216n) | (9n << 64n) | count);
    const read = async (lie?: (body: string) => string): Promise<unknown> => {
      await node.mine(4);
      const { reader, block, opened } = await open();
      for (const at of lie === undefined ? [] : [0]) {
        pick(opened.transports, at).lie = (request, { body }) =>
          request.method === 'eth_getProof' ? { status: 200, body: lie?.(JSON.stringify(body)) ?? '' } : undefined;
      }
      return reader.readReplica({ replica: OWNER, edge, block });
    };

    it('under its first name while it was never rewound, or never opened', async () => {
      expect(await read()).toEqual({ name: edge, count: 0n, generation: 0, isRewinding: false });
      await set(replicaSlots(edge).count, countWord(130n));
      await set(rewindSlots(edge).name, second);
      expect(await read()).toEqual({ name: edge, count: 130n, generation: 0, isRewinding: false });
    });

    it('as rewinding while its next name is set, and under that name afterwards, twice', async () => {
      await set(rewindSlots(edge).next, second);
      expect(await read()).toEqual({ name: edge, count: 130n, generation: 0, isRewinding: true });
      await set(rewindSlots(edge).next, ZERO_WORD);
      await set(replicaSlots(edge).count, countWord(64n, 1n));
      expect(await read()).toEqual({ name: second, count: 64n, generation: 1, isRewinding: false });
      await set(rewindSlots(edge).next, third);
      expect(await read()).toEqual({ name: second, count: 64n, generation: 1, isRewinding: true });
      await set(rewindSlots(edge).next, ZERO_WORD);
      await set(rewindSlots(edge).name, third);
      await set(replicaSlots(edge).count, countWord(3n, 2n));
      expect(await read()).toEqual({ name: third, count: 3n, generation: 2, isRewinding: false });
    });

    it('as proven, whatever name one provider invents', async () => {
      const invented = (body: string): string => body.replaceAll(third.slice(2), second.slice(2));
      expect(await read(invented)).toEqual({ name: third, count: 3n, generation: 2, isRewinding: false });
    });
  });
});
