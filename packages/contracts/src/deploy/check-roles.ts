import type { Address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { roleHolderAbi, suretyTimelockAbi } from '../generated/index.js';
import type { DeploymentCheck } from './deployment-check.js';
import type { RoleRequest } from './chain-request.js';
import type { PlacedRoles } from './place-roles.js';

/** Compares a chain's roles with the plan: delay, proposers, cancellers and each present holder. */
export async function checkRoles(
  reader: PublicClient,
  place: {
    readonly name: string;
    readonly placed: PlacedRoles;
    readonly wanted: RoleRequest & { readonly riskAdmin?: Address };
  },
  check: DeploymentCheck,
): Promise<void> {
  const { name, placed, wanted } = place;
  const { timelock } = placed;
  if (timelock === undefined) return;
  const contract = { address: timelock.at, abi: suretyTimelockAbi } as const;
  const delay = await reader.readContract({ ...contract, functionName: 'getMinDelay' });
  check.equal(`timelock of ${name}: delay`, delay, timelock.delayS);
  await check.views(`timelock of ${name}: `, { ...contract, reader }, { guardian: placed.guardian });
  for (const [role, expected] of [
    ['PROPOSER_ROLE', timelock.proposer],
    ['CANCELLER_ROLE', placed.guardian],
  ] as const) {
    const args = [await reader.readContract({ ...contract, functionName: role })] as const;
    const members = await reader.readContract({ ...contract, functionName: 'getRoleMembers', args });
    check.equal(`timelock of ${name}: ${role}`, members, [expected]);
  }
  for (const role of ['guardian', 'pauser', 'riskAdmin'] as const) {
    const at = placed[role];
    if (at === undefined) continue;
    await check.views(`${role} of ${name}: `, { reader, address: at, abi: roleHolderAbi }, { holder: wanted[role] });
  }
}
