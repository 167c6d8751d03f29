import { readFileSync } from 'node:fs';
import { OptedInAccounts, type OwnMarkets, openReportChains, parseMarkets, prepareReport } from '@surety/chain';
import type { ReportSettings, WatcherConfig } from '@surety/config';
import { AppError, mulDivUp } from '@surety/domain';
import {
  type Attester,
  type Clock,
  type MadeReport,
  type MakeReportsDeps,
  type Observer,
  type ReportMaker,
  ReportShelf,
  type ReportTrouble,
  makeReports,
} from '@surety/workflows';
import type { ConfiguredChain } from './origin-chain-of.js';
import type { ChainWatch } from './watch-chain.js';

/** Finality steps that a chain with a finalized tag is behind: two epochs. */
const FINALITY_STEPS = 2;

/** Most seconds that a report's end counts for finality. @source MarginReports.sol, FINALITY_MAX */
const FINALITY_MAX_S = 1_800n;

/** Everything that making reports needs. */
export interface WatchReportsOptions {
  readonly config: WatcherConfig;
  readonly settings: ReportSettings;
  /** The settlement chain. */
  readonly settlement: ChainWatch;
  readonly attester: Attester;
  readonly refusal: MakeReportsDeps['refusal'];
  readonly clock: Clock;
  readonly observer: Observer;
}

/** Reports under way. */
export interface ReportWatch {
  /** Answer of `GET /v1/reports`: each report with this key's signature. */
  signed(): object;
  /** Answer of `GET /v1/report-inputs`: the newest of each account, as files that `surety margin verify` and `submit` take. */
  files(): object;
  troubles(): readonly ReportTrouble[];
  /** Resolves once the loop has ended after the signal. */
  readonly done: Promise<void>;
}

/** Refuses a markets file that cannot be read, before anything is opened. @throws CONFIG_INVALID. */
export function requireMarkets({ marketsFile }: ReportSettings): void {
  readMarkets(marketsFile);
}

/** Starts making and signing reports. */
export function watchReports(options: WatchReportsOptions, signal: AbortSignal): ReportWatch {
  const { settings, settlement, refusal, clock, observer } = options;
  const shelf = new ReportShelf();
  // The first pass walks over the opt-ins of years; a failure on the way takes this one's place.
  let troubles: readonly ReportTrouble[] = [
    {
      code: 'SYNCING',
      detail: `the opt-ins are read from block ${options.config.settlement.fromBlock} on; no account is reported before`,
    },
  ];
  const done = makeReports(
    {
      protocols: settings.protocols,
      everyBlocks: everyBlocksOf(settlement.config, settings.intervalS),
      maker: reportMakerOf(options),
      shelf,
      refusal,
      clock,
      observer,
      onTroubles: (next) => void (troubles = next),
    },
    signal,
  );
  return {
    signed: () => ({ reports: shelf.list().map(({ inputs: _inputs, ...one }) => one) }),
    files: () => ({ files: shelf.listNewest().map(fileOf) }),
    troubles: () => troubles,
    done,
  };
}

/** A report as `surety margin report` writes one that has a single signature. */
function fileOf({ report, verifier, signer, signature, inputs }: MadeReport): object {
  return { verifier, inputs, report, signatures: [{ signer, signature }] };
}

/** Blocks between two reports: whole frames, so that each is near the end of a step of finality. */
export function everyBlocksOf({ blockTimeMs, frameLength }: ConfiguredChain, intervalS: number): bigint {
  const frame = BigInt(frameLength);
  const blocks = mulDivUp(BigInt(intervalS) * 1_000n, 1n, BigInt(blockTimeMs));
  return mulDivUp(blocks, 1n, frame) * frame;
}

/** Seconds until a block is final by the chain's rule: the same for every watcher of one configuration. */
export function finalitySOf({ blockTimeMs, finality }: ConfiguredChain): bigint {
  const blocks = finality.rule === 'depth' ? finality.depth : FINALITY_STEPS * finality.stepBlocks;
  const seconds = mulDivUp(BigInt(blocks) * BigInt(blockTimeMs), 1n, 1_000n);
  return seconds < FINALITY_MAX_S ? seconds : FINALITY_MAX_S;
}

function reportMakerOf({ config, settings, settlement, attester, clock }: WatchReportsOptions): ReportMaker {
  const { config: chain, pooled } = settlement;
  const { logRangeMax, requestTimeoutMs, responseBytesMax } = chain.limits;
  const places = openReportChains({
    chain,
    settlement: config.settlement,
    endpoints: config.endpoints.get(chain.chainId) ?? [],
    timeoutMs: requestTimeoutMs,
    responseBytesMax,
    clock,
  });
  const opted = new OptedInAccounts({
    places,
    fromBlock: BigInt(config.settlement.fromBlock),
    logSpanMax: BigInt(logRangeMax),
    clock,
  });
  const finalityS = finalitySOf(chain);
  return {
    readFinal: async () => {
      const { height, timestamp } = await pooled.readFinalTip();
      return { height, timestamp };
    },
    readAccounts: (protocol, upTo, signal) => opted.upTo(protocol, upTo, signal),
    makeReport: async (order) => {
      const markets = readMarkets(settings.marketsFile);
      const signer = attester.address;
      const file = await prepareReport({ ...order, markets }, { places, finalityS, signer, clock });
      if (file === undefined) return undefined;
      const { report, verifier, written: inputs } = file;
      const signature = await attester.signReport(report, {
        chainId: chain.chainId,
        verifyingContract: verifier,
      } as Parameters<Attester['signReport']>[1]);
      return { report, verifier, signer, signature, inputs };
    },
  };
}

/** The file is read again for each report, so that new figures need no restart. */
function readMarkets(path: string): OwnMarkets {
  try {
    return parseMarkets(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new AppError({
      code: 'CONFIG_INVALID',
      message: `SURETY_REPORT_MARKETS_FILE: ${path} cannot be read as markets (${cause instanceof Error ? cause.message.slice(0, 200) : 'unknown'}); expected {"<underlying>":{"settlement","dailyVolume","dailyVol"}}; nothing is signed without it`,
      retryable: cause instanceof Error && 'code' in cause && cause.code === 'ENOENT',
      cause,
    });
  }
}
