import type { MarginReport } from '@surety/contracts';
import { type Address, type ChainId, type Halt, type Hex, type StatementDomain, chainId } from '@surety/domain';
import { type HttpOptions, createHttpJson } from './http-json.js';
import {
  type Reader,
  badAnswer,
  hex,
  hexAddress,
  list,
  natural,
  record,
  text,
  unsigned,
  unsignedNumber,
  word,
} from './reader.js';

/** A halt with one member's signature, as its watcher serves it. */
export interface SignedHaltView {
  readonly halt: Halt;
  /** The verifier that it is for. */
  readonly domain: StatementDomain & { readonly chainId: ChainId };
  readonly signer: Address;
  /** 65 bytes. */
  readonly signature: Hex;
  /** What the watcher saw; unsigned. */
  readonly reason: string;
}

/** Answer of a watcher's `GET /v1/halts`. */
export interface HaltsAnswer {
  readonly halts: readonly SignedHaltView[];
}

/** A margin report with one member's signature, as its watcher serves it. */
export interface SignedReportView {
  readonly report: MarginReport;
  /** The verifier that it is for. */
  readonly verifier: Address;
  /** 65 bytes. */
  readonly signature: Hex;
}

/** Answer of a watcher's `GET /v1/reports`. */
export interface ReportsAnswer {
  readonly reports: readonly SignedReportView[];
}

/** One watcher, as relayers ask it. Nothing it gives is trusted: signers are recovered. */
export interface WatcherClient {
  /** Safe to print. */
  readonly origin: string;
  /** Halts that it has signed and whose cause stands; none while all is well. @throws as `HttpJson.read`. */
  readHalts(signal?: AbortSignal): Promise<readonly SignedHaltView[]>;
  /** Margin reports that it signed and that count still, none if it makes none. @throws as `HttpJson.read`. */
  readReports(signal?: AbortSignal): Promise<readonly SignedReportView[]>;
}

/** A watcher signs for two edges of each vault: far above that is no answer. */
const HALTS_MAX = 4_096;

const signature: Reader<Hex> = (value, path) => {
  const bytes = hex(value, path);
  if (bytes.length !== 2 + 2 * 65) throw badAnswer(path, value, 'a signature of 65 bytes');
  return bytes;
};

const readHaltsAnswer: Reader<HaltsAnswer> = record<HaltsAnswer>({
  halts: list(
    record<SignedHaltView>({
      halt: record<Halt>({ edge: word, nonce: unsigned(64), epoch: unsignedNumber(32) }),
      domain: record<SignedHaltView['domain']>({
        chainId: (value, path) => chainId(natural(value, path)),
        verifyingContract: hexAddress,
      }),
      signer: hexAddress,
      signature,
      reason: text,
    }),
  ),
});

const readReportsAnswer: Reader<ReportsAnswer> = record<ReportsAnswer>({
  reports: list(
    record<SignedReportView>({
      report: record<SignedReportView['report']>({
        reports: hexAddress,
        protocol: hexAddress,
        account: word,
        positionNonce: unsigned(64),
        blockNumber: unsigned(64),
        blockHash: word,
        asOf: unsigned(64),
        inputsHash: word,
        parameterVersion: word,
        initialWad: unsigned(128),
        maintenanceWad: unsigned(128),
        expiry: unsigned(64),
        epoch: unsignedNumber(32),
      }),
      verifier: hexAddress,
      signature,
    }),
  ),
});

/** Builds a client of one watcher. @throws BAD_URL unless the address is http or https without credentials. */
export function createWatcherClient(options: HttpOptions): WatcherClient {
  const http = createHttpJson(options);
  return {
    origin: http.origin,
    async readHalts(signal) {
      const { halts } = await http.read({ method: 'GET', path: '/v1/halts', signal }, readHaltsAnswer);
      return halts.slice(0, HALTS_MAX);
    },
    async readReports(signal) {
      const { reports } = await http.read({ method: 'GET', path: '/v1/reports', signal }, readReportsAnswer);
      return reports;
    },
  };
}
