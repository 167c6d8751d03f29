import {
  type Address,
  type BlockHeight,
  type Bytes32,
  type Edge,
  ENTRY_KINDS,
  type EdgeDirection,
  type EntryKind,
  type JournalPosition,
  type Keccak256,
  address,
  appendHead,
  blockHeight,
  bytes32,
  bytesToHex,
  chainId,
  edgeId,
  emptyJournal,
  hexToBytes,
  packEntry,
  tokenUnits,
} from '@surety/domain';
import { journalSlots } from '@surety/contracts';
import type { AnvilNode } from '@surety/rpc/testing';
import type { JournalSpec } from '@surety/workflows';
import { EntryDecoder } from '../journal/entry-decoder.js';

/** Stores two words and emits one log with four topics and the rest of its input as data, all given by the caller. */
const RUNTIME = '6020356000355560603560403555610100360361010060003760e03560c03560a03560803561010036036000a400';
const INIT = `0x60${(RUNTIME.length / 2).toString(16)}80600b6000396000f3${RUNTIME}`;
const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';

const word = (value: bigint): string => value.toString(16).padStart(64, '0');

/** A journal to open in a deployed contract. */
interface OpenJournal {
  readonly contract: { readonly address: Address; readonly fromBlock: BlockHeight; readonly sender: string };
  readonly direction: EdgeDirection;
  readonly replica: Address;
}

/** A contract on a local node that keeps a journal like vault and ledger: head and count in its slots, one log per entry. */
export class JournalWriter {
  readonly spec: JournalSpec;
  /** The position of the journal before its first entry. */
  readonly empty: JournalPosition;
  /** Positions after each entry, from the empty journal. */
  readonly positions: JournalPosition[];
  readonly #node: AnvilNode;
  readonly #keccak256: Keccak256;
  readonly #sender: string;

  private constructor(node: AnvilNode, spec: JournalSpec, keccak256: Keccak256, sender: string) {
    this.#node = node;
    this.spec = spec;
    this.#keccak256 = keccak256;
    this.#sender = sender;
    this.empty = emptyJournal(spec.edge, keccak256);
    this.positions = [this.empty];
  }

  /** Deploys the contract and opens a journal in it. */
  static async deploy(
    node: AnvilNode,
    keccak256: Keccak256,
    options: { sender?: string; direction?: EdgeDirection } = {},
  ): Promise<JournalWriter> {
    const { sender = SENDER, direction = 'to-ledger' } = options;
    const receipt = await node.send({ from: sender, data: INIT });
    const contract = { address: address(receipt.contract), fromBlock: blockHeight(receipt.height), sender };
    return JournalWriter.#open(node, keccak256, { contract, direction, replica: address(`0x${'77'.repeat(20)}`) });
  }

  static async #open(node: AnvilNode, keccak256: Keccak256, at: OpenJournal): Promise<JournalWriter> {
    const { contract, direction, replica } = at;
    const edge: Edge = {
      originChainId: chainId(node.chainId),
      journal: contract.address,
      destinationChainId: chainId(900),
      replica,
    };
    const spec: JournalSpec = {
      edge,
      edgeId: edgeId(edge, keccak256),
      direction,
      contract: contract.address,
      codeHash: bytes32(bytesToHex(keccak256(hexToBytes(`0x${RUNTIME}`)))),
      fromBlock: contract.fromBlock,
    };
    const writer = new JournalWriter(node, spec, keccak256, contract.sender);
    const slots = journalSlots(spec.edgeId);
    await node.rpc('anvil_setStorageAt', [contract.address, slots.head, spec.edgeId]);
    await node.rpc('anvil_setStorageAt', [contract.address, slots.count, `0x${word(1_700_000_000n << 96n)}`]);
    return writer;
  }

  /** Opens another journal of the same contract, as the ledger has one per vault. */
  openBeside(replica: Address): Promise<JournalWriter> {
    const { contract, fromBlock, direction } = this.spec;
    const opened = { address: contract, fromBlock, sender: this.#sender };
    return JournalWriter.#open(this.#node, this.#keccak256, { contract: opened, direction, replica });
  }

  /** The position after the last entry written. */
  position(): JournalPosition {
    const last = this.positions.at(-1);
    if (last === undefined) throw new Error('there is no position');
    return last;
  }

  /** Appends one entry, by default the lock or release of the journal's direction, and returns its transaction. */
  async append(amount: bigint, other?: Exclude<EntryKind, 'LOCK' | 'RELEASE'>): Promise<string> {
    const before = this.position();
    const count = before.count + 1n;
    const account: Bytes32 = bytes32(`0x${'a1'.repeat(20)}${'00'.repeat(12)}`);
    const party: Bytes32 = bytes32(`0x${word(count * 31n)}`);
    const isLock = this.spec.direction === 'to-ledger';
    const fee = other === undefined ? amount >> 4n : 0n;
    const packed = packEntry({
      kind: other ?? (isLock ? 'LOCK' : 'RELEASE'),
      asset: 3,
      amount: tokenUnits(amount),
      account,
      party,
      fee: tokenUnits(fee),
    });
    const head = appendHead(before.head, packed, this.#keccak256);
    const slots = journalSlots(this.spec.edgeId);
    const state = word(((1_700_000_000n + count) << 96n) | count);
    const [plain = '', journaled = ''] = new EntryDecoder(this.spec.direction, this.#keccak256).topics;
    const log = [other === undefined ? plain : journaled, this.spec.edgeId, `0x${word(count)}`, account];
    const first = other === undefined ? (isLock ? [] : [word(7n)]) : [word(BigInt(ENTRY_KINDS[other]))];
    const body = [...first, word(3n), word(amount), party.slice(2), ...(other === undefined ? [word(fee)] : [])];
    const calldata = [slots.head, head, slots.count, state, ...log, ...body]
      .map((part) => part.replace(/^0x/, ''))
      .join('');
    const { hash } = await this.#node.send({ from: this.#sender, to: this.spec.contract, data: `0x${calldata}` });
    this.positions.push({ count, head });
    return hash;
  }

  /** Drops the newest entries from the record after a reorganisation. */
  forget(entries: number): void {
    this.positions.length -= entries;
  }
}
