import {
  type Address,
  type Bytes32,
  type Edge,
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
import type { JournalSpec } from '@surety/workflows';
import { lockedTopic } from '../journal/locked-log.js';
import type { AnvilNode } from './anvil-node.js';

/** Stores two words and emits one log of four topics and four words, all as its caller says. */
const RUNTIME = '6020356000355560603560403555608061010060003760e03560c03560a03560803560806000a400';
const INIT = `0x60${(RUNTIME.length / 2).toString(16)}80600b6000396000f3${RUNTIME}`;
const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';

const word = (value: bigint): string => value.toString(16).padStart(64, '0');

/** A contract on a local node that keeps a journal as the vault does: head and count in its slots, one log per entry. */
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

  /** Deploys the contract and opens its journal. */
  static async deploy(node: AnvilNode, keccak256: Keccak256, sender = SENDER): Promise<JournalWriter> {
    const receipt = await node.send({ from: sender, data: INIT });
    const contract: Address = address(receipt.contract);
    const edge: Edge = {
      originChainId: chainId(node.chainId),
      journal: contract,
      destinationChainId: chainId(900),
      replica: address(`0x${'77'.repeat(20)}`),
      generation: 0,
      previousHead: bytes32(`0x${'00'.repeat(32)}`),
    };
    const spec: JournalSpec = {
      edge,
      edgeId: edgeId(edge, keccak256),
      contract,
      codeHash: bytes32(bytesToHex(keccak256(hexToBytes(`0x${RUNTIME}`)))),
      fromBlock: blockHeight(receipt.height),
    };
    const writer = new JournalWriter(node, spec, keccak256, sender);
    const slots = journalSlots(spec.edgeId);
    await node.rpc('anvil_setStorageAt', [contract, slots.head, spec.edgeId]);
    await node.rpc('anvil_setStorageAt', [contract, slots.count, `0x${word(1_700_000_000n << 96n)}`]);
    return writer;
  }

  /** The position after the last entry written. */
  position(): JournalPosition {
    const last = this.positions.at(-1);
    if (last === undefined) throw new Error('there is no position');
    return last;
  }

  /** Appends one lock and gives its transaction. */
  async lock(amount: bigint): Promise<string> {
    const before = this.position();
    const count = before.count + 1n;
    const account: Bytes32 = bytes32(`0x${'a1'.repeat(20)}${'00'.repeat(12)}`);
    const party: Bytes32 = bytes32(`0x${word(count * 31n)}`);
    const packed = packEntry({
      kind: 'LOCK',
      asset: 3,
      amount: tokenUnits(amount),
      account,
      party,
      fee: tokenUnits(amount >> 4n),
    });
    const head = appendHead(before.head, packed, this.#keccak256);
    const slots = journalSlots(this.spec.edgeId);
    const state = word(((1_700_000_000n + count) << 96n) | count);
    const log = [lockedTopic(this.#keccak256), this.spec.edgeId, `0x${word(count)}`, account];
    const body = [word(3n), word(amount), party.slice(2), word(amount >> 4n)];
    const calldata = [slots.head, head, slots.count, state, ...log, ...body]
      .map((part) => part.replace(/^0x/, ''))
      .join('');
    const { hash } = await this.#node.send({ from: this.#sender, to: this.spec.contract, data: `0x${calldata}` });
    this.positions.push({ count, head });
    return hash;
  }

  /** Forgets the newest entries, after a reorganisation has dropped them. */
  forget(entries: number): void {
    this.positions.length -= entries;
  }
}
