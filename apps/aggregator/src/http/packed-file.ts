import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Option of a route whose answers are packed already. The plugin's types extend another copy of the server's. */
export const PACKED_ROUTE: object = { compress: false };

/** A file that is packed once: packing 1.4 MB takes as long as a hundred margins. Its route is a {@link PACKED_ROUTE}. */
export class PackedFile {
  readonly #load: () => Buffer | string;
  #packed: Buffer | undefined;

  constructor(load: () => Buffer | string) {
    this.#load = load;
  }

  /** Sends it packed to whoever takes gzip, and as it is to others. */
  send(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const vary = reply.getHeader('vary');
    void reply.header('vary', vary === undefined ? 'accept-encoding' : `${String(vary)}, accept-encoding`);
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding']))) return reply.send(this.#load());
    this.#packed ??= gzipSync(this.#load());
    return reply.header('content-encoding', 'gzip').send(this.#packed);
  }
}
