/** Change of one node of a response; the numbers are taken modulo what exists. */
export interface Mutation {
  /** Index of the node in depth-first order. */
  readonly node: number;
  readonly act: number;
  readonly digit: number;
  readonly value: unknown;
}

type Container = unknown[] | Record<string, unknown>;

/** Changes one node of a JSON value: another digit, another value, or a part dropped, doubled, swapped or reversed. */
export function mutateJson(value: unknown, mutation: Mutation): unknown {
  const top = { top: value };
  const places = list(top);
  const place = places[mutation.node % places.length];
  if (place === undefined) return mutation.value;
  change(place.parent, place.key, mutation);
  return top.top;
}

function list(parent: Container): { parent: Container; key: string }[] {
  return Object.entries(parent).flatMap(([key, child]) => [
    { parent, key },
    ...(typeof child === 'object' && child !== null ? list(child as Container) : []),
  ]);
}

function change(parent: Container, key: string, { act, digit, value }: Mutation): void {
  const slots = parent as Record<string, unknown>;
  const old = slots[key];
  const acts: (() => void)[] = [() => (slots[key] = value), () => (slots[key] = null)];
  if (typeof old === 'string' && old.length > 2) {
    // Digits twice, since a changed digit is the hardest to notice.
    acts.push(
      () => (slots[key] = otherDigit(old, digit)),
      () => (slots[key] = otherDigit(old, digit)),
    );
    acts.push(() => (slots[key] = old.slice(0, -2)));
  }
  if (Array.isArray(old))
    acts.push(
      () => old.reverse(),
      () => old.push(...old),
      () => old.splice(digit % (old.length + 1), 1),
    );
  if (Array.isArray(parent))
    acts.push(
      () => parent.splice(Number(key), 1),
      () => parent.splice(Number(key), 0, old),
    );
  else
    acts.push(
      () => delete parent[key],
      () => swap(slots, key, digit),
    );
  acts[act % acts.length]?.();
}

function otherDigit(text: string, digit: number): string {
  const at = 2 + (digit % (text.length - 2));
  return `${text.slice(0, at)}${text[at] === '7' ? '8' : '7'}${text.slice(at + 1)}`;
}

function swap(slots: Record<string, unknown>, key: string, digit: number): void {
  const keys = Object.keys(slots);
  const other = keys[digit % keys.length] ?? key;
  [slots[key], slots[other]] = [slots[other], slots[key]];
}
