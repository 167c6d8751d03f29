export * from './keep-vault-folded.js';
export * from './payment-rows.js';
export * from './replay-fates.js';
export * from './vault-fact.js';
export * from './vault-follower.js';
export * from './vault-glance.js';
export * from './vault-reader.js';
export * from './vault-state.js';
