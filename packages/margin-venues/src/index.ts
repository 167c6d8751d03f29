export * from './eval/evaluate-batch.js';
