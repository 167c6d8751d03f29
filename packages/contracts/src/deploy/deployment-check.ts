import type { Address } from '@surety/domain';
import type { Abi, ContractFunctionName, PublicClient } from 'viem';
import { formatArgs } from './format-args.js';

/** A deployed contract and the connection to its chain. */
interface ReadContract<ContractAbi extends Abi> {
  readonly reader: PublicClient;
  readonly address: Address;
  readonly abi: ContractAbi;
  /** Arguments of each view; none unless given. */
  readonly args?: readonly unknown[];
}

/** Collects differences, so that one run names them all. */
export class DeploymentCheck {
  readonly problems: string[] = [];

  /** Notes a value that differs; hex differs by value only. */
  equal(what: string, seen: unknown, expected: unknown): void {
    const [left, right] = [formatArgs(seen).toLowerCase(), formatArgs(expected).toLowerCase()];
    if (left !== right) this.problems.push(`${what} is ${left}; expected ${right}`);
  }

  /** Notes each view of a contract that answers another value than planned, as its name behind `prefix`. */
  async views<const ContractAbi extends Abi>(
    prefix: string,
    { reader, address, abi, args }: ReadContract<ContractAbi>,
    planned: Partial<Record<ContractFunctionName<ContractAbi, 'view' | 'pure'>, unknown>>,
  ): Promise<void> {
    for (const [functionName, expected] of Object.entries(planned)) {
      const view: { address: Address; abi: Abi; functionName: string } = { address, abi, functionName };
      this.equal(
        `${prefix}${functionName}`,
        await reader.readContract(args === undefined ? view : { ...view, args }),
        expected,
      );
    }
  }

  /** Notes a value that is zero. */
  nonZero(what: string, seen: number | bigint): void {
    if (BigInt(seen) === 0n) this.problems.push(`${what} is 0; expected a value above 0`);
  }
}
