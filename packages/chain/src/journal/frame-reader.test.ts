import {
  collateralVaultAbi,
  collateralVaultCode,
  vaultModules,
  developmentTokenAbi,
  developmentTokenCode,
  journalSlots,
  keccak256,
  replicaSlots,
} from '@surety/contracts';
import {
  type Address,
  type BlockHeight,
  type Bytes32,
  accountId,
  address,
  bytes32,
  bytesToHex,
  chainId,
  edgeId,
  emptyJournal,
  hexToBytes,
  unpackEntries,
} from '@surety/domain';
import type { ChainBlock } from '@surety/rpc';
import { AnvilNode } from '@surety/rpc/testing';
import type { FinalBlock, JournalSpec, ProvenSlots } from '@surety/workflows';
import { type Hex, encodeDeployData, encodeFunctionData } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestChain } from '../testing/test-chain.js';

const OWNER: Address = address('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266');
const LEDGER: Address = address(`0x${'1e'.repeat(20)}`);
const ACCOUNT: Bytes32 = accountId({ owner: OWNER, home: 0, sub: 7n });

/** The type system must reject a plain block here: only a chain's reader creates final blocks. */
type PlainBlockIsFinal = ChainBlock & { chainId: number } extends FinalBlock ? true : false;
const plainBlockIsFinal: PlainBlockIsFinal = false;

describe('the vault itself', () => {
  let node: AnvilNode;
  let journal: JournalSpec;

  const send = (to: Address, data: Hex): Promise<unknown> => node.send({ from: OWNER, to, data, gas: '0x1000000' });
  const lock = (amount: bigint, memo: bigint, fee: bigint): Promise<unknown> =>
    send(
      journal.contract,
      encodeFunctionData({
        abi: collateralVaultAbi,
        functionName: 'lock',
        args: [1, amount, ACCOUNT, `0x${memo.toString(16).padStart(64, '0')}`, fee, 1],
      }),
    );

  beforeAll(async () => {
    node = await AnvilNode.start({ chainId: 41_060, args: ['--slots-in-an-epoch', '1'] });
    const deploy = async (data: Hex): Promise<Address> =>
      address((await node.send({ from: OWNER, data, gas: '0x1000000' })).contract);
    const token = await deploy(
      encodeDeployData({
        abi: developmentTokenAbi,
        bytecode: developmentTokenCode.creation as Hex,
        args: ['Dollar', 'USD', 6],
      }),
    );
    const init = {
      settlementChainId: 900n,
      ledger: LEDGER,
      source: 1,
      attesterSet: LEDGER,
      governor: OWNER,
      guardian: OWNER,
      pauser: OWNER,
      development: true,
    };
    const modules: Address[] = [];
    for (const { abi, code } of vaultModules)
      modules.push(await deploy(encodeDeployData({ abi, bytecode: code.creation as Hex, args: [init] })));
    const fromBlock = BigInt(String(await node.rpc('eth_blockNumber'))) + 1n;
    const contract = await deploy(
      encodeDeployData({
        abi: collateralVaultAbi,
        bytecode: collateralVaultCode.creation as Hex,
        args: [init, modules],
      }),
    );
    const edge = {
      originChainId: chainId(node.chainId),
      journal: contract,
      destinationChainId: chainId(900),
      replica: LEDGER,
    };
    const code = String(await node.rpc('eth_getCode', [contract, 'latest']));
    journal = {
      edge,
      edgeId: edgeId(edge, keccak256),
      direction: 'to-ledger',
      contract,
      codeHash: bytes32(bytesToHex(keccak256(hexToBytes(code)))),
      fromBlock: fromBlock as BlockHeight,
    };
    await send(
      contract,
      encodeFunctionData({
        abi: collateralVaultAbi,
        functionName: 'listAsset',
        args: [token, 6, 1n, 10n ** 9n, 10n ** 9n],
      }),
    );
    await send(
      token,
      encodeFunctionData({ abi: developmentTokenAbi, functionName: 'mint', args: [OWNER, 10n ** 12n] }),
    );
    await send(
      token,
      encodeFunctionData({ abi: developmentTokenAbi, functionName: 'approve', args: [contract, 2n ** 256n - 1n] }),
    );
    await lock(5_000_000n, 0n, 0n);
    await lock(7_000_000n, 2n ** 255n + 9n, 1_234n);
    await node.mine(4);
  });
  afterAll(() => node.stop());

  const frameOf = async (
    spec: Partial<JournalSpec> = {},
  ): ReturnType<Awaited<ReturnType<typeof openTestChain>>['chain']['readFrame']> => {
    const { chain } = await openTestChain(node);
    const request = { after: emptyJournal(journal.edge, keccak256), afterBlock: 0n as BlockHeight };
    return chain.readFrame({ ...request, journal: { ...journal, ...spec }, block: await chain.readFinalTip() });
  };

  it('is refused with another code hash than the listed one', async () => {
    await expect(frameOf({ codeHash: bytes32(`0x${'ab'.repeat(32)}`) })).rejects.toMatchObject({
      code: 'CODE_CHANGED',
      retryable: false,
      context: { seen: journal.codeHash },
    });
  });

  it('is refused at an address without a contract, and for an edge it never opened', async () => {
    await expect(frameOf({ contract: address(`0x${'ee'.repeat(20)}`) })).rejects.toMatchObject({
      code: 'CODE_CHANGED',
    });
    await expect(frameOf({ edgeId: bytes32(`0x${'ee'.repeat(32)}`) })).rejects.toMatchObject({
      code: 'JOURNAL_UNKNOWN',
    });
  });

  it('is refused if it is behind a position verified earlier, or contradicts it', async () => {
    const { chain } = await openTestChain(node);
    const block = await chain.readFinalTip();
    for (const after of [
      { count: 3n, head: journal.edgeId },
      { count: 2n, head: journal.edgeId },
    ]) {
      await expect(chain.readFrame({ journal, block, after, afterBlock: 0n as BlockHeight })).rejects.toMatchObject({
        code: 'POSITION_REGRESSED',
        retryable: false,
      });
    }
  });

  it.each([
    ['UNPROVEN where no provider can prove the block', 'UNPROVEN', [200, 200, 200, 200]],
    ['UNPROVEN though one of four gives no answer at all', 'UNPROVEN', [200, 200, 503, 200]],
    [
      'UNAVAILABLE where two of four give no answer: the block may be proved later',
      'UNAVAILABLE',
      [200, 429, 503, 200],
    ],
    ['UNAVAILABLE where nobody answers', 'UNAVAILABLE', [500, 500, 500, 500]],
  ])('is %s', async (_, code, statuses) => {
    const { chain, transports } = await openTestChain(node);
    const block = await chain.readFinalTip();
    for (const [at, transport] of transports.entries())
      transport.lie = ({ id, method }) => {
        const error = { code: -32000, message: 'missing trie node' };
        if (method !== 'eth_getProof') return undefined;
        return {
          status: statuses[at] ?? 0,
          body: JSON.stringify({ jsonrpc: '2.0', id, ...(statuses[at] === 200 ? { error } : {}) }),
        };
      };
    const after = emptyJournal(journal.edge, keccak256);
    await expect(chain.readFrame({ journal, block, after, afterBlock: 0n as BlockHeight })).rejects.toMatchObject({
      code,
      retryable: true,
    });
    expect(transports.map((transport) => transport.count('eth_getProof'))).toEqual([1, 1, 1, 1]);
  });

  it('has a journal whose locks are rebuilt byte for byte', async () => {
    const frame = await frameOf();
    expect(frame.position.count).toBe(2n);
    expect(unpackEntries(frame.entries.packed)).toEqual([
      { kind: 'LOCK', asset: 1, amount: 5_000_000n, account: ACCOUNT, party: `0x${'00'.repeat(32)}`, fee: 0n },
      { kind: 'LOCK', asset: 1, amount: 7_000_000n, account: ACCOUNT, party: `0x80${'00'.repeat(30)}09`, fee: 1_234n },
    ]);
    expect(plainBlockIsFinal).toBe(false);
  });

  it('costs one proof and one log range of one provider, and the entries’ blocks of each', async () => {
    const { chain, transports } = await openTestChain(node);
    const block = await chain.readFinalTip();
    const after = emptyJournal(journal.edge, keccak256);
    await chain.readFrame({ journal, block, after, afterBlock: 0n as BlockHeight });
    expect(transports.map((transport) => [transport.count('eth_getProof'), transport.count('eth_getLogs')])).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect([...(chain.callCounts().get('frame') ?? [])]).toEqual([
      ['p1', 4],
      ['p2', 2],
      ['p3', 2],
      ['p4', 2],
    ]);
    const again = await chain.readFrame({ journal, block, after, afterBlock: 0n as BlockHeight });
    expect(again.entries.locations).toHaveLength(2);
    expect([...(chain.callCounts().get('frame') ?? [])]).toEqual([['p1', 1]]);
  });

  it('asks once at a block for the words that several readers of a contract want', async () => {
    const { chain, transports } = await openTestChain(node);
    const proofs = (): unknown[] =>
      transports.flatMap(({ requests }) => requests.filter(({ method }) => method === 'eth_getProof'));
    const { head, count } = journalSlots(journal.edgeId);
    const readBoth = async (): Promise<readonly Bytes32[]> => {
      const block = await chain.readFinalTip();
      const ask = (slot: Bytes32): Promise<ProvenSlots> =>
        chain.readSlots({ contract: journal.contract, slots: [slot], block });
      const [first, second] = [await ask(head), await ask(count)];
      return [...first.values, ...second.values];
    };
    const words = await readBoth();
    expect(words[0]).not.toBe(words[1]);
    expect(proofs()).toHaveLength(2);
    await node.mine(1);
    expect(await readBoth()).toEqual(words);
    expect(proofs()).toHaveLength(3);
    await node.mine(1);
    const wrong = chain.readSlots({
      contract: journal.contract,
      slots: [head],
      block: await chain.readFinalTip(),
      codeHash: journal.edgeId,
    });
    await expect(wrong).rejects.toMatchObject({ code: 'CODE_CHANGED' });
    expect(await readBoth()).toEqual(words);
    expect(proofs()).toHaveLength(4);
  });

  it('asks again for a reader whose words another one asked for and was stopped', async () => {
    const { chain, transports } = await openTestChain(node);
    const block = await chain.readFinalTip();
    const { head } = journalSlots(journal.edgeId);
    const stop = new AbortController();
    const request = { contract: journal.contract, slots: [head], block };
    for (const transport of transports) {
      transport.lie = () => {
        stop.abort();
        return undefined;
      };
    }
    const stopped = chain.readSlots(request, stop.signal);
    const joined = chain.readSlots(request);
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await joined).values).toHaveLength(1);
  });

  it('proves any storage word, and 0 for one never written', async () => {
    const { chain } = await openTestChain(node);
    const block = await chain.readFinalTip();
    const slots = journalSlots(journal.edgeId);
    const proven = await chain.readSlots({
      contract: journal.contract,
      slots: [slots.count, replicaSlots(journal.edgeId).head],
      block,
      codeHash: journal.codeHash,
    });
    expect(BigInt.asUintN(64, BigInt(proven.values[0] ?? 0n))).toBe(2n);
    expect(BigInt(proven.values[1] ?? 1n)).toBe(0n);
    expect(proven.codeHash).toBe(journal.codeHash);
    await expect(
      chain.readSlots({ contract: journal.contract, slots: [], block, codeHash: journal.edgeId }),
    ).rejects.toMatchObject({ code: 'CODE_CHANGED' });
  });

  it('returns seen entries from the newest block, and rejects a gap in them', async () => {
    const { chain } = await openTestChain(node);
    const after = emptyJournal(journal.edge, keccak256);
    const seen = await chain.readSeen({ journal, after, afterBlock: 0n as BlockHeight });
    expect(seen.locations.map(({ index }) => index)).toEqual([1n, 2n]);
    await expect(
      chain.readSeen({ journal, after: { ...after, count: 5n }, afterBlock: 0n as BlockHeight }),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
