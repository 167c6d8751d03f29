import {
  attesterSetAbi,
  joinReportSignatures,
  marginReportDigest,
  marginReportsAbi,
  perpetualBookAbi,
  recoverCanonical,
} from '@surety/contracts';
import { type Address, type Hex, type MarginReport, address } from '@surety/domain';
import type { ReportDesk, ReportPlace, StoredReport, TransactionSender } from '@surety/workflows';
import { membersOfBits } from '@surety/workflows';
import { type Abi, encodeFunctionData } from 'viem';
import type { ChainReads } from './chain-reads.js';
import { type ViewName, askViews } from './read-views.js';
import type { Rpc } from './rpc.js';

/** Custom errors of every contract that submitting a report can revert in. */
export const REPORT_ERRORS: Abi = [...marginReportsAbi, ...attesterSetAbi].filter((item) => item.type === 'error');

/** Largest gas of one report: 31 signatures of 6,000 gas each and three storage slots stay far below. */
export const REPORT_GAS_CEILING = 1_000_000n;

/** The chain on which reports are submitted. */
export interface ReportDeskOptions {
  readonly rpc: Pick<Rpc, 'rotate'>;
  readonly reads: Pick<ChainReads, 'call' | 'readHead'>;
  readonly sender: TransactionSender;
  readonly chainId: number;
  /** The verifier named in the configuration. */
  readonly verifier: Address;
}

/** Creates the port through which a relayer submits reports. */
export function createReportDesk(options: ReportDeskOptions): ReportDesk {
  const { rpc, reads, sender, chainId, verifier } = options;
  const readPlace: ReportDesk['readPlace'] = (report, signal) => readReportPlace(reads, report, signal);
  return {
    verifier,
    recoverSigner: ({ report, signature, ...one }) =>
      recoverCanonical(marginReportDigest(report, { chainId, verifier: one.verifier }), signature),
    async readSigners(epoch, signal) {
      const view = viewsOf({ reads, to: verifier, abi: attesterSetAbi });
      const members = (await view('members', [epoch], 'latest', signal))?.map(address);
      const quorum = await view('k', [epoch], 'latest', signal);
      const bits = await view('suspended', [epoch], 'latest', signal);
      if (members === undefined || quorum === undefined || bits === undefined) return undefined;
      const suspended = membersOfBits(members, bits);
      return { quorum, usable: members.filter((member) => !suspended.includes(member)) };
    },
    readPlace,
    submit: (report, signatures, signal) =>
      sender.land(
        {
          purpose: 'report',
          priority: 'upkeep',
          to: report.reports,
          calldata: submitCalldata(report, signatures),
          gasCeiling: REPORT_GAS_CEILING,
          readEffect: async (inner) => (await readPlace(report, inner)).stored.blockNumber >= report.blockNumber,
        },
        signal,
      ),
    distrustProvider: () => rpc.rotate(),
  };
}

/** Encodes `MarginReports.submit`; `signatures` ascending by signer. */
export function submitCalldata(report: MarginReport, signatures: Hex): Hex {
  return encodeFunctionData({ abi: marginReportsAbi, functionName: 'submit', args: [report, signatures] });
}

/** Sorts signatures by signer, as the verifier requires, and keeps no more than `quorum`. */
export function quorumOfSignatures(signatures: ReadonlyMap<Address, Hex>, quorum: number): Hex {
  const listed = [...signatures].map(([signer, signature]) => ({ signer, signature }));
  return joinReportSignatures(listed.slice(0, quorum));
}

/** Reads the contracts and records that a report depends on, all at the newest block. */
export async function readReportPlace(
  reads: ReportDeskOptions['reads'],
  { reports, protocol, account }: Pick<MarginReport, 'reports' | 'protocol' | 'account'>,
  signal?: AbortSignal,
): Promise<ReportPlace> {
  const { height, timestamp } = await reads.readHead('latest', signal);
  const ofProtocol = viewsOf({ reads, to: protocol, abi: perpetualBookAbi });
  const ofReports = viewsOf({ reads, to: reports, abi: marginReportsAbi });
  const taker = await ofProtocol('reports', [], height, signal);
  const position = await ofProtocol('positionsOf', [account], height, signal);
  const countsFrom = await ofProtocol('countsFrom', [account], height, signal);
  const verifier = await ofReports('attesterSet', [], height, signal);
  const stored = await ofReports('reportOf', [protocol, account], height, signal);
  const positionNonce = position?.[0] ?? 0n;
  return {
    time: timestamp,
    taker: taker === undefined ? undefined : address(taker),
    verifier: verifier === undefined ? undefined : address(verifier),
    positionNonce,
    countsFrom: countsFrom ?? positionNonce,
    stored: stored === undefined ? NEVER : { ...stored, asOf: BigInt(stored.asOf), expiry: BigInt(stored.expiry) },
  };
}

const NEVER: StoredReport = {
  initialWad: 0n,
  maintenanceWad: 0n,
  positionNonce: 0n,
  blockNumber: 0n,
  asOf: 0n,
  expiry: 0n,
};

/** Reads views of one contract; undefined where one reverts, returns another shape, or the address has no code. */
function viewsOf<const ContractAbi extends Abi>(of: Parameters<typeof askViews<ContractAbi>>[0]) {
  const ask = askViews(of);
  return async <Name extends ViewName<ContractAbi>>(...asked: Parameters<typeof ask<Name>>) => {
    const answer = await ask(...asked);
    // A contract with a different view of this name does not take reports.
    return answer.kind === 'value' ? answer.value : undefined;
  };
}
