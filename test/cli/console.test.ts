/** Colours, numbers and progress, as the parts that write them do it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Console, formatMoney, formatPercent, plural } from '../../src/cli/console.ts';
import { paceOf, progressOn } from '../../src/cli/progress.ts';
import { keyed, wrap } from '../../src/cli/text.ts';

describe('colours', () => {
  const isTTY = process.stdout.isTTY;
  afterEach(() => {
    process.stdout.isTTY = isTTY;
    vi.unstubAllEnvs();
  });

  it.each([
    [true, true, undefined, '\u001b[1mx\u001b[22m'],
    [false, true, undefined, 'x'],
    [true, false, undefined, 'x'],
    [true, true, '1', 'x'],
    [true, true, '', '\u001b[1mx\u001b[22m'],
  ] as const)('terminal %s, color %s, NO_COLOR %j: %j', (tty, color, noColor, expected) => {
    process.stdout.isTTY = tty;
    vi.stubEnv('NO_COLOR', noColor);
    expect(new Console({ color }).style('bold', 'x')).toBe(expected);
  });
});

describe('numbers', () => {
  it('have two decimals and no negative zero if they are money', () => {
    expect([12_345.678, -0.001, 0, -5].map(formatMoney)).toEqual(['12,345.68', '0.00', '0.00', '-5.00']);
  });

  it('are a dash where there is no whole', () => {
    expect([formatPercent(1, 3), formatPercent(0, 0), formatPercent(-1e-9, 1)]).toEqual(['33.3', '–', '0.0']);
  });

  it('go with their noun', () => {
    expect([plural(1, 'bar'), plural(2_000, 'bar')]).toEqual(['1 bar', '2,000 bars']);
  });
});

describe('progress', () => {
  function stream(isTTY: boolean): { written: string[]; stream: NodeJS.WriteStream } {
    const written: string[] = [];
    const write = (text: string): number => written.push(text);
    return { written, stream: { isTTY, columns: 20, write } as unknown as NodeJS.WriteStream };
  }

  it('writes over one line of a terminal, cut to its width, and takes it away', () => {
    const { written, stream: terminal } = stream(true);
    const progress = progressOn(terminal);
    for (let i = 0; i < 1_000; i++) progress.show(() => `a line that is longer than twenty columns ${i}`);
    progress.clear();
    expect(written.slice(0, 1)).toEqual(['\r\u001b[Ka line that is long']);
    expect(written.length).toBeLessThan(10);
    expect(written.at(-1)).toBe('\r\u001b[K');
  });

  it('says nothing at once where nobody watches', () => {
    const { written, stream: pipe } = stream(false);
    const progress = progressOn(pipe);
    for (let i = 0; i < 1_000; i++) progress.show(() => 'still at it');
    progress.clear();
    expect(written).toEqual([]);
  });

  it('tells rate and time left', () => {
    expect(paceOf(25_000, 100_000, 500)).toBe('25 % of 100,000 steps, 50,000 a second, 2 s left');
    expect(paceOf(0, 100_000, 500)).toBe('0 % of 100,000 steps');
  });
});

it('text wraps beneath its own column, and no line but one of a single word is too long', () => {
  expect(keyed([['key', 'word '.repeat(20).trim()]]).split('\n')).toEqual([
    `key  ${'word '.repeat(15).trim()}`,
    `     ${'word '.repeat(5).trim()}`,
  ]);
  expect(wrap('a verylongword b', 5)).toEqual(['a', 'verylongword', 'b']);
});
