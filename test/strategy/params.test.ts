import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  boolean,
  choice,
  integer,
  number,
  type ParamValues,
  resolveParams,
} from '../../src/strategy/params.ts';
import { PortfolioStrategy } from '../../src/strategy/portfolio-strategy.ts';
import { Strategy } from '../../src/strategy/strategy.ts';

const SPECS = {
  size: number(1.5, { min: 0, max: 10 }),
  fast: integer(10, { min: 1 }),
  shift: number(0),
  range: choice('4H_5M', ['4H_5M', '15M_1M']),
  short: boolean(false),
};

describe('values for a run', () => {
  test('are the defaults if none are given', () => {
    expect(resolveParams(SPECS, {})).toEqual({ size: 1.5, fast: 10, shift: 0, range: '4H_5M', short: false });
  });

  test('are none for a strategy without parameters', () => {
    expect(resolveParams({}, {})).toEqual({});
  });

  test('come in the order of the declaration, whatever the order in which they are given', () => {
    expect(Object.keys(resolveParams(SPECS, { short: true, size: 1 }))).toEqual(Object.keys(SPECS));
  });

  test.each([
    ['size', 2, 2],
    ['size', '2.5', 2.5],
    ['size', ' 1e1 ', 10],
    ['size', 0, 0], // On the limit, and false as a truth value.
    ['size', 10, 10],
    ['fast', '20', 20],
    ['fast', 1, 1],
    ['shift', -1e300, -1e300],
    ['range', '15M_1M', '15M_1M'],
    ['short', true, true],
    ['short', 'true', true],
    ['short', false, false],
    ['short', 'false', false],
  ])('%s given as %j is %j', (name, given, value) => {
    expect(resolveParams(SPECS, { [name]: given })[name]).toBe(value);
  });
});

describe('refused', () => {
  test.each([
    ['size', -0.1, 'parameter size: -0.1 is below its minimum 0'],
    ['size', '10.5', 'parameter size: 10.5 is above its maximum 10'],
    ['size', 'much', 'parameter size: "much" is not a number'],
    ['size', '', 'parameter size: "" is not a number'],
    ['size', ' ', 'parameter size: " " is not a number'],
    ['size', true, 'parameter size: "true" is not a number'],
    ['size', Number.NaN, 'parameter size: "NaN" is not a number'],
    ['shift', 'Infinity', 'parameter shift: "Infinity" is not a number'],
    ['fast', 0, 'parameter fast: 0 is below its minimum 1'],
    ['fast', '1.5', 'parameter fast: 1.5 is not a whole number'],
    ['range', '4H_5N', 'parameter range: "4H_5N" is none of 4H_5M, 15M_1M (did you mean "4H_5M"?)'],
    ['range', 'weekly', 'parameter range: "weekly" is none of 4H_5M, 15M_1M'],
    ['range', true, 'parameter range: "true" is none of 4H_5M, 15M_1M'],
    ['short', 'yes', 'parameter short: "yes" is neither true nor false'],
    ['short', 1, 'parameter short: "1" is neither true nor false'],
  ])('is %s given as %j', (name, given, message) => {
    expect(() => resolveParams(SPECS, { [name]: given })).toThrow(
      expect.objectContaining({ name: 'InputError', message }),
    );
  });

  test.each([
    [
      'fats',
      'the strategy has no parameter "fats" (did you mean "fast"?); it has size, fast, shift, range, short',
    ],
    ['leverage', 'the strategy has no parameter "leverage"; it has size, fast, shift, range, short'],
    ['toString', 'the strategy has no parameter "toString"; it has size, fast, shift, range, short'],
  ])('is a name that was not declared: %s', (name, message) => {
    expect(() => resolveParams(SPECS, { [name]: 1 })).toThrow(
      expect.objectContaining({ name: 'InputError', message }),
    );
  });

  test('is any name by a strategy without parameters', () => {
    expect(() => resolveParams({}, { fast: 1 })).toThrow(
      'the strategy has no parameter "fast"; it declares none',
    );
  });

  test('is a default outside of its own range', () => {
    expect(() => resolveParams({ fast: integer(0, { min: 1 }) }, {})).toThrow('below its minimum 1');
  });
});

describe('the types of values', () => {
  test('follow from the declaration', () => {
    expectTypeOf<ParamValues<typeof SPECS>>().toEqualTypeOf<{
      readonly size: number;
      readonly fast: number;
      readonly shift: number;
      readonly range: '4H_5M' | '15M_1M';
      readonly short: boolean;
    }>();
  });

  test('are those of this.params in a strategy', () => {
    class Mine extends Strategy.with(SPECS) {}
    expectTypeOf<Mine['params']['fast']>().toEqualTypeOf<number>();
    expectTypeOf<Mine['params']['range']>().toEqualTypeOf<'4H_5M' | '15M_1M'>();
    expectTypeOf<Mine['params']>().not.toHaveProperty('slow');
    expect(Mine.params).toBe(SPECS);
  });

  test('are those of this.params in a portfolio strategy', () => {
    class Pair extends PortfolioStrategy.with({ short: boolean(true) }) {}
    expectTypeOf<Pair['params']>().toEqualTypeOf<{ readonly short: boolean }>();
    expect(Pair.params).toEqual({ short: { kind: 'boolean', default: true } });
  });

  test('leave no room for a default that is none of the choices', () => {
    // @ts-expect-error -- 'weekly' is not one of them.
    expect(choice('weekly', ['daily', 'hourly']).default).toBe('weekly');
  });
});
