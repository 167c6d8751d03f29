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
  const at = { reader, address: set.address, abi: attesterSetAbi } as const;
  const prefix = `attester set of ${set.where}: `;
  const { governor, guardian } = set.roles;
  await check.views(prefix, at, { newestEpoch: 1, governor, guardian });
  await check.views(
    prefix,
    { ...at, args: [1] },
    // An epoch without a successor has no end.
    { members, suspended: 0, k: quorumOf(members.length), activeFrom, expires: 2 ** 40 - 1 },
  );
}
