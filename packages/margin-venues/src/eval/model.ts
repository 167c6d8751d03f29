import { type Field, Problems, type RawObject, clip } from '@surety/margin/request-fields';

/** One output: decimal text (or a word), a list of them, or a decision. */
export type Output = string | boolean | readonly string[];

/** A model's outputs. One that the inputs did not request is undefined and omitted. */
export type Outputs = Readonly<Record<string, Output | undefined>>;

/** Members of `inputs` that may be the name of a document in the request's parameters map. */
export type Named = 'parameters' | 'portfolio';

/** A model of the engine: reads the inputs that its fields describe and computes its outputs. */
export interface Model {
  /** Inputs that may be named documents; `parameters` also takes `overrides`. */
  readonly named: readonly Named[];
  /** Answers inputs whose names and overrides are resolved. @throws MISSING_FIELD to UNDEFINED_RESULT, see errors.ts. */
  answer(inputs: RawObject): Outputs;
}

/** Models by their names in requests. */
export type ModelTable = Readonly<Record<string, Model>>;

/** Makes a model of its fields and its formula. */
export function modelOf<Inputs>(
  inputs: Field<Inputs>,
  evaluate: (inputs: Inputs) => Outputs,
  named: readonly Named[] = [],
): Model {
  return {
    named,
    answer(raw) {
      const problems = new Problems();
      const read = inputs.read(withoutOverrides(raw, named, problems), 'inputs', problems);
      problems.refuse();
      return evaluate(read);
    },
  };
}

/** Overrides that are an object were applied before; what is left of them has the wrong type. */
function withoutOverrides(raw: RawObject, named: readonly Named[], problems: Problems): RawObject {
  if (!named.includes('parameters') || !Object.hasOwn(raw, 'overrides')) return raw;
  const { overrides, ...rest } = raw;
  problems.note('INVALID_TYPE', `inputs.overrides is ${clip(overrides)}; expected an object`);
  return rest;
}
