import { type Address, quorumOf } from '@surety/domain';
import type { PublicClient } from 'viem';
import { attesterSetAbi } from '../generated/index.js';
import type { DeploymentCheck } from './deployment-check.js';
import type { DeploymentRequest } from './deployment-request.js';

/** Compares an attester set with the plan: its first epoch and its roles. */
export async function checkAttesterSet(
  { members, activeFrom }: DeploymentRequest['attesters'],
  reader: PublicClient,
  set: { address: Address; roles: { governor: Address; guardian: Address }; where: string },
  check: DeploymentCheck,
): Promise<void> {
  const contract = { address: set.address, abi: attesterSetAbi } as const;
  const name = `attester set of ${set.where}`;
  check.equal(
    `${name}: members`,
    await reader.readContract({ ...contract, functionName: 'members', args: [1] }),
    members,
  );
  check.equal(`${name}: newestEpoch`, await reader.readContract({ ...contract, functionName: 'newestEpoch' }), 1);
  check.equal(
    `${name}: suspended`,
    await reader.readContract({ ...contract, functionName: 'suspended', args: [1] }),
    0,
  );
  check.equal(
    `${name}: k`,
    await reader.readContract({ ...contract, functionName: 'k', args: [1] }),
    quorumOf(members.length),
  );
  check.equal(
    `${name}: activeFrom`,
    await reader.readContract({ ...contract, functionName: 'activeFrom', args: [1] }),
    activeFrom,
  );
  check.equal(
    `${name}: expires`,
    await reader.readContract({ ...contract, functionName: 'expires', args: [1] }),
    2 ** 40 - 1, // an epoch without a successor has no end
  );
  check.equal(
    `${name}: governor`,
    await reader.readContract({ ...contract, functionName: 'governor' }),
    set.roles.governor,
  );
  check.equal(
    `${name}: guardian`,
    await reader.readContract({ ...contract, functionName: 'guardian' }),
    set.roles.guardian,
  );
}
