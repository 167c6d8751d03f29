import { ledgerLensAbi } from '@surety/contracts';
import { type Address, type Bytes32, address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { readShownPositions } from '../reports/live-account.js';
import type { HeldPosition } from '../reports/live-account.js';

/** A protocol of an account: what it requires and would have a taker assume, and what it shows. WAD. @source ILedgerLens.sol */
export interface AccountProtocol {
  readonly protocol: Address;
  readonly answered: boolean;
  readonly initialWad: bigint;
  readonly maintenanceWad: bigint;
  readonly positionNonce: bigint;
  readonly claims: boolean;
  readonly burdenWad: bigint;
  /** Undefined if it shows no positions. */
  readonly shown: { readonly cashWad: bigint; readonly positions: readonly HeldPosition[] } | undefined;
}

/** Protocols of an account at one block, and its net liquidation value: lines at the mark less burdens, WAD. */
export interface AccountProtocols {
  readonly netWad: bigint;
  readonly linesWad: bigint;
  readonly burdensWad: bigint;
  readonly protocols: readonly AccountProtocol[];
}

/** Reads what each protocol of an account requires, is owed and shows, at one block of one provider. @throws what the provider throws. */
export async function readAccountProtocols(
  reader: PublicClient,
  of: { readonly lens: Address; readonly account: Bytes32; readonly blockNumber: bigint },
): Promise<AccountProtocols> {
  const { account, blockNumber } = of;
  const view = { address: of.lens, abi: ledgerLensAbi, blockNumber } as const;
  const [[netWad, linesWad, burdensWad], requirements] = await Promise.all([
    reader.readContract({ ...view, functionName: 'netValueOf', args: [account] }),
    reader.readContract({ ...view, functionName: 'requirementsOf', args: [account] }),
  ]);
  const protocols = await Promise.all(
    requirements.map(async (required): Promise<AccountProtocol> => {
      const { answered, initialWad, maintenanceWad, positionNonce, claims, burdenWad } = required;
      const protocol = address(required.protocol.toLowerCase());
      const shown = await readShownPositions({ protocol, account }, { reader, blockNumber });
      return { protocol, answered, initialWad, maintenanceWad, positionNonce, claims, burdenWad, shown };
    }),
  );
  return { netWad, linesWad, burdensWad, protocols };
}
