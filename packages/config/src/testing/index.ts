export * from './development-network.js';
