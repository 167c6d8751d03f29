export * from './load-secp256k1.js';
export * from './recover-signer.js';
