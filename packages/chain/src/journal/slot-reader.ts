import {
  type Address,
  AppError,
  type Bytes32,
  type Keccak256,
  ZERO_WORD,
  bytes32,
  bytesToHex,
  hexToBytes,
  verifyStateProof,
} from '@surety/domain';
import { type Operation, type Patience, type ProviderRotation, parseBytes, parseProof, toQuantity } from '@surety/rpc';
import type { FinalBlock, ProvenCode, ProvenSlots } from '@surety/workflows';
import { chainError } from '../errors.js';

/** Slots of one contract to read at a final block. */
export interface SlotRequest {
  readonly contract: Address;
  readonly slots: readonly Bytes32[];
  readonly block: FinalBlock;
  /** Required code hash of the contract; undefined accepts any code. */
  readonly codeHash?: Bytes32 | undefined;
}

/** A question about one contract at one block, under way or answered. */
interface Question {
  readonly slots: ReadonlySet<Bytes32>;
  readonly account: Promise<ProvenAccount | null>;
}

/** The questions about one contract. */
interface Asked {
  /** Highest block at which it was asked about. */
  newest: bigint;
  /** Each slot with the highest block at which somebody asked for it. */
  readonly slots: Map<Bytes32, bigint>;
}

/** Slots of one question: a proof of a slot is about 4 kB. */
const SLOTS_MAX = 64;

/** Blocks after which a slot that nobody asked for is left out. */
const UNASKED_BLOCKS_MAX = 16n;

/** Answers kept: each is a few words, and several readers ask about the newest final blocks of a few contracts. */
const ANSWERS_MAX = 32;

/** Reads storage and code of contracts at final blocks, each verified under the block's state root. */
export class SlotReader {
  readonly #rotation: ProviderRotation;
  readonly #patience: Patience;
  readonly #keccak256: Keccak256;
  readonly #questions = new Map<string, Question>();
  readonly #asked = new Map<Address, Asked>();

  constructor(options: {
    readonly rotation: ProviderRotation;
    readonly keccak256: Keccak256;
    readonly patience: Patience;
  }) {
    this.#patience = options.patience;
    this.#rotation = options.rotation;
    this.#keccak256 = options.keccak256;
  }

  /**
   * Reads storage words from one provider and verifies them against the block's state root; asks the next only if the first fails
   * or its proof is invalid. At a contract's newest block it asks for every slot that was requested recently, so that several
   * readers of one contract need one proof per block.
   * @throws UNPROVEN if they cannot prove it, UNAVAILABLE if too many gave no answer, NO_QUORUM (too many false proofs),
   * CODE_CHANGED, CALL_LIMIT, ABORTED.
   */
  async read(request: SlotRequest, operation: Operation): Promise<ProvenSlots> {
    const { contract, slots, block, codeHash } = request;
    const account = await this.#join(request, operation);
    if (account === null) {
      throw chainError(
        'CODE_CHANGED',
        `${contract} does not exist at block ${block.height}; expected a contract, check address and start block`,
        { context: { height: block.height } },
      );
    }
    if (codeHash !== undefined && account.codeHash !== codeHash) {
      throw chainError(
        'CODE_CHANGED',
        `${contract} has code ${account.codeHash} at block ${block.height}; expected ${codeHash} as configured`,
        { context: { height: block.height, seen: account.codeHash, expected: codeHash } },
      );
    }
    return { codeHash: account.codeHash, values: slots.map((slot) => account.words.get(slot) ?? ZERO_WORD) };
  }

  /**
   * Reads a contract's code from one provider and checks it against the proven code hash; asks the next only if the first
   * fails or its code does not match.
   * @throws as {@link read}.
   */
  async readCode(
    { contract, block }: { readonly contract: Address; readonly block: FinalBlock },
    operation: Operation,
  ): Promise<ProvenCode> {
    const { codeHash } = await this.read({ contract, slots: [], block }, operation);
    const code = await this.#rotation.ask({
      subject: `the code of ${contract} at block ${block.height}`,
      exhausted: 'UNPROVEN',
      away: 'UNAVAILABLE',
      patience: this.#patience,
      signal: operation.signal,
      ask: (provider, signal) =>
        provider.call({
          method: 'eth_getCode',
          params: [contract, toQuantity(block.height)],
          parse: (result) => {
            const bytes = hexToBytes(parseBytes(result, 'the code'));
            const seen = bytes32(bytesToHex(this.#keccak256(bytes)));
            if (seen === codeHash) return bytes;
            throw chainError('BAD_PROOF', `the code of ${contract} hashes to ${seen}; expected the proven ${codeHash}`);
          },
          ...operation,
          signal,
        }),
    });
    return { code, codeHash };
  }

  /** Waits for a question that covers the request, or asks one at the expense of this operation. */
  async #join(request: SlotRequest, operation: Operation): Promise<ProvenAccount | null> {
    const { contract, slots, block } = request;
    const key = `${contract} ${block.hash}`;
    const known = this.#questions.get(key);
    if (known !== undefined && slots.every((slot) => known.slots.has(slot))) {
      try {
        return await known.account;
      } catch (error) {
        // Whoever asked was stopped, or has spent its calls: neither is a failure of this request.
        if (error instanceof AppError && ASKERS_OWN.has(error.code)) return this.#join(request, operation);
        throw error;
      }
    }
    const asked = this.#widen(request);
    const account = this.#ask({ contract, slots: asked, block }, operation);
    const question = { slots: new Set(asked), account };
    this.#questions.set(key, question);
    for (const oldest of this.#questions.keys()) {
      if (this.#questions.size <= ANSWERS_MAX) break;
      this.#questions.delete(oldest);
    }
    account.catch(() => {
      if (this.#questions.get(key) === question) this.#questions.delete(key);
    });
    return account;
  }

  /** Adds the slots that others ask for at a contract's newest block; a walk through older blocks asks for its own alone. */
  #widen({ contract, slots, block }: SlotRequest): readonly Bytes32[] {
    const asked = this.#asked.get(contract) ?? { newest: block.height, slots: new Map<Bytes32, bigint>() };
    this.#asked.set(contract, asked);
    if (block.height < asked.newest) return slots;
    asked.newest = block.height;
    for (const slot of slots) asked.slots.set(slot, block.height);
    for (const [slot, height] of asked.slots) {
      if (height + UNASKED_BLOCKS_MAX < block.height) asked.slots.delete(slot);
    }
    const others = [...asked.slots.keys()].filter((slot) => !slots.includes(slot));
    return [...slots, ...others.slice(0, Math.max(0, SLOTS_MAX - slots.length))];
  }

  #ask({ contract, slots, block }: SlotRequest, operation: Operation): Promise<ProvenAccount | null> {
    return this.#rotation.ask({
      subject: `a proof of ${contract} at block ${block.height}`,
      exhausted: 'UNPROVEN',
      away: 'UNAVAILABLE',
      patience: this.#patience,
      signal: operation.signal,
      ask: (provider, signal) =>
        provider.call({
          method: 'eth_getProof',
          params: [contract, slots, toQuantity(block.height)],
          parse: (result) => {
            const proof = parseProof(result, slots.length);
            const stated = { stateRoot: block.stateRoot, address: contract, slots, proof };
            const account = verifyStateProof(stated, this.#keccak256);
            if (account === undefined) return null;
            const words = new Map(slots.map((slot, at) => [slot, account.values[at] ?? ZERO_WORD]));
            return { codeHash: account.codeHash, words };
          },
          ...operation,
          signal,
        }),
    });
  }
}

/** A contract as a proof shows it. */
interface ProvenAccount {
  readonly codeHash: Bytes32;
  readonly words: ReadonlyMap<Bytes32, Bytes32>;
}

/** Errors that only the operation that asks brings about. */
const ASKERS_OWN: ReadonlySet<string> = new Set(['ABORTED', 'CALL_LIMIT']);
