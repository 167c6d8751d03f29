import type { OriginChainReader } from '@surety/chain';
import type { AggregatorConfig } from '@surety/config';
import { type Clock, DriftBoard, type KnownEdge, type Observer } from '@surety/workflows';
import { Global, Module } from '@nestjs/common';
import { protocolReader } from '../accounts/protocol-reader.js';
import { auctionReader } from '../auctions/auction-reader.js';
import { BackgroundLoops } from '../background-loops.js';
import { marketReader } from '../markets/market-reader.js';
import { solvencyProver } from '../proofs/solvency-prover.js';
import type { ListedChains } from '../status/chain-views.js';
import { TOKENS } from '../tokens.js';
import { witnessReader } from '../witnesses/witness-reader.js';
import type { DriftSource } from '../witnesses/witnesses-module.js';
import {
  driftSource,
  knownEdges,
  ledgerAsker,
  ledgerSource,
  localSources,
  openChains,
  vaultSources,
} from './configured-chains.js';

type Chains = ReadonlyMap<number, OriginChainReader>;

const PROVIDERS = [
  { provide: TOKENS.knownEdges, useFactory: knownEdges, inject: [TOKENS.config] },
  {
    provide: TOKENS.chains,
    useFactory: (config: AggregatorConfig, clock: Clock, observer: Observer) => openChains(config, { clock, observer }),
    // Readers keep records in the folder: it is held first.
    inject: [TOKENS.config, TOKENS.clock, TOKENS.observer, TOKENS.stateHold],
  },
  {
    provide: TOKENS.providerChecks,
    useFactory: (chains: Chains) =>
      new BackgroundLoops((signal) => [...chains.values()].map((chain) => chain.checkProviders(signal))),
    inject: [TOKENS.chains],
  },
  {
    provide: TOKENS.listedChains,
    useFactory: ({ network, settlement: { chainId } }: AggregatorConfig, chains: Chains): ListedChains => ({
      network,
      settlementChainId: chainId,
      settlement: chains.get(chainId),
    }),
    inject: [TOKENS.config, TOKENS.chains],
  },
  {
    provide: TOKENS.ledgerSource,
    useFactory: ledgerSource,
    inject: [TOKENS.config, TOKENS.knownEdges, TOKENS.chains, TOKENS.observer],
  },
  {
    provide: TOKENS.vaultSources,
    useFactory: vaultSources,
    inject: [TOKENS.config, TOKENS.knownEdges, TOKENS.chains],
  },
  {
    provide: TOKENS.localSources,
    useFactory: localSources,
    inject: [TOKENS.config, TOKENS.knownEdges, TOKENS.chains, TOKENS.observer],
  },
  { provide: TOKENS.driftSource, useFactory: driftSource, inject: [TOKENS.config, TOKENS.clock] },
  {
    provide: DriftBoard,
    useFactory: ({ comparers }: DriftSource) => new DriftBoard(comparers),
    inject: [TOKENS.driftSource],
  },
  {
    provide: TOKENS.readEdges,
    useFactory: (config: AggregatorConfig, board: DriftBoard, clock: Clock, edges: readonly KnownEdge[]) =>
      witnessReader(config, { board, clock, edges }),
    inject: [TOKENS.config, DriftBoard, TOKENS.clock, TOKENS.knownEdges],
  },
  { provide: TOKENS.ledgerAsker, useFactory: ledgerAsker, inject: [TOKENS.config, TOKENS.chains] },
  { provide: TOKENS.proveSolvency, useFactory: solvencyProver, inject: [TOKENS.config, TOKENS.chains] },
  { provide: TOKENS.readMarkets, useFactory: marketReader, inject: [TOKENS.config, TOKENS.clock] },
  { provide: TOKENS.readProtocols, useFactory: protocolReader, inject: [TOKENS.config, TOKENS.clock] },
  { provide: TOKENS.readAuctions, useFactory: auctionReader, inject: [TOKENS.config, TOKENS.clock] },
];

/** The chains as configured: their readers, the contracts on them, and the witnesses between them. */
@Global()
@Module({ providers: PROVIDERS, exports: PROVIDERS.map(({ provide }) => provide) })
export class ChainsModule {}
