export * from './keep-auctions.js';
export * from './plan-auction.js';
