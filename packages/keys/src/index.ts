export * from './create-local-signer.js';
export * from './errors.js';
export * from './keystore.js';
