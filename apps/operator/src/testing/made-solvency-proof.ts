import {
  type SolvencyProof,
  type VaultToProve,
  keccak256,
  ledgerSolvencySlots,
  mappedSlot,
  vaultSolvencySlots,
} from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  address,
  blockHash,
  bytes32,
  bytesToHex,
  encodeRlpList,
  encodeRlpString,
  hexToBytes,
  uintToBytes,
} from '@surety/domain';

const LEDGER = address(`0x${'11'.repeat(20)}`);
const VAULT = address(`0x${'22'.repeat(20)}`);
const BALANCES = { slot: bytes32(`0x${'00'.repeat(31)}03`), order: 'key-first' } as const;

/** Units of one asset in a made proof. */
interface MadeAsset {
  readonly credited: bigint;
  readonly accounted: bigint;
  /** Null where the balance is not proven. */
  readonly held: bigint | null;
}

/** Makes a proof of solvency that holds, of one vault on a chain of its own whose block is of so many seconds before the ledger's. */
export function madeSolvencyProof(
  made: readonly MadeAsset[],
  { listed = made.length, beforeS = 12n }: { readonly listed?: number; readonly beforeS?: bigint } = {},
): SolvencyProof {
  const home = { chainId: 900, ledger: LEDGER };
  const assets = made.map((_, at) => {
    const token = address(bytesToHex(new Uint8Array(20).fill(0x30 + at)));
    return { assetId: at + 1, vaultAsset: at + 1, symbol: `T${at + 1}`, decimals: 6, token };
  });
  const vault: VaultToProve = { source: 1, chainId: 901, vault: VAULT, assets };
  const place = (at: number): bigint => 1n | (BigInt(at + 1) << 16n) | (6n << 48n);
  const words = made.flatMap(({ credited }, at) => [place(at), credited]);
  const ledgerSlots = ledgerSolvencySlots(home, [vault]);
  const ledger = storageOf(ledgerSlots, [BigInt(listed) << 160n, 0n, 0n, ...words]);
  const vaultSlots = vaultSolvencySlots(home, vault);
  const books = made.flatMap(({ accounted }, at) => [BigInt(assets[at]?.token ?? 0), accounted, 0n]);
  const ofVault = storageOf(vaultSlots, [0n, 0n, ...books]);
  const held = mappedSlot(VAULT, BALANCES);
  const tokens = made.map((one) => storageOf([held], [one.held ?? 0n]));
  const settled = blockOf(new Map([[LEDGER, ledger]]), 1_800_000_000n);
  const away = blockOf(
    new Map([[VAULT, ofVault], ...assets.map(({ token }, at) => [token, tokens[at] ?? ofVault] as const)]),
    1_800_000_000n - beforeS,
  );
  const provenAssets = assets.map((asset, at) => {
    const [slot = []] = tokens[at]?.slots ?? [];
    const isProven = made[at]?.held !== null;
    return { ...asset, balance: isProven ? { mapping: BALANCES, account: away.accountOf(asset.token), slot } : null };
  });
  const { block, header } = settled;
  return {
    kind: 'solvency',
    settlement: { ...home, block, header, account: settled.accountOf(LEDGER), slots: ledger.slots },
    vaults: [
      {
        ...vault,
        block: away.block,
        header: away.header,
        account: away.accountOf(VAULT),
        slots: ofVault.slots,
        assets: provenAssets,
      },
    ],
  };
}

/** Storage of one contract: its root, and a proof of each slot. */
interface Storage {
  readonly root: Uint8Array;
  readonly slots: readonly (readonly Hex[])[];
}

function storageOf(slots: readonly Bytes32[], words: readonly bigint[]): Storage {
  const kept = slots.flatMap((slot, at) => {
    const value = words[at] ?? 0n;
    return value === 0n ? [] : [{ key: hexToBytes(slot), value: encodeRlpString(numberBytes(value)) }];
  });
  const { root, proofOf } = trieOf(kept);
  return { root, slots: slots.map((slot) => proofOf(hexToBytes(slot))) };
}

/** A block of a chain that holds some contracts. */
interface MadeBlock {
  readonly block: SolvencyProof['settlement']['block'];
  readonly header: Hex;
  readonly accountOf: (contract: Address) => readonly Hex[];
}

function blockOf(contracts: ReadonlyMap<Address, Storage>, timestamp: bigint): MadeBlock {
  const codeHash = encodeRlpString(new Uint8Array(32).fill(7));
  const { root, proofOf } = trieOf(
    [...contracts].map(([contract, storage]) => ({
      key: hexToBytes(contract),
      value: encodeRlpList([Uint8Array.of(1), Uint8Array.of(0x80), encodeRlpString(storage.root), codeHash]),
    })),
  );
  // Of the fields of a header a proof reads state root, number and time.
  const fields: Uint8Array[] = Array.from({ length: 15 }, () => new Uint8Array());
  [fields[3], fields[8], fields[11]] = [root, Uint8Array.of(7), numberBytes(timestamp)];
  const header = encodeRlpList(fields.map(encodeRlpString));
  return {
    block: blockHash(bytesToHex(keccak256(header))),
    header: bytesToHex(header),
    accountOf: (contract) => proofOf(hexToBytes(contract)),
  };
}

/** An entry of a trie under the nibbles of its hashed key. */
interface Leaf {
  readonly path: string;
  readonly value: Uint8Array;
}

/** A trie of branches and leaves alone; whoever verifies a proof takes a branch with one child as well as an extension. */
function trieOf(entries: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]): {
  readonly root: Uint8Array;
  readonly proofOf: (key: Uint8Array) => readonly Hex[];
} {
  const pathOf = (key: Uint8Array): string => bytesToHex(keccak256(key)).slice(2);
  const leaves = entries.map(({ key, value }) => ({ path: pathOf(key), value }));
  const proofOf = (key: Uint8Array): readonly Hex[] => {
    const path = pathOf(key);
    const nodes: Hex[] = [];
    for (let depth = 0; ; depth += 1) {
      const below = leaves.filter((leaf) => leaf.path.startsWith(path.slice(0, depth)));
      if (below.length > 0) nodes.push(bytesToHex(nodeOf(below, depth)));
      if (below.length < 2) return nodes;
    }
  };
  return { root: keccak256(nodeOf(leaves, 0)), proofOf };
}

function nodeOf(leaves: readonly Leaf[], depth: number): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return Uint8Array.of(0x80);
  if (leaves.length === 1) {
    const rest = first.path.slice(depth);
    const prefixed = rest.length % 2 === 0 ? `20${rest}` : `3${rest}`;
    return encodeRlpList([encodeRlpString(hexToBytes(`0x${prefixed}`)), encodeRlpString(first.value)]);
  }
  const children = Array.from({ length: 16 }, (_, nibble) => {
    const below = leaves.filter(({ path }) => path[depth] === nibble.toString(16));
    return encodeRlpString(below.length === 0 ? new Uint8Array() : keccak256(nodeOf(below, depth + 1)));
  });
  return encodeRlpList([...children, encodeRlpString(new Uint8Array())]);
}

function numberBytes(value: bigint): Uint8Array {
  const digits = value.toString(16);
  return value === 0n ? new Uint8Array() : uintToBytes(value, Math.ceil(digits.length / 2));
}
