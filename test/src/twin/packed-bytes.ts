/** Bytes that grow as numbers are written behind each other, highest byte first. */
export class PackedBytes {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Writes a count in 1 to 6 bytes. */
  count(value: number, bytes: number): this {
    return this.uint(BigInt(value), bytes);
  }

  /** Writes a number in so many bytes. */
  uint(value: bigint, bytes: number): this {
    this.#make(bytes);
    for (let at = this.#size + bytes - 1, rest = value; at >= this.#size; at--, rest >>= 8n) {
      this.#bytes[at] = Number(rest & 0xffn);
    }
    this.#size += bytes;
    return this;
  }

  /** Writes words of 32 bytes; a negative number as its two's complement. */
  words(...values: readonly bigint[]): this {
    this.#make(32 * values.length);
    for (const value of values) {
      for (let part = 0; part < 4; part++) {
        this.#view.setBigUint64(this.#size + 8 * part, BigInt.asUintN(64, value >> BigInt(192 - 64 * part)));
      }
      this.#size += 32;
    }
    return this;
  }

  /** Writes bytes as they are. */
  append(bytes: Uint8Array): this {
    this.#make(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
    return this;
  }

  /** Forgets what was written, and keeps the room. */
  clear(): this {
    this.#size = 0;
    return this;
  }

  /** What was written, valid until more is. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  #make(room: number): void {
    if (this.#size + room <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#size + room));
    larger.set(this.view());
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
