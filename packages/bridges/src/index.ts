export type { BridgeReads, BridgesErrorCode } from './bridge-reads.js';
export * from './create-head-confirmer.js';
export * from './create-head-publisher.js';
export * from './deliver-vaas.js';
export * from './diff-witnesses.js';
export * from './read-heads.js';
export * from './vaa-source.js';
export * from './witness-spec.js';
export type { WitnessedEdge } from './witnessed-edge.js';
