import type { FastifyRequest } from 'fastify';

/** Every path that is answered, with the methods it takes: what tells 405 from 404. */
const ROUTES: readonly (readonly [path: RegExp, methods: string])[] = [
  [/^\/(?:v1)?$/, 'GET'],
  [/^\/v1\/statements$/, 'POST'],
  [/^\/v1\/edges\/[^/]+\/entries$/, 'GET, POST'],
  [
    /^\/v1\/(?:accounts|edges|status|chains|witnesses|markets|auctions|events|solvency(?:\/proof)?|quote\/(?:release|lock))$/,
    'GET',
  ],
  [/^\/v1\/(?:assets|parameters|prices|terms|attesters|contracts|risk(?:\/ladder)?|contradictions)$/, 'GET'],
  [/^\/v1\/edges\/[^/]+\/(?:statements|payments)$/, 'GET'],
  [/^\/v1\/sources\/[^/]+\/(?:parked|orphans)$/, 'GET'],
  [/^\/v1\/accounts\/[^/]+(?:\/(?:margin|proof|protocols|history|health|what-if))?$/, 'GET'],
  [/^\/v1\/(?:entries|explain|markets|auctions)\/[^/]+$/, 'GET'],
  [/^\/v1\/trees(?:\/[^/]+){3}$/, 'GET'],
  [
    /^\/(?:health\/live|health\/ready|metrics|docs|openapi\.json|docs\/(?:start\.js|swagger-ui(?:\.css|-bundle\.js)))$/,
    'GET',
  ],
  [/^\/ui(?:\/.*)?$/, 'GET'],
];

/** Returns the methods of a path, undefined if nothing is there. */
export function methodsOf(path: string): string | undefined {
  return ROUTES.find(([pattern]) => pattern.test(path))?.[1];
}

/**
 * Returns the path that a request is answered by, as it is declared, or its own where nothing answers. The router takes many spellings of one
 * path: encoded letters, or a whole address.
 */
export function routeOf({ routeOptions, url }: FastifyRequest): string {
  return routeOptions.url ?? url.split('?', 1)[0] ?? url;
}
