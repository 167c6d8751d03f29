import {
  type AssetsAnswer,
  type AttestersAnswer,
  type ContradictionsAnswer,
  type EngineTermsAnswer,
  type LadderView,
  type ParametersView,
  type PricesAnswer,
  type RiskView,
  assetsAnswer,
  attestersAnswer,
  contradictionsAnswer,
  engineTermsAnswer,
  ladderView,
  parametersView,
  pricesAnswer,
  riskView,
} from '@surety/api';
import { readAnswer } from './bad-answer.js';
import { type HttpJson, failure } from './http-json.js';

/** Reads evidence that was saved. @throws BAD_ANSWER naming the first place that does not fit. */
export function parseContradictions(json: unknown): ContradictionsAnswer {
  return readAnswer(contradictionsAnswer, json);
}

/** Reads of what margins rest on. */
export interface TermsReads {
  /** Every listed asset with its weight, prices, caps and limits at one block. */
  readAssets(signal?: AbortSignal): Promise<AssetsAnswer>;
  /** The parameters that margins rest on, at one block. */
  readParameters(signal?: AbortSignal): Promise<ParametersView>;
  /** Every price that values an asset, with its age and faults, at one block. */
  readPrices(signal?: AbortSignal): Promise<PricesAnswer>;
  /** The terms that lines are weighed with at one block, as `accountMarginOf` of `@surety/margin` takes them. */
  readTerms(signal?: AbortSignal): Promise<EngineTermsAnswer>;
  /** Stress of the whole ledger under falling prices, and the largest holders of each asset. */
  readRisk(signal?: AbortSignal): Promise<RiskView>;
  /** The number of accounts with debt below each step of the health ladder, at the last prices. */
  readLadder(signal?: AbortSignal): Promise<LadderView>;
  /** Who signs for each edge, and how far each has come. */
  readAttesters(signal?: AbortSignal): Promise<AttestersAnswer>;
  /** Evidence against members, one pair of statements for each member and edge. */
  readContradictions(signal?: AbortSignal): Promise<ContradictionsAnswer>;
}

/** Returns the reads of what margins rest on. */
export function termsReads(http: HttpJson): TermsReads {
  return {
    readAssets: (signal) => http.read('/v1/assets', assetsAnswer, signal),
    readParameters: (signal) => http.read('/v1/parameters', parametersView, signal),
    readPrices: (signal) => http.read('/v1/prices', pricesAnswer, signal),
    readTerms: (signal) => http.read('/v1/terms', engineTermsAnswer, signal),
    readRisk: async (signal) => readAnswer(riskView, await readCounts(http, '/v1/risk', signal)),
    readLadder: async (signal) => readAnswer(ladderView, await readCounts(http, '/v1/risk/ladder', signal)),
    readAttesters: (signal) => http.read('/v1/attesters', attestersAnswer, signal),
    readContradictions: (signal) => http.read('/v1/contradictions', contradictionsAnswer, signal),
  };
}

/** Reads counts of accounts. An aggregator of the version before leaves nobody out, and does not say so. */
async function readCounts(http: HttpJson, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  const { status, body } = await http.exchange({ method: 'GET', path, signal });
  if (status !== 200) throw failure(status, body, http.origin);
  return typeof body === 'object' && body !== null ? { unlisted: 0, ...body } : body;
}
