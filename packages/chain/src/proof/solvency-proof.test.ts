import {
  type BalanceMapping,
  type SolvencyProof,
  assetSumsSlot,
  collateralVaultAbi,
  keccak256,
  mappedSlot,
  verifySolvency,
} from '@surety/contracts';
import {
  type Address,
  type BlockHeight,
  type EdgeDirection,
  address,
  blockHash,
  bytes32,
  emptyJournal,
} from '@surety/domain';
import { createPublicClient, encodeFunctionData, erc20Abi, http } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lie, openFourProviders } from '../testing/four-providers.js';
import { openTestChain } from '../testing/test-chain.js';
import { TwoChainLine } from '../testing/two-chain-line.js';
import { openProofPlace } from './open-proof-place.js';
import { proveSlots } from './prove-slots.js';
import { type SolvencyToProve, proveSolvency } from './solvency-proof.js';

const SETTLEMENT = 41_320;
const COLLATERAL = 41_321;

let line: TwoChainLine;
let tokens: Address[];

beforeAll(async () => {
  line = await TwoChainLine.start({ settlement: SETTLEMENT, collateral: COLLATERAL });
  const client = createPublicClient({ transport: http(line.collateral.url) });
  tokens = await Promise.all(
    [1, 2].map(async (source) => {
      const call = { address: line.line(source).vault, abi: collateralVaultAbi, functionName: 'assetOf' } as const;
      const { token } = await client.readContract({ ...call, args: [1] });
      return address(token);
    }),
  );
  await line.lock(1, 1_000n);
  await line.pass(1);
  await apply(1, 'to-ledger');
  await line.lock(1, 70n);
  await line.pass(3 * 86_400);
});
afterAll(() => line?.stop());

async function apply(source: number, direction: EdgeDirection): Promise<void> {
  const node = direction === 'to-ledger' ? line.collateral : line.settlement;
  const { chain } = await openTestChain(node);
  const journal = line.line(source).journals[direction];
  const after = emptyJournal(journal.edge, keccak256);
  const block = await chain.readFinalTip();
  await line.apply(source, await chain.readFrame({ journal, block, after, afterBlock: 0n as BlockHeight }));
}

async function newest(node: TwoChainLine['settlement']): Promise<ReturnType<typeof blockHash>> {
  const { hash } = (await node.rpc('eth_getBlockByNumber', ['latest', false])) as { hash: string };
  return blockHash(hash);
}

/** The request for a proof in the newest blocks, or in earlier ones; the first provider of the collateral chain may lie. */
async function wanted({
  liar,
  ...blocks
}: { readonly settlement?: string; readonly collateral?: string; readonly liar?: Lie } = {}): Promise<SolvencyToProve> {
  const home = blockHash(blocks.settlement ?? (await newest(line.settlement)));
  const away = blockHash(blocks.collateral ?? (await newest(line.collateral)));
  return {
    chainId: SETTLEMENT,
    ledger: line.ledger,
    vaults: [1, 2].map((source) => ({
      source,
      chainId: COLLATERAL,
      vault: line.line(source).vault,
      assets: [
        {
          assetId: line.line(source).assetId,
          vaultAsset: 1,
          symbol: 'USD',
          decimals: 6,
          token: tokens[source - 1] ?? line.ledger,
        },
      ],
    })),
    openPlace: async (chainId) => {
      const [node, block] = chainId === SETTLEMENT ? [line.settlement, home] : [line.collateral, away];
      const { timestamp } = (await node.rpc('eth_getBlockByHash', [block, false])) as { timestamp: string };
      const named = { hash: block, height: 0n as BlockHeight, timestamp: BigInt(timestamp) };
      const providers = openFourProviders({ chainId, url: node.url, liar: chainId === COLLATERAL ? liar : undefined });
      return openProofPlace(providers, { chain: `chain ${chainId}`, block: named });
    },
  };
}

/** A copy of a proof, as it comes out of a file, with some of its text replaced. */
function changed(proof: SolvencyProof, from: string, to: string): SolvencyProof {
  const text = JSON.stringify(proof);
  if (!text.includes(from)) throw new Error(`the proof has no ${from}`);
  return JSON.parse(text.replaceAll(from, to)) as SolvencyProof;
}

/** The same proof with the first asset of the first vault written twice, all slots with it. */
function withTwice(proof: SolvencyProof): SolvencyProof {
  const { settlement, vaults } = proof;
  const [first, ...others] = vaults;
  if (first === undefined) throw new Error('the proof has no vault');
  const twice = <Item>(items: readonly Item[], from: number, count: number): Item[] => {
    return [...items.slice(0, from + count), ...items.slice(from, from + count), ...items.slice(from + count)];
  };
  return {
    ...proof,
    settlement: { ...settlement, slots: twice(settlement.slots, 3, 2) },
    vaults: [{ ...first, assets: twice(first.assets, 0, 1), slots: twice(first.slots, 2, 3) }, ...others],
  };
}

/** Code of a token that gives what the mapping in slot 0 has, changed by some opcodes. */
function tokenCode(change: string): string {
  return `0x6004356000526000602052604060002054${change}60005260206000f3`;
}

describe('a proof of solvency of real vaults and a real ledger', () => {
  it('shows what is credited, under way, owed, accounted and held, as the contracts do', async () => {
    const { assets, blocks, listed } = verifySolvency(await proveSolvency(await wanted()));
    const mapping = { slot: bytes32(`0x${'00'.repeat(32)}`), order: 'key-first' };
    const none = { parked: 0n, owed: 0n, standing: 'covered', symbol: 'USD', decimals: 6, mapping, marked: null };
    const [first, second] = tokens;
    expect(assets).toEqual([
      {
        ...none,
        assetId: 1,
        source: 1,
        credited: 1_000n,
        underWay: 70n,
        accounted: 1_070n,
        held: 1_070n,
        token: first,
      },
      { ...none, assetId: 2, source: 2, credited: 0n, underWay: 0n, accounted: 0n, held: 0n, token: second },
    ]);
    expect(listed).toBe(2);
    expect(blocks.map(({ chainId }) => chainId)).toEqual([SETTLEMENT, COLLATERAL]);
  });

  it('counts a release as under way until its vault has recorded it, then as owed until it is paid', async () => {
    const settlement = await newest(line.settlement);
    await line.release(1, 400n);
    const [before] = verifySolvency(await proveSolvency(await wanted())).assets;
    expect(before).toMatchObject({ credited: 600n, underWay: 470n, owed: 0n, standing: 'covered' });
    await line.pass(1);
    await apply(1, 'to-vault');
    const [after] = verifySolvency(await proveSolvency(await wanted())).assets;
    expect(after).toMatchObject({ credited: 600n, underWay: 70n, owed: 400n, accounted: 1_070n, standing: 'covered' });
    await expect(proveSolvency(await wanted({ settlement }))).rejects.toThrow(
      /1 releases are in the books of one end, and the other had written 0/,
    );
  });

  it('refuses blocks of different times: what one end did must be in the books of the other', async () => {
    const early = { settlement: await newest(line.settlement), collateral: await newest(line.collateral) };
    await line.lock(2, 5n);
    await line.pass(1);
    await apply(2, 'to-ledger');
    await expect(proveSolvency(await wanted({ collateral: early.collateral }))).rejects.toThrow(
      expect.objectContaining({ code: 'BLOCKS_APART', message: expect.stringContaining('1 locks are in the books') }),
    );
    const soon = await proveSolvency(await wanted({ settlement: early.settlement }));
    expect(verifySolvency(soon).assets[1]).toMatchObject({ credited: 0n, underWay: 5n, accounted: 5n });
  });

  it('names tokens that are gone, and more credit than was ever locked', async () => {
    const lost = { from: line.line(2).vault, to: tokens[1] ?? line.ledger };
    await line.collateral.rpc('anvil_impersonateAccount', [lost.from]);
    await line.collateral.rpc('anvil_setBalance', [lost.from, '0xde0b6b3a7640000']);
    const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [line.ledger, 2n] });
    await line.collateral.send({ ...lost, data, gas: '0x30d40' });
    const [, short] = verifySolvency(await proveSolvency(await wanted())).assets;
    expect(short).toMatchObject({ accounted: 5n, held: 3n, standing: 'short' });
    const sums = [line.ledger, assetSumsSlot(2), `0x${(6).toString(16).padStart(64, '0')}`];
    await line.settlement.rpc('anvil_setStorageAt', sums);
    await line.settlement.mine(1);
    const [, over] = verifySolvency(await proveSolvency(await wanted())).assets;
    expect(over).toMatchObject({ credited: 6n, accounted: 5n, underWay: -1n, standing: 'over-credited' });
  });

  // Answers 1,070 to every question from its code; takes no question; is no contract any more.
  it.each(['0x61042e5f5260205ff3', '0x5f5ffd', '0x'])('says so of a token with the code %s', async (stubborn) => {
    const token = tokens[0] ?? line.ledger;
    const code = await line.collateral.rpc('eth_getCode', [token, 'latest']);
    await line.collateral.rpc('anvil_setCode', [token, stubborn]);
    await line.collateral.mine(1);
    const [asset] = verifySolvency(await proveSolvency(await wanted())).assets;
    expect(asset).toMatchObject({ held: null, standing: 'balance-unproven' });
    await line.collateral.rpc('anvil_setCode', [token, code]);
    await line.collateral.mine(1);
  });

  // FiatTokenV2_2 keeps in bit 255 that an account is frozen, and leaves that bit out of the balance; the second token leaves out 64 bits.
  it.each([
    ['60011b60011c', 1n << 255n],
    ['60401b60401c', 1n << 192n],
  ])(
    'counts no mark above a balance as tokens, nor tokens below a mark, where a token masks it with %s',
    async (mask, mark) => {
      const [token, vault] = [tokens[0] ?? line.ledger, line.line(1).vault];
      const slot = mappedSlot(vault, { slot: bytes32(`0x${'00'.repeat(32)}`), order: 'key-first' });
      const before = await line.collateral.rpc('eth_getCode', [token, 'latest']);
      const read = async (word: bigint): Promise<unknown> => {
        await line.collateral.rpc('anvil_setStorageAt', [token, slot, `0x${word.toString(16).padStart(64, '0')}`]);
        await line.collateral.mine(1);
        return verifySolvency(await proveSolvency(await wanted())).assets[0];
      };
      await line.collateral.rpc('anvil_setCode', [token, tokenCode(mask)]);
      expect(await read(3n)).toMatchObject({ held: 3n, marked: null, standing: 'short' });
      const marked = `0x${(mark | 2_000n).toString(16).padStart(64, '0')}`;
      expect(await read(mark | 2_000n)).toMatchObject({ held: null, marked, standing: 'balance-unproven' });
      await line.collateral.rpc('anvil_setCode', [token, before]);
      expect(await read(1_070n)).toMatchObject({ held: 1_070n, standing: 'covered' });
    },
  );

  it('proves no balance of a token that gives another one than its storage has', async () => {
    const token = tokens[0] ?? line.ledger;
    const before = await line.collateral.rpc('eth_getCode', [token, 'latest']);
    // Gives 1 less than is stored, if that is less than 2^64.
    await line.collateral.rpc('anvil_setCode', [token, tokenCode('8060401c159003')]);
    await line.collateral.mine(1);
    const [asset] = verifySolvency(await proveSolvency(await wanted())).assets;
    expect(asset).toMatchObject({ held: null, marked: null, mapping: null, standing: 'balance-unproven' });
    await line.collateral.rpc('anvil_setCode', [token, before]);
    await line.collateral.mine(1);
  });

  it('shows what is held although the first provider names an empty mapping, and no balance', async () => {
    const word = (value: bigint): string => `0x${value.toString(16).padStart(64, '0')}`;
    const liar: Lie = (method, params) =>
      method === 'eth_call' ? word(params.length === 3 ? (1n << 64n) + 5n : 0n) : undefined;
    const [asset] = verifySolvency(await proveSolvency(await wanted({ liar }))).assets;
    expect(asset).toMatchObject({ held: 1_070n, standing: 'covered', mapping: { order: 'key-first' } });
  });

  it('refuses a mapping that a stranger writes: the allowance that they gave the vault', async () => {
    const [stranger, vault, token] = [line.ledger, line.line(2).vault, tokens[1] ?? line.ledger];
    await line.collateral.rpc('anvil_impersonateAccount', [stranger]);
    await line.collateral.rpc('anvil_setBalance', [stranger, '0xde0b6b3a7640000']);
    const all = 2n ** 256n - 1n;
    const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [vault, all] });
    await line.collateral.send({ from: stranger, to: token, data, gas: '0x30d40' });
    // The allowances of OpenZeppelin's token lie in slot 1, by owner and then by spender.
    const ofToken: BalanceMapping = { slot: bytes32(`0x${'00'.repeat(31)}01`), order: 'key-first' };
    const mapping: BalanceMapping = { slot: mappedSlot(stranger, ofToken), order: 'key-first' };
    const proof = await proveSolvency(await wanted());
    const block = proof.vaults[1]?.block ?? proof.settlement.block;
    const ask = (method: string, params: readonly unknown[]): Promise<unknown> => line.collateral.rpc(method, params);
    const { values, account, slots } = await proveSlots(ask, { contract: token, block }, [mappedSlot(vault, mapping)]);
    expect(values.map(BigInt)).toEqual([all]);
    const balance = { mapping, account, slot: slots[0] ?? [] };
    const vaults = proof.vaults.map((one, at) =>
      at === 1 ? { ...one, assets: one.assets.map((asset) => ({ ...asset, balance })) } : one,
    );
    expect(() => verifySolvency({ ...proof, vaults })).toThrow(
      expect.objectContaining({
        code: 'BAD_PROOF',
        message: `the balance of token ${token} is proven in a mapping at ${mapping.slot}, key-first; expected a slot of 0 to 127, key-first or slot-first, or 0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00, key-first`,
      }),
    );
  });

  it('refuses a block of long before the ledger’s where no entry was written since, and leaves such a vault out', async () => {
    const early = await proveSolvency(await wanted());
    await line.pass(3_800);
    const late = await proveSolvency(await wanted());
    const mixed = { ...late, vaults: early.vaults };
    expect(() => verifySolvency(mixed)).toThrow(
      expect.objectContaining({
        code: 'BLOCKS_APART',
        message: expect.stringMatching(
          /^source 1 \(0x\w{40}\): the block of chain 41321 is 3[78]\d\d s from the ledger's; expected at most 3600 s: /,
        ),
      }),
    );
    expect(verifySolvency(mixed, { apartMaxS: 4_000n }).assets).toHaveLength(2);
    expect(() => verifySolvency({ ...early, vaults: late.vaults })).toThrow(
      expect.objectContaining({ code: 'BLOCKS_APART' }),
    );
    const leftOut: number[] = [];
    const still = await proveSolvency({
      ...(await wanted({ collateral: early.vaults[0]?.block ?? '' })),
      onLeftOut: ({ source }) => void leftOut.push(source),
    });
    expect(verifySolvency(still)).toMatchObject({ assets: [], listed: 2, missing: [1, 2] });
    expect(leftOut).toEqual([1, 2]);
  });

  it('refuses one block as that of two chains, which a reader would compare with one alone', async () => {
    const request = await wanted();
    const other = 41_322;
    const vaults = request.vaults.map((vault) => (vault.source === 2 ? { ...vault, chainId: other } : vault));
    const openPlace: SolvencyToProve['openPlace'] = (id) => request.openPlace(id === other ? COLLATERAL : id);
    await expect(proveSolvency({ ...request, vaults, openPlace })).rejects.toThrow(
      expect.objectContaining({
        code: 'BAD_PROOF',
        message: expect.stringMatching(
          /^block 0x\w{64} is named as one of chain 41321 and of chain 41322; expected one chain for each block$/,
        ),
      }),
    );
  });

  it('shows a vault that the ledger lists and nobody names, as after a migration, if its chain is read', async () => {
    const request = await wanted();
    const [first] = request.vaults;
    const whole = await proveSolvency(request);
    const vaults = first === undefined ? [] : [first];
    const proof = await proveSolvency({ ...request, vaults });
    expect(proof.vaults.map(({ source, vault }) => ({ source, vault }))).toEqual(
      whole.vaults.map(({ source, vault }) => ({ source, vault })),
    );
    const { missing, assets } = verifySolvency(proof);
    const [, second] = verifySolvency(whole).assets;
    expect([missing, assets[1]]).toEqual([[], { ...second, symbol: 'asset 2' }]);
    // An asset of a vault that is named comes to that vault.
    const bare = vaults.map((vault) => ({ ...vault, assets: [] }));
    const again = await proveSolvency({ ...request, vaults: bare });
    expect(again.vaults.map(({ source, assets: own }) => [source, own.map(({ assetId }) => assetId)])).toEqual([
      [1, [1]],
      [2, [2]],
    ]);
  });

  it('names the listed assets that are not in it, and takes no unlisted one in their place', async () => {
    const request = await wanted();
    const nothing = verifySolvency(await proveSolvency({ ...request, vaults: [] }));
    expect([nothing.listed, nothing.missing, nothing.assets]).toEqual([2, [1, 2], []]);
    const { settlement, vaults: proven } = await proveSolvency(request);
    const cut = { kind: 'solvency', settlement: { ...settlement, slots: settlement.slots.slice(0, 5) } } as const;
    const shown = verifySolvency({ ...cut, vaults: proven.slice(0, 1) });
    expect([shown.listed, shown.missing, shown.assets.map(({ assetId }) => assetId)]).toEqual([2, [2], [1]]);
    // The record of an asset that is not listed is empty: number 0 of source 0, with 0 decimals; so is a stranger's vault.
    const none = address(`0x${'00'.repeat(20)}`);
    const stray = { assetId: 9, vaultAsset: 0, symbol: 'USD', decimals: 0, token: none };
    const empty = { source: 0, chainId: COLLATERAL, vault: tokens[1] ?? none, assets: [stray] };
    await expect(proveSolvency({ ...request, vaults: [...request.vaults, empty] })).rejects.toThrow(
      expect.objectContaining({
        code: 'BAD_PROOF',
        message: 'asset 9 is not listed at the ledger; expected one of 1 to 2',
      }),
    );
  });

  it('is refused with another header, contract, asset, token or number of decimals', async () => {
    const proof = await proveSolvency(await wanted());
    const { settlement, vaults } = proof;
    const refusal = (other: SolvencyProof): unknown => {
      try {
        return verifySolvency(other);
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    expect(refusal(changed(proof, settlement.header.slice(0, 90), settlement.header.slice(0, 89) + 'a'))).toMatch(
      /BAD_HEADER|BAD_RLP/,
    );
    expect(refusal(changed(proof, settlement.ledger, tokens[0] ?? ''))).toBe('BAD_PROOF');
    expect(refusal(changed(proof, vaults[0]?.vault ?? '', vaults[1]?.vault ?? ''))).toBe('BAD_PROOF');
    expect(refusal(changed(proof, '"assetId":2', '"assetId":1'))).toBe('BAD_PROOF');
    expect(refusal(changed(proof, '"source":2', '"source":1'))).toBe('BAD_PROOF');
    expect(refusal(changed(proof, '"decimals":6', '"decimals":7'))).toBe('BAD_PROOF');
    expect(refusal(changed(proof, tokens[0] ?? '', tokens[1] ?? ''))).toBe('BAD_PROOF');
    // Every storage proof of it holds, but the vault names another token.
    const request = await wanted();
    const elsewhere = request.vaults.map((vault, at) => ({
      ...vault,
      assets: vault.assets.map((asset) => ({ ...asset, token: tokens[1 - at] ?? line.ledger })),
    }));
    await expect(proveSolvency({ ...request, vaults: elsewhere })).rejects.toMatchObject({ code: 'BAD_PROOF' });
    expect(refusal(withTwice(proof))).toBe('BAD_PROOF');
    const [first] = vaults;
    expect(refusal({ ...proof, vaults: first === undefined ? [] : [first] })).toBe('BAD_PROOF');
  });
});
