import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import { PortfolioStrategy } from '../../src/strategy/portfolio-strategy.ts';
import { checkStrategyClass, isPortfolioStrategy } from '../../src/strategy/strategy-class.ts';
import { Strategy } from '../../src/strategy/strategy.ts';

const check = (value: unknown, exportName = 'default') => checkStrategyClass(value, 'mine.ts', exportName);
const refusal = (value: unknown) => {
  try {
    check(value);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'not refused';
};

class Unrelated {
  onTick() {}
}
function mine() {}

describe('a strategy is recognised', () => {
  test('as a symbol or a portfolio strategy, by its brand', () => {
    class Mine extends Strategy {}
    class Pair extends PortfolioStrategy {}
    expect(isPortfolioStrategy(check(Mine))).toBe(false);
    expect(isPortfolioStrategy(check(Pair))).toBe(true);
  });

  test('with parameters, and through classes in between', () => {
    class Base extends Strategy.with({}) {}
    class Mine extends Base {
      override onTick(): void {}
    }
    expect(check(Mine)).toBe(Mine);
  });

  test('when it was made from another copy of this module', () => {
    class Foreign {
      onStart() {}
    }
    class Mine extends Foreign {}
    Object.defineProperty(Foreign, Symbol.for('lockstep.strategy'), { value: true });
    expect(check(Mine)).toBe(Mine);
  });
});

describe('refused is', () => {
  test.each([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 5, 'a number'],
    ['an object', { onTick() {} }, 'an object'],
    ['a function', () => {}, 'a function'],
    ['a function that could be one', mine, 'a function'],
    ['an instance', Object.create(class Mine extends Strategy {}.prototype), 'an instance of Mine'],
  ])('%s', (_, value, what) => {
    expect(refusal(value)).toBe(
      `mine.ts: its default export is ${what}, not a class; export the class of a strategy`,
    );
  });

  test('a class that is not ours, with the line that is missing', () => {
    expect(refusal(Unrelated)).toContain("extend Strategy: import { Strategy } from 'lockstep'");
  });
  test('a base class', () => {
    expect(refusal(Strategy)).toContain('is Strategy itself');
    expect(refusal(PortfolioStrategy)).toContain('is PortfolioStrategy itself');
  });
  test('an export, by its name', () => {
    expect(() => check(5, 'Fast')).toThrow('mine.ts: "Fast" is a number');
  });
});

describe('a hook is refused', () => {
  test('if it is async', () => {
    class Late extends Strategy {
      override async onTick() {}
    }
    expect(refusal(Late)).toContain('Late.onTick is async: a tick is synchronous. Leave "async" out');
  });
  test('if it is a generator', () => {
    class Late extends Strategy {
      override *onTick() {}
    }
    expect(refusal(Late)).toContain('Late.onTick is a generator: a tick is synchronous. Leave the "*" out');
  });
  test('if it is an async generator', () => {
    class Late extends Strategy {
      override async *onTick() {}
    }
    expect(refusal(Late)).toContain('Late.onTick is async');
  });
  test('if it is async in a class in between', () => {
    class Base extends Strategy {
      override async onEnd() {}
    }
    class Mine extends Base {}
    expect(refusal(Mine)).toContain('onEnd is async');
  });
  test('if it is static', () => {
    class Mine extends Strategy {
      static onTick() {}
    }
    expect(refusal(Mine)).toContain('Mine.onTick is static, so nobody calls it');
  });
  test('if it is an accessor', () => {
    class Mine extends Strategy {}
    Object.defineProperty(Mine.prototype, 'onTick', { get: () => () => {} });
    expect(refusal(Mine)).toContain('Mine.onTick is not a method');
  });

  test.each([
    ['onTik', ' (did you mean "onTick"?)'],
    ['onticK', ' (did you mean "onTick"?)'],
    ['on_tick', ' (did you mean "onTick"?)'],
    ['OnTick', ' (did you mean "onTick"?)'],
    ['onCandles', ' (did you mean "onCandle"?)'],
    ['onStep', ' (it is one of PortfolioStrategy)'],
    ['onSomethingElse', ''],
  ])('if nobody calls it: %s', (name, hint) => {
    class Mine extends Strategy {}
    Object.defineProperty(Mine.prototype, name, { value() {} });
    expect(refusal(Mine)).toContain(`Mine.${name} is not a hook of Strategy${hint}, so nobody calls it`);
  });

  test('if it is one of the other kind of strategy', () => {
    class Pair extends PortfolioStrategy {
      onTick() {}
    }
    expect(refusal(Pair)).toContain('not a hook of PortfolioStrategy (it is one of Strategy)');
  });

  test('but not because other words begin with the same letters', () => {
    class Mine extends Strategy {
      once() {}
      only() {}
      async load() {}
    }
    expect(check(Mine)).toBe(Mine);
  });
});
