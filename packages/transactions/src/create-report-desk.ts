import {
  attesterSetAbi,
  joinReportSignatures,
  marginReportDigest,
  marginReportsAbi,
  perpetualBookAbi,
  recoverCanonical,
} from '@surety/contracts';
import { type Address, type BlockHeight, type Hex, address } from '@surety/domain';
import type { ReportDesk, ReportPlace, ReportWords, StoredReport, TransactionSender } from '@surety/workflows';
import { membersOfBits } from '@surety/workflows';
import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem';
import type { ChainReads } from './chain-reads.js';
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
      const at = { reads, to: verifier, abi: attesterSetAbi as Abi };
      const members = (await view<readonly Hex[]>(at, { name: 'members', args: [epoch] }, signal))?.map(address);
      const quorum = await view<number>(at, { name: 'k', args: [epoch] }, signal);
      const bits = await view<number>(at, { name: 'suspended', args: [epoch] }, signal);
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
export function submitCalldata(report: ReportWords, signatures: Hex): Hex {
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
  { reports, protocol, account }: Pick<ReportWords, 'reports' | 'protocol' | 'account'>,
  signal?: AbortSignal,
): Promise<ReportPlace> {
  const { height, timestamp } = await reads.readHead('latest', signal);
  const ofProtocol = { reads, to: protocol, abi: perpetualBookAbi as Abi, height };
  const ofReports = { reads, to: reports, abi: marginReportsAbi as Abi, height };
  const taker = await view<Hex>(ofProtocol, { name: 'reports', args: [] }, signal);
  const position = await view<readonly [bigint]>(ofProtocol, { name: 'positionsOf', args: [account] }, signal);
  const countsFrom = await view<bigint>(ofProtocol, { name: 'countsFrom', args: [account] }, signal);
  const verifier = await view<Hex>(ofReports, { name: 'attesterSet', args: [] }, signal);
  const stored = await view<DecodedReport>(ofReports, { name: 'reportOf', args: [protocol, account] }, signal);
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

/** viem decodes 40-bit times as numbers. */
type DecodedReport = Omit<StoredReport, 'asOf' | 'expiry'> & Readonly<Record<'asOf' | 'expiry', number>>;

const NEVER: StoredReport = {
  initialWad: 0n,
  maintenanceWad: 0n,
  positionNonce: 0n,
  blockNumber: 0n,
  asOf: 0n,
  expiry: 0n,
};

interface Viewed {
  readonly reads: Pick<ChainReads, 'call'>;
  readonly to: Address;
  readonly abi: Abi;
  readonly height?: BlockHeight;
}

/** Reads a view; undefined if it reverts, returns another shape, or the address has no code. */
async function view<Value>(
  { reads, to, abi, height }: Viewed,
  { name, args }: { readonly name: string; readonly args: readonly unknown[] },
  signal?: AbortSignal,
): Promise<Value | undefined> {
  const calldata = encodeFunctionData({ abi, functionName: name, args });
  const answer = await reads.call({ to, calldata }, height ?? 'latest', signal);
  if (answer.kind === 'reverted' || answer.bytes === '0x') return undefined;
  try {
    return decodeFunctionResult({ abi, functionName: name, data: answer.bytes }) as Value;
  } catch {
    // A contract with a different view of this name does not take reports.
    return undefined;
  }
}
