import { keccak256 } from '@surety/contracts';
import { type Address, type Bytes32, address, bytes32, bytesToHex, concatBytes, uintToBytes } from '@surety/domain';
import { type AttesterEpoch, type ContractReader, type DestinationReader, membersOfBits } from '@surety/workflows';
import { getContractAddress } from 'viem';
import { chainError } from '../errors.js';

/** Slot of the mapping from an epoch's number to its word. @source storage-layout.json, AttesterSet._epochs */
const EPOCHS_SLOT = 0n;

/** newestEpoch u32 | haltedEdges u32, from the lowest bit. @source storage-layout.json, AttesterSet._newestEpoch */
const NEWEST_SLOT = bytes32(bytesToHex(uintToBytes(1n, 32)));

/** An epoch decoded from its storage word. */
interface EpochWords extends Omit<AttesterEpoch, 'members' | 'suspended'> {
  readonly memberCount: number;
  /** One bit per member suspended at the block, the lowest bit for the first member. */
  readonly suspendedBits: number;
}

/**
 * Reads the attester sets of one verifier by proof at a final block: numbers, windows and quorums from its storage, members
 * from the code of the contracts that it created; its n-th keeps those of epoch n. Members that are known already are not
 * read again: they never change; who is suspended may.
 * @throws what `readSlots` and `readCode` throw; NO_ATTESTER_SET if the address keeps no attester set.
 */
export async function readAttesterEpochs(
  contracts: Pick<ContractReader, 'readSlots' | 'readCode'>,
  request: Parameters<DestinationReader['readEpochs']>[0],
  signal?: AbortSignal,
): Promise<readonly AttesterEpoch[]> {
  const { attesterSet: contract, block, known } = request;
  const first = await contracts.readSlots(
    { contract, block, slots: [NEWEST_SLOT, ...known.map(({ epoch }) => wordSlot(epoch))] },
    signal,
  );
  const newest = Number(BigInt.asUintN(32, BigInt(first.values[0] ?? 0n)));
  if (newest < Math.max(1, known.length)) {
    throw chainError(
      'NO_ATTESTER_SET',
      `${contract} keeps ${newest} attester sets at block ${block.height}; expected at least ${Math.max(1, known.length)}, check the address in the configuration`,
      { context: { height: block.height } },
    );
  }
  const epochs = known.map((one, at) => {
    const words = readWords(one.epoch, { value: first.values[at + 1], time: block.timestamp });
    return { ...words, members: one.members };
  });
  const fresh = Array.from({ length: newest - known.length }, (_, at) => known.length + at + 1);
  if (fresh.length === 0) return epochs.map(epochOf);
  const { values } = await contracts.readSlots({ contract, block, slots: fresh.map(wordSlot) }, signal);
  for (const [at, epoch] of fresh.entries()) {
    const words = readWords(epoch, { value: values[at], time: block.timestamp });
    const keeper = address(getContractAddress({ from: contract, nonce: BigInt(epoch) }));
    const { code } = await contracts.readCode({ contract: keeper, block }, signal);
    epochs.push({ ...words, members: readMembers(code, { keeper, ...words }) });
  }
  return epochs.map(epochOf);
}

/**
 * n u8 | k u8 | suspended u32 | activeFrom u40 | expires u40 | hint u8 | temporary u32 | temporaryUntil u40, from the lowest bit.
 * The guardian's suspensions count until their end, in seconds. @source AttesterEpochs.sol, struct Epoch
 */
function readWords(epoch: number, at: { readonly value: Bytes32 | undefined; readonly time: bigint }): EpochWords {
  const word = BigInt(at.value ?? 0n);
  const temporary = BigInt.asUintN(32, word >> 136n);
  const temporaryUntil = BigInt.asUintN(40, word >> 168n);
  const isTemporary = temporary !== 0n && at.time < temporaryUntil;
  return {
    epoch,
    memberCount: Number(BigInt.asUintN(8, word)),
    quorum: Number(BigInt.asUintN(8, word >> 8n)),
    suspendedBits: Number(BigInt.asUintN(32, word >> 16n) | (isTemporary ? temporary : 0n)),
    ...(isTemporary ? { suspensionEnd: temporaryUntil } : {}),
    activeFrom: BigInt.asUintN(40, word >> 48n),
    expires: BigInt.asUintN(40, word >> 88n),
  };
}

/** One STOP byte, then 20 bytes for each member. @source MemberCode.sol */
function readMembers(
  code: Uint8Array,
  { keeper, epoch, memberCount }: { keeper: Address; epoch: number; memberCount: number },
): readonly Address[] {
  if (memberCount === 0 || code.length !== 1 + 20 * memberCount) {
    throw chainError(
      'NO_ATTESTER_SET',
      `${keeper} holds ${code.length} bytes; expected ${1 + 20 * memberCount} for the ${memberCount} members of epoch ${epoch}`,
    );
  }
  return Array.from({ length: memberCount }, (_, at) => address(bytesToHex(code.subarray(1 + 20 * at, 21 + 20 * at))));
}

function wordSlot(epoch: number): Bytes32 {
  return bytes32(bytesToHex(keccak256(concatBytes(uintToBytes(BigInt(epoch), 32), uintToBytes(EPOCHS_SLOT, 32)))));
}

function epochOf(words: EpochWords & Pick<AttesterEpoch, 'members'>): AttesterEpoch {
  const { memberCount: _, suspendedBits, ...epoch } = words;
  return { ...epoch, suspended: membersOfBits(epoch.members, suspendedBits) };
}
