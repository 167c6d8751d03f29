export type { ChoicePolicy } from './choose-publication.js';
export * from './confirm-heads.js';
export * from './publish-heads.js';
export * from './waiting-credits.js';
export * from './waiting-payments.js';
