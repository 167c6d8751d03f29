/** Injection is by these tokens only. */
export const TOKENS = {
  intake: Symbol('intake'),
  posts: Symbol('posts'),
  edges: Symbol('edges'),
  entries: Symbol('entries'),
  accounts: Symbol('accounts'),
  releases: Symbol('releases'),
  quotes: Symbol('quotes'),
  status: Symbol('status'),
  witnesses: Symbol('witnesses'),
  feed: Symbol('feed'),
  metrics: Symbol('metrics'),
} as const;
