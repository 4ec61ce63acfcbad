/**
 * Parameters of a strategy: declared once with a default and a range, checked when given, typed when read.
 *
 *     static params = { fast: integer(10, { min: 1 }), range: choice('4H_5M', ['4H_5M', '15M_1M']) }
 */
import { didYouMean, InputError } from '../kernel/input-error.ts';

export interface NumberSpec {
  readonly kind: 'number' | 'integer';
  readonly default: number;
  readonly min: number;
  readonly max: number;
}
export interface ChoiceSpec<T extends string = string> {
  readonly kind: 'choice';
  readonly default: T;
  readonly choices: readonly T[];
}
export interface BooleanSpec {
  readonly kind: 'boolean';
  readonly default: boolean;
}
export type ParamSpec = NumberSpec | ChoiceSpec | BooleanSpec;
export type ParamSpecs = Readonly<Record<string, ParamSpec>>;
export type ParamValue = number | string | boolean;

export type ParamValues<Specs extends ParamSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends ChoiceSpec<infer T>
    ? T
    : Specs[Name] extends BooleanSpec
      ? boolean
      : number;
};

interface Range {
  readonly min?: number;
  readonly max?: number;
}

export function number(value: number, { min = -Infinity, max = Infinity }: Range = {}): NumberSpec {
  return { kind: 'number', default: value, min, max };
}

export function integer(value: number, { min = -Infinity, max = Infinity }: Range = {}): NumberSpec {
  return { kind: 'integer', default: value, min, max };
}

export function choice<const T extends string>(value: NoInfer<T>, choices: readonly T[]): ChoiceSpec<T> {
  return { kind: 'choice', default: value, choices };
}

export function boolean(value: boolean): BooleanSpec {
  return { kind: 'boolean', default: value };
}

/** The values for a run: what was given, checked, and defaults for the rest. Throws InputError. */
export function resolveParams(
  specs: ParamSpecs,
  given: Readonly<Record<string, ParamValue>>,
): Record<string, ParamValue> {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(specs, name)) continue;
    const names = Object.keys(specs);
    const known = names.length === 0 ? 'it declares none' : `it has ${names.join(', ')}`;
    throw new InputError(`the strategy has no parameter "${name}"${didYouMean(name, names)}; ${known}`);
  }
  const values: Record<string, ParamValue> = {};
  for (const [name, spec] of Object.entries(specs))
    values[name] = check(name, spec, given[name] ?? spec.default);
  return values;
}

function check(name: string, spec: ParamSpec, value: ParamValue): ParamValue {
  switch (spec.kind) {
    case 'choice':
      if (typeof value === 'string' && spec.choices.includes(value)) return value;
      throw new InputError(
        `parameter ${name}: "${value}" is none of ${spec.choices.join(', ')}${didYouMean(String(value), spec.choices)}`,
      );
    case 'boolean':
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      throw new InputError(`parameter ${name}: "${value}" is neither true nor false`);
    default:
      return checkNumber(name, spec, value);
  }
}

function checkNumber(name: string, spec: NumberSpec, value: ParamValue): number {
  const { kind, min, max } = spec;
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof read !== 'number' || !Number.isFinite(read))
    throw new InputError(`parameter ${name}: "${value}" is not a number`);
  if (kind === 'integer' && !Number.isInteger(read))
    throw new InputError(`parameter ${name}: ${value} is not a whole number`);
  if (read < min) throw new InputError(`parameter ${name}: ${value} is below its minimum ${min}`);
  if (read > max) throw new InputError(`parameter ${name}: ${value} is above its maximum ${max}`);
  return read;
}
