export * from './diff-witnesses.js';
export * from './read-heads.js';
export * from './witness-spec.js';
export * from './vaa-source.js';
export * from './witness-ports.js';
