import { attesterSetAbi } from '@surety/contracts';
import { type Address, type Hex, address } from '@surety/domain';
import { type Verifier, membersOfBits } from '@surety/workflows';
import type { ChainReads } from './chain-reads.js';
import { transactionError } from './errors.js';
import { askViews } from './read-views.js';

/** The immutable part of an epoch. */
interface FixedEpoch {
  readonly members: readonly Address[];
  readonly quorum: number;
}

/**
 * Creates the port through which a relayer reads a verifier's suspended members. It trusts a single provider: a lie
 * delays a batch, or makes it fail in simulation.
 */
export function createVerifier(options: {
  readonly reads: Pick<ChainReads, 'call'>;
  readonly attesterSet: Address;
}): Verifier {
  const fixed = new Map<number, FixedEpoch>();
  return {
    async readSuspended(epoch, signal) {
      const bits = Number((await callView(options, 'suspended', epoch, signal)) ?? 0);
      if (bits === 0) return undefined;
      const known = fixed.get(epoch) ?? (await readFixed(options, epoch, signal));
      if (known === undefined) return undefined;
      fixed.set(epoch, known);
      return { quorum: known.quorum, suspended: membersOfBits(known.members, bits) };
    },
  };
}

type Options = Parameters<typeof createVerifier>[0];

async function readFixed(options: Options, epoch: number, signal?: AbortSignal): Promise<FixedEpoch | undefined> {
  const members = await callView(options, 'members', epoch, signal);
  const quorum = await callView(options, 'k', epoch, signal);
  if (members === undefined || quorum === undefined) return undefined;
  return { members: (members as readonly Hex[]).map(address), quorum: Number(quorum) };
}

/** Reads a view about an epoch; undefined if it reverts, as it does for an unknown epoch. */
async function callView(
  { reads, attesterSet: to }: Options,
  name: 'suspended' | 'members' | 'k',
  epoch: number,
  signal?: AbortSignal,
): Promise<unknown> {
  const answer = await askViews({ reads, to, abi: attesterSetAbi })(name, [epoch], 'latest', signal);
  if (answer.kind === 'reverted') return undefined;
  if (answer.kind === 'value') return answer.value;
  if (answer.kind === 'misshapen') throw answer.error;
  throw transactionError(
    'NO_VERIFIER',
    `${name}(${epoch}) of ${to} gave no code; expected an attester set; check attesterSet in chains.config.json`,
    { attester_set: to },
  );
}
