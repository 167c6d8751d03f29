export * from './agreeing-reader.js';
export * from './drift/diff-witnesses.js';
export * from './open-comparers.js';
export * from './read-heads.js';
export * from './sources-of.js';
export * from './witness-spec.js';
export * from './vaa-source.js';
export * from './witness-ports.js';
