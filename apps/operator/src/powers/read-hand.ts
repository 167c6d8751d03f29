import {
  SLOW_ACTS,
  isCodeOf,
  roleHolderAbi,
  roleHolderCode,
  suretyTimelockAbi,
  suretyTimelockCode,
} from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import { type PublicClient, hexToString, toFunctionSelector } from 'viem';
import type { Hand } from './power-facts.js';

const ANY_TARGET: Address = address(`0x${'00'.repeat(20)}`);

/** Identifies an address by its code, and reads the contract's holders. */
export async function readHand(reader: PublicClient, at: Address): Promise<Hand> {
  const code = (await reader.getCode({ address: at })) ?? '0x';
  if (code === '0x') return { kind: 'key', at };
  if (isCodeOf(code, suretyTimelockCode)) return readTimelock(reader, at);
  if (isCodeOf(code, roleHolderCode)) return readRoleHolder(reader, at);
  return { kind: 'contract', at };
}

async function readTimelock(reader: PublicClient, at: Address): Promise<Hand> {
  const contract = { address: at, abi: suretyTimelockAbi } as const;
  const membersOf = async (name: 'PROPOSER_ROLE' | 'CANCELLER_ROLE' | 'EXECUTOR_ROLE'): Promise<Address[]> => {
    const args = [await reader.readContract({ ...contract, functionName: name })] as const;
    return (await reader.readContract({ ...contract, functionName: 'getRoleMembers', args })).map(address);
  };
  const [delay, guardian, proposers, cancellers, executors, ids] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'getMinDelay' }),
    reader.readContract({ ...contract, functionName: 'guardian' }),
    membersOf('PROPOSER_ROLE'),
    membersOf('CANCELLER_ROLE'),
    membersOf('EXECUTOR_ROLE'),
    reader.readContract({ ...contract, functionName: 'pendingOperations' }),
  ]);
  const slow = await Promise.all(
    SLOW_ACTS.map((act) =>
      reader.readContract({ ...contract, functionName: 'isSlow', args: [ANY_TARGET, toFunctionSelector(act)] }),
    ),
  );
  const pending = await Promise.all(
    ids.map(async (id) => ({
      id,
      readyAt: Number(await reader.readContract({ ...contract, functionName: 'getTimestamp', args: [id] })),
      expiresAt: Number(await reader.readContract({ ...contract, functionName: 'expiryOf', args: [id] })),
    })),
  );
  return {
    kind: 'timelock',
    at,
    delayS: Number(delay),
    proposers,
    cancellers,
    executors,
    guardian: address(guardian),
    hasty: SLOW_ACTS.filter((_, index) => slow[index] !== true),
    pending,
  };
}

async function readRoleHolder(reader: PublicClient, at: Address): Promise<Hand> {
  const contract = { address: at, abi: roleHolderAbi } as const;
  const [role, holder, governor, [proposed, until, byGovernor]] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'role' }),
    reader.readContract({ ...contract, functionName: 'holder' }),
    reader.readContract({ ...contract, functionName: 'governor' }),
    reader.readContract({ ...contract, functionName: 'proposal' }),
  ]);
  return {
    kind: 'role-holder',
    at,
    role: hexToString(role, { size: 32 }),
    holder: address(holder),
    governor: address(governor),
    ...(until === 0n ? {} : { proposal: { to: address(proposed), until: Number(until), byGovernor } }),
  };
}
