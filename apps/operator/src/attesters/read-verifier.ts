import { attesterSetAbi } from '@surety/contracts';
import { type Address, type Bytes32, address, bytes32 } from '@surety/domain';
import { type ActTarget, findTarget } from '../acts/find-target.js';
import type { Reach } from '../chains/open-config.js';

/** One verifier with its newest epoch. */
export interface VerifierFacts {
  readonly target: ActTarget;
  /** Epoch that is active now. */
  readonly active: number;
  readonly newest: number;
  readonly members: readonly Address[];
  readonly k: number;
  /** Members whose signatures are refused in it. */
  readonly suspended: readonly Address[];
  /** Seconds. */
  readonly activeFrom: number;
  readonly expires: number;
  readonly isStopped: boolean;
  readonly inRecovery: boolean;
  readonly recovery: { readonly membersHash: Bytes32; readonly proposedAt: number; readonly frozenUntil: number };
}

/** Opens the verifier of every chain that has one: the ledger's first. */
export async function findVerifiers(config: Reach): Promise<ActTarget[]> {
  const { chains, settlement } = config.network;
  const ids = [
    ...chains.filter(({ chainId }) => chainId === settlement?.chainId),
    ...chains.filter(({ chainId, vault }) => vault !== undefined && chainId !== settlement?.chainId),
  ];
  return Promise.all(ids.map(({ name }) => findTarget(config, 'attesters', { chain: name })));
}

/** Reads a verifier and its newest epoch. */
export async function readVerifier(target: ActTarget): Promise<VerifierFacts> {
  const set = { address: target.contract, abi: attesterSetAbi } as const;
  const { reader } = target;
  const newest = await reader.readContract({ ...set, functionName: 'newestEpoch' });
  const args = [newest] as const;
  const [active, listed, k, bits, activeFrom, expires, isStopped, inRecovery, recovery] = await Promise.all([
    reader.readContract({ ...set, functionName: 'epoch' }),
    reader.readContract({ ...set, functionName: 'members', args }),
    reader.readContract({ ...set, functionName: 'k', args }),
    reader.readContract({ ...set, functionName: 'suspended', args }),
    reader.readContract({ ...set, functionName: 'activeFrom', args }),
    reader.readContract({ ...set, functionName: 'expires', args }),
    reader.readContract({ ...set, functionName: 'stopped' }),
    reader.readContract({ ...set, functionName: 'inRecovery' }),
    reader.readContract({ ...set, functionName: 'recovery' }),
  ]);
  const members = listed.map((one) => address(one.toLowerCase()));
  const [membersHash, proposedAt, frozenUntil] = recovery;
  return {
    target,
    active,
    newest,
    members,
    k,
    suspended: members.filter((_, at) => Math.floor(bits / 2 ** at) % 2 === 1),
    activeFrom,
    expires,
    isStopped,
    inRecovery,
    recovery: { membersHash: bytes32(membersHash), proposedAt, frozenUntil },
  };
}

/**
 * Lists the reasons why addresses cannot be members at a verifier: their number, their code, or evidence against too
 * many.
 */
export async function findUnfitMembers(target: ActTarget, members: readonly Address[]): Promise<string[]> {
  const set = { address: target.contract, abi: attesterSetAbi } as const;
  const n = members.length;
  const problems =
    n < MEMBERS.least || n > MEMBERS.most ? [`${n} members; expected ${MEMBERS.least} to ${MEMBERS.most}`] : [];
  const found = await Promise.all(
    members.map(async (member) => {
      const [code, proven] = await Promise.all([
        target.reader.getCode({ address: member }),
        target.reader.readContract({ ...set, functionName: 'proven', args: [member] }),
      ]);
      return [
        ...(code === undefined || code === '0x' ? [] : [`${member} has code; expected a key without any`]),
        ...(proven ? [`${member} has signed two heads for one count; expected a key without evidence against it`] : []),
      ];
    }),
  );
  return [...problems, ...found.flat()];
}

/** Fewest and most members of a set. @source PROTOCOL section 5 */
const MEMBERS = { least: 4, most: 31 } as const;
