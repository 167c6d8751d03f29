export * from './diff-witnesses.js';
export * from './read-heads.js';
export * from './witness-spec.js';
