import { readFileSync } from 'node:fs';

/** A value that must never reach a log, an error or JSON; only {@link Secret.reveal} returns it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the value itself; call it only where it is used. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/**
 * Reads a secret from a variable, or from the file that `<variable>_FILE` names; undefined where neither is set.
 * @throws the file system's error for a file that cannot be read
 */
export function readSecret(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): Secret | undefined {
  const file = environment[`${name}_FILE`];
  if (file !== undefined && file !== '') return new Secret(readFileSync(file, 'utf8').trim());
  const value = environment[name];
  return value === undefined || value === '' ? undefined : new Secret(value);
}
