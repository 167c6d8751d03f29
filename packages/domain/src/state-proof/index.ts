export * from './account-proof.js';
export * from './proof-error.js';
export * from './rlp.js';
export * from './trie-proof.js';
