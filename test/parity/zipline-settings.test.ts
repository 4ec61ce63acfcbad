/** How the rules of a run are said in zipline's terms, and what is said to settings that are wrong. */
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_RULES,
  NO_COMMISSION,
  NO_LIMITS,
  NO_SLIPPAGE,
  REG_T,
  type Rules,
} from '../../src/broker/policies.ts';
import { settingsFrom, type ZiplineSettings } from '../../src/broker/presets/zipline.ts';

describe('settings from the rules of a run', () => {
  const from = (rules: Partial<Rules>): ZiplineSettings =>
    settingsFrom({ ...DEFAULT_RULES, fills: { preset: 'zipline', settings: {} }, ...rules });
  const fees = (parts: Partial<typeof NO_COMMISSION>) => from({ commission: { ...NO_COMMISSION, ...parts } });
  const slip = (parts: Partial<typeof NO_SLIPPAGE>, maxVolume: number | null = null) =>
    from({ slippage: { ...NO_SLIPPAGE, ...parts }, maxVolume });

  test('are those that say the same', () => {
    expect(from({})).toEqual({
      cash: 100_000,
      slippage: { kind: 'none' },
      commission: { kind: 'none' },
      cancelPolicy: 'never',
    });
    expect(fees({ rate: 0.001 }).commission).toEqual({ kind: 'perDollar', rate: 0.001 });
    expect(fees({ perShare: 0.01, minimum: 1 }).commission).toEqual({
      kind: 'perShare',
      cost: 0.01,
      minimum: 1,
    });
    expect(fees({ perOrder: 2 }).commission).toEqual({ kind: 'perTrade', cost: 2 });
    expect(slip({ bps: 5 }, 0.1).slippage).toEqual({ kind: 'fixedBasisPoints', bps: 5, volumeLimit: 0.1 });
    expect(slip({ price: 0.05 }).slippage).toEqual({ kind: 'fixed', spread: 0.1 });
    expect(slip({}, 0.2).slippage).toEqual({ kind: 'fixedBasisPoints', bps: 0, volumeLimit: 0.2 });
    expect(from({ account: { kind: 'leverage', leverage: 4 } }).commission).toEqual({ kind: 'none' });
  });

  test.each<readonly [string, () => unknown]>([
    ['no maximum', () => fees({ rate: 0.001, maximum: 5 })],
    ['no sum of them', () => fees({ rate: 0.001, perOrder: 1 })],
    ['a minimum of a commission by share alone', () => fees({ rate: 0.001, minimum: 1 })],
    ['add a cap (its own default is 0.1)', () => slip({ bps: 5 })],
    ['not by both', () => slip({ bps: 5, price: 1 })],
    ['fills whole orders where it slips by a price', () => slip({ price: 1 }, 0.1)],
    ['one spread for all symbols', () => slip({ spreads: 0.5 })],
    ['checks no margin', () => from({ account: REG_T })],
    ['leave out positions', () => from({ limits: { ...NO_LIMITS, positions: 3 } })],
    ['no costs by symbol', () => from({ costs: { A: { commission: NO_COMMISSION } } })],
    ['looks at closes alone', () => from({ intrabar: 'path' })],
    ['a close that touches it', () => from({ limitTouch: 'through' })],
  ])('or an error: %s', (message, read) => {
    expect(read).toThrow(message);
  });

  test.each<readonly [string, object]>([
    ['no setting "slipage" (did you mean "slippage"?)', { slipage: { kind: 'none' } }],
    ['starts with the cash of the run, 100000', { cash: 5 }],
    ['cancelPolicy never or endOfDay', { cancelPolicy: 'eod' }],
    ['not "fixd" (did you mean "fixed"?)', { slippage: { kind: 'fixd', spread: 1 } }],
    ['a number above 0, was 0', { slippage: { kind: 'volumeShare', volumeLimit: 0, priceImpact: 1 } }],
    ['a number from 0, was undefined', { commission: { kind: 'perShare', cost: 1 } }],
    ['no "rate" in a commission of kind perTrade', { commission: { kind: 'perTrade', cost: 1, rate: 1 } }],
    ['not "undefined"', { commission: null }],
  ])('given, must be right: %s', (message, settings) => {
    expect(() => from({ fills: { preset: 'zipline', settings } })).toThrow(message);
  });
});
