import { type SignedHaltView, type SignedReportView, haltsAnswer, reportsAnswer } from '@surety/api';
import { readAnswer } from './bad-answer.js';
import { type HttpOptions, createHttpJson } from './http-json.js';

/** A watcher's HTTP interface for relayers. Its responses are not trusted: signers are recovered. */
export interface WatcherClient {
  /** Safe to print. */
  readonly origin: string;
  /** Returns the signed halts whose cause persists; none while all is well. @throws as `HttpJson.read`. */
  readHalts(signal?: AbortSignal): Promise<readonly SignedHaltView[]>;
  /** Returns the signed margin reports that are still valid, none if it makes none. @throws as `HttpJson.read`. */
  readReports(signal?: AbortSignal): Promise<readonly SignedReportView[]>;
}

/** A watcher signs for two edges of each vault; a response with more than this is invalid. */
const HALTS_MAX = 4_096;

/** Reads a saved answer of `GET /v1/halts`. @throws BAD_ANSWER naming the first place that does not fit. */
export function parseHalts(json: unknown): readonly SignedHaltView[] {
  return readAnswer(haltsAnswer, json).halts.slice(0, HALTS_MAX);
}

/** Creates a client of one watcher. @throws BAD_URL unless the address is http or https without credentials. */
export function createWatcherClient(options: HttpOptions): WatcherClient {
  const http = createHttpJson(options);
  return {
    origin: http.origin,
    async readHalts(signal) {
      const { halts } = await http.read('/v1/halts', haltsAnswer, signal);
      return halts.slice(0, HALTS_MAX);
    },
    async readReports(signal) {
      const { reports } = await http.read('/v1/reports', reportsAnswer, signal);
      return reports;
    },
  };
}
