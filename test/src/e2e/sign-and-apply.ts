import {
  attesterSetAbi,
  collateralLedgerAbi,
  collateralVaultAbi,
  developmentTokenAbi,
  keccak256,
} from '@surety/contracts';
import { type DevnetKey, type LocalNetwork, awaitReceipt, walletOf } from '@surety/devnet';
import {
  type Address,
  type Bytes32,
  type Entry,
  type JournalHead,
  ZERO_WORD,
  bytesToHex,
  chainId,
  concatBytes,
  foldHeads,
  hexToBytes,
  packEntries,
  statementDigest,
} from '@surety/domain';
import { type Hex, type PublicClient, encodeFunctionData } from 'viem';

/** A journal, and where it is replayed. */
export interface TestEdge {
  readonly edgeId: Bytes32;
  /** What statements carry, if it is not the first name any more. */
  readonly name?: Bytes32;
  readonly destinationId: number;
  readonly verifier: Address;
}

/** Entries of a journal with what attesters sign about their end. */
export interface Attested {
  readonly packed: Hex;
  readonly statement: JournalHead;
  readonly signatures: Hex;
}

/** Signs, as three members of the verifier's epoch do, that a journal holds exactly these entries now. */
export async function attest(
  network: LocalNetwork,
  edge: TestEdge,
  entries: readonly Entry[],
  members?: readonly DevnetKey[],
): Promise<Attested> {
  const reader = network.readers.get(edge.destinationId) as PublicClient;
  const packed = packEntries(entries);
  const heads = foldHeads({ count: 0n, head: edge.edgeId }, packed, keccak256);
  const block = await reader.getBlock();
  const epoch = await reader.readContract({ address: edge.verifier, abi: attesterSetAbi, functionName: 'epoch' });
  const count = BigInt(entries.length);
  const statement: JournalHead = {
    edge: edge.name ?? edge.edgeId,
    count,
    tip: count,
    head: heads.at(-1) ?? edge.edgeId,
    blockNumber: block.number,
    blockHash: block.hash as JournalHead['blockHash'],
    asOf: block.timestamp,
    epoch,
  };
  const domain = { chainId: chainId(edge.destinationId), verifyingContract: edge.verifier };
  const digest = statementDigest(statement, domain, keccak256);
  const signers = (members ?? network.attesters).slice(0, 3);
  const signatures = await Promise.all(signers.map(({ account }) => account.sign({ hash: digest })));
  return {
    packed: bytesToHex(packed),
    statement,
    signatures: bytesToHex(concatBytes(...signatures.map((one) => hexToBytes(one, 65)))),
  };
}

/** Mints alice's tokens of a vault's first asset and locks them for an account. */
export async function lockTokens(
  network: LocalNetwork,
  at: { readonly vault: Address; readonly chainId: number; readonly account: Bytes32 },
  units: bigint,
): Promise<void> {
  const reader = network.readers.get(at.chainId) as PublicClient;
  const vault = { address: at.vault, abi: collateralVaultAbi } as const;
  const { token } = await reader.readContract({ ...vault, functionName: 'assetOf', args: [1] });
  const held = { address: token, abi: developmentTokenAbi } as const;
  const alice = walletOf(network, at.chainId, 'alice');
  const steps = [
    () => alice.writeContract({ ...held, functionName: 'mint', args: [alice.account.address, units] }),
    () => alice.writeContract({ ...held, functionName: 'approve', args: [at.vault, units] }),
    () => alice.writeContract({ ...vault, functionName: 'lock', args: [1, units, at.account, ZERO_WORD, 0n, 0] }),
  ];
  for (const step of steps) await awaitReceipt(network, at.chainId, await step());
}

/** Applies a journal's entries at the ledger from its first one on. */
export async function applyAtLedger(
  network: LocalNetwork,
  at: { readonly ledger: Address; readonly chainId: number; readonly source: number; readonly feeTo: Bytes32 },
  { packed, statement, signatures }: Attested,
): Promise<void> {
  const wallet = walletOf(network, at.chainId, 'relayerA');
  const hash = await wallet.writeContract({
    address: at.ledger,
    abi: collateralLedgerAbi,
    functionName: 'applyEntries',
    args: [at.source, 0n, packed, [], statement, signatures, at.feeTo],
  });
  await awaitReceipt(network, at.chainId, hash);
}

/** Hands a batch in as {@link applyAtLedger} does, through a contract: the calldata of its transaction shows no entries. Gives its hash. */
export async function applyThroughContract(
  network: LocalNetwork,
  at: Parameters<typeof applyAtLedger>[1],
  { packed, statement, signatures }: Attested,
): Promise<Hex> {
  const wallet = walletOf(network, at.chainId, 'relayerA');
  const creation = await wallet.sendTransaction({ data: forwarderTo(at.ledger) });
  const receipt = await network.readers.get(at.chainId)?.waitForTransactionReceipt({ hash: creation });
  const call = encodeFunctionData({
    abi: collateralLedgerAbi,
    functionName: 'applyEntries',
    args: [at.source, 0n, packed, [], statement, signatures, at.feeTo],
  });
  const data = `0x00000000${call.slice(2)}` as const;
  const hash = await wallet.sendTransaction({ to: receipt?.contractAddress ?? null, data, gas: 5_000_000n });
  await awaitReceipt(network, at.chainId, hash);
  return hash;
}

/** Creation code of a contract that hands its calldata on to another one, without the first four bytes, and fails as that fails. */
function forwarderTo(target: Address): Hex {
  const size = '60043603';
  const copy = `${size}60045f37`;
  const call = `5f5f${size}5f5f73${target.slice(2)}5af1`;
  const isRefused = (copy.length + call.length) / 2 + 5;
  const runtime = `${copy}${call}1560${isRefused.toString(16)}57005b3d5f5f3e3d5ffd`;
  return `0x60${(runtime.length / 2).toString(16)}8060095f395ff3${runtime}`;
}

/** Replays the ledger's releases at a vault, from the first one on. */
export async function replay(
  network: LocalNetwork,
  at: { readonly vault: Address; readonly chainId: number },
  { packed, statement, signatures }: Attested,
): Promise<void> {
  const wallet = walletOf(network, at.chainId, 'relayerA');
  const contract = { address: at.vault, abi: collateralVaultAbi } as const;
  const replayed = await wallet.writeContract({
    ...contract,
    functionName: 'applyReleases',
    args: [0n, packed, [], statement, signatures],
  });
  await awaitReceipt(network, at.chainId, replayed);
}

/** Pays the newest of the ledger's releases. */
export async function pay(
  network: LocalNetwork,
  at: { readonly vault: Address; readonly chainId: number },
  entries: readonly Entry[],
): Promise<void> {
  const wallet = walletOf(network, at.chainId, 'relayerA');
  const contract = { address: at.vault, abi: collateralVaultAbi } as const;
  const entry = bytesToHex(packEntries(entries.slice(-1)));
  const paid = await wallet.writeContract({
    ...contract,
    functionName: 'pay',
    args: [BigInt(entries.length), entry, wallet.account.address],
    gas: 2_000_000n,
  });
  await awaitReceipt(network, at.chainId, paid);
}

/** A lock or a release of one asset, without fee. */
export function entryOf(
  kind: 'LOCK' | 'RELEASE',
  asset: number,
  amount: bigint,
  account: Bytes32,
  party = ZERO_WORD,
): Entry {
  return { kind, asset, amount, account, party, fee: 0n } as Entry;
}
