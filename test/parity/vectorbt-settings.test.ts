/** What the rules of vectorbt can be told, and what they refuse. */
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_RULES,
  NO_COMMISSION,
  NO_LIMITS,
  NO_SLIPPAGE,
  type Rules,
} from '../../src/broker/policies.ts';
import { settingsFrom, vectorbtBroker } from '../../src/broker/presets/vectorbt.ts';
import { type Context, OrderError } from '../../src/index.ts';
import { InputError } from '../../src/kernel/input-error.ts';
import { AT_100, tell } from './vectorbt-scene.ts';

describe('settings', () => {
  const from = (settings: object, rules: Partial<Rules> = {}) =>
    settingsFrom({ ...DEFAULT_RULES, ...rules, fills: { preset: 'vectorbt', settings } });

  test('are the run’s own rules where they are not given', () => {
    const rules: Partial<Rules> = {
      cash: 5000,
      commission: { ...NO_COMMISSION, rate: 0.001, perOrder: 1 },
      slippage: { ...NO_SLIPPAGE, bps: 20 },
    };
    expect(from({}, rules)).toMatchObject({
      initCash: 5000,
      fees: 0.001,
      fixedFees: 1,
      slippage: 0.002,
      longShort: false,
      price: 'close',
    });
    expect(from({ fees: 0.5 }, rules)).toMatchObject({ fees: 0.5, fixedFees: 1 });
    const account = { kind: 'leverage', leverage: 1 } as const;
    expect(from({}, { account })).toMatchObject({ longShort: true, lockCash: true });
  });

  test.each<[string, Partial<Rules>, RegExp]>([
    ['leverage', { account: { kind: 'leverage', leverage: 2 } }, /--account cash/],
    ['limits', { limits: { ...NO_LIMITS, positions: 3 } }, /the limit positions.*nearest/],
    ['a commission by the share', { commission: { ...NO_COMMISSION, perShare: 1 } }, /a rate of the value/],
    ['slippage in price', { slippage: { ...NO_SLIPPAGE, price: 1 } }, /basis points/],
    ['costs by symbol', { costs: { X: { commission: NO_COMMISSION } } }, /the same costs/],
    ['a cap on volume', { maxVolume: 0.1 }, /maxSize/],
    ['another intrabar policy', { intrabar: 'path' }, /pessimistic/],
    ['limits traded through', { limitTouch: 'through' }, /touch/],
  ])('cannot express %s, and say what is nearest', (_, rules, message) => {
    expect(() => from({}, rules)).toThrow(InputError);
    expect(() => from({}, rules)).toThrow(message);
  });

  test.each<[object, RegExp]>([
    [{ slipage: 0.1 }, /no setting "slipage" \(did you mean "slippage"\?\)/],
    [{ price: 'opne' }, /price of vectorbt is one of close, open, was opne \(did you mean "open"\?\)/],
    [{ fees: -1 }, /fees of vectorbt is a number from 0, was -1/],
    [{ granularity: 0 }, /granularity of vectorbt is a number above 0, or null, was 0/],
    [{ lockCash: 1 }, /lockCash of vectorbt is true or false, was 1/],
    [{ initCash: 1 }, /initCash 1 is not the run's cash of 100000/],
    [{ sizeType: 'targetPercent' }, /signals have no sizeType targetPercent/],
    [{ source: 'orders', stopLoss: 0.1 }, /no stops/],
    [{ source: 'orders', size: 5 }, /each order's own/],
    [{ stopLoss: 0.1, uponStopExit: 'reverse' }, /give it a size/],
  ])('%o are refused', (settings, message) => {
    expect(() => from(settings)).toThrow(InputError);
    expect(() => from(settings)).toThrow(message);
  });

  test('are told in the head of a report', () => {
    const settings = { stopLoss: 0.1, stopTrail: true, longShort: true, size: 20 };
    const words = vectorbtBroker.conventions({ ...DEFAULT_RULES, fills: { preset: 'vectorbt', settings } });
    expect(words.join('\n')).toMatch(
      /at its close[^]*longs and shorts[^]*20 \(amount\)[^]*trailing stop 0.1/,
    );
  });
});

describe('the desk', () => {
  test.each<[string, (ctx: Context) => unknown, RegExp]>([
    ['a limit', (ctx) => ctx.buy(1, { limit: 90 }), /no limits, stops/],
    ['a stop', (ctx) => ctx.sell(1, { stop: 90 }), /no limits, stops/],
    ['a trailing stop', (ctx) => ctx.sell(1, { trail: { offset: 1 } }), /no limits, stops/],
    ['an order on the close', (ctx) => ctx.buy(1, { onClose: true }), /orders on the close/],
    ['a bracket', (ctx) => ctx.buy(1, { bracket: { stop: { price: 90 } } }), /stopLoss and takeProfit/],
    ['a time in force', (ctx) => ctx.buy(1, { timeInForce: 'day' }), /times in force/],
    ['an order for a trade', (ctx) => ctx.sell(1, { closes: 1 }), /reduceOnly/],
    ['a limit of risk', (ctx) => ctx.buy(1, { maxOpenRiskPercent: 1 }), /open risk/],
    [
      'a reducing target',
      (ctx) => ctx.target({ quantity: 1 }, { reduceOnly: true }),
      /targets that only reduce/,
    ],
    [
      'a group',
      (ctx) => ctx.oco({ side: 'buy', quantity: 1 }, { side: 'sell', quantity: 1 }),
      /no OCO groups/,
    ],
    ['a change', (ctx) => ctx.replace(ctx.buy(1), { quantity: 2 }), /no replace/],
  ])('refuses %s', async (_, move, message) => {
    let error: unknown;
    const attempt = (ctx: Context) => {
      try {
        move(ctx);
      } catch (thrown) {
        error = thrown;
      }
    };
    await tell([AT_100], { 0: attempt });
    expect(error).toBeInstanceOf(OrderError);
    expect(String(error)).toMatch(message);
  });

  test('takes an order back that is cancelled on its own row', async () => {
    expect(await tell([AT_100], { 0: (ctx) => ctx.cancel(ctx.buy(1)) })).toEqual([
      '0.5 X cancel 1 request 1',
    ]);
  });
});
