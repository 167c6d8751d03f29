// The storage of a contract as text, so that a slot that moves is seen.

/** One variable, or one member of a struct. */
interface Place {
  readonly slot: string;
  readonly offset: number;
  readonly type: string;
  readonly label: string;
}

/** Storage of a contract, as the compiler lays it out. */
export interface StorageLayout {
  readonly storage: readonly Place[];
  readonly types: Readonly<
    Record<
      string,
      {
        readonly label: string;
        readonly members?: readonly Place[];
        readonly key?: string;
        readonly value?: string;
        readonly base?: string;
      }
    >
  > | null;
}

type Places = Readonly<Record<string, string>>;

/** A layout as it is committed. */
export interface DescribedLayout {
  readonly variables: Places;
  readonly structs: Readonly<Record<string, Places>>;
}

/** Orders texts the same on every machine, whatever its language. */
export const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Turns the compiler's layout into text that does not change when only numbers of syntax nodes do. */
export function describeLayout({ storage, types }: StorageLayout): DescribedLayout {
  const placesOf = (members: readonly Place[]): Places =>
    Object.fromEntries(
      members.map(({ slot, offset, type, label }) => [
        `slot ${slot} byte ${offset}`,
        `${types?.[type]?.label} ${label}`,
      ]),
    );
  const structs = new Map<string, Places>();
  const visit = (type: string): void => {
    const described = types?.[type];
    if (described === undefined) return;
    const { label, members, key, value, base } = described;
    if (members !== undefined && !structs.has(label)) {
      structs.set(label, placesOf(members));
      for (const member of members) visit(member.type);
    }
    for (const inner of [key, value, base]) if (inner !== undefined) visit(inner);
  };
  for (const variable of storage) visit(variable.type);
  return {
    variables: placesOf(storage),
    structs: Object.fromEntries([...structs].sort(([a], [b]) => byCodePoint(a, b))),
  };
}

function linesOf(contract: string, { variables, structs }: DescribedLayout): readonly string[] {
  const lines = (prefix: string, places: Places): readonly string[] =>
    Object.entries(places).map(([place, what]) => `${prefix}: ${place}: ${what}`);
  return [
    contract,
    ...lines(contract, variables),
    ...Object.entries(structs).flatMap(([struct, members]) => lines(`${contract}: ${struct}`, members)),
  ];
}

/** Layouts by contract. */
export type Layouts = Readonly<Record<string, DescribedLayout>>;

/** Lists the lines of one side that the other lacks: `-` of the first, `+` of the second. */
export function compareLayouts(committed: Layouts, current: Layouts): readonly string[] {
  const flatten = (layouts: Layouts): readonly string[] =>
    Object.entries(layouts).flatMap(([contract, layout]) => linesOf(contract, layout));
  const [before, after] = [flatten(committed), flatten(current)];
  return [
    ...before.filter((text) => !after.includes(text)).map((text) => `- ${text}`),
    ...after.filter((text) => !before.includes(text)).map((text) => `+ ${text}`),
  ];
}
