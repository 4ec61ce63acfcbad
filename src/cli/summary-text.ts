/**
 * A run as a trader reads it, on a terminal of 80 columns: under which rules, what each symbol earned, what is still open,
 * which signals paid, how the whole did, and what to be careful about.
 */
import type { ExitReason } from '../broker/order.ts';
import type { Metric, Summary, SymbolTotals, TagTotals } from '../record/summary.ts';
import type { RunOutcome } from '../engine/run.ts';
import { parseTime } from '../sources/timestamp.ts';
import {
  type Console,
  formatMegabytes,
  formatCount,
  formatSeconds,
  formatMoney,
  formatPercent,
  formatPrice,
  formatQuantity,
} from './console.ts';
import { runHeader, type HeaderGiven } from './run-header.ts';
import { table } from './tables.ts';
import { keyed, WIDTH, wrap } from './text.ts';

export interface SummaryTextGiven extends HeaderGiven {
  readonly console: Console;
  readonly outcome: RunOutcome;
  readonly folder: string;
}

export function summaryText(given: SummaryTextGiven): string {
  const { console, summary, folder } = given;
  const title = (text: string): string => console.style('bold', text);
  const sections = [
    runHeader(given),
    `${title('Closed trades by symbol')}, net of commission; return on the starting equity\n${symbolTable(summary)}`,
    openPositions(summary, title),
    tagTables(summary, title),
    `${title('Summary')}\n${keyed(totals(summary))}`,
    `${title('Take care')}\n${keyed(cautions(given))}`,
    keyed([
      ['digest', summary.digest],
      ['folder', folder],
    ]),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** Best first. Symbols that never traded have a row too: their silence is a result. */
function symbolTable({ bySymbol, total, startEquity }: Summary): string {
  const row = (totals: SymbolTotals, name: string): string[] => [
    name,
    formatCount(totals.trades),
    formatPercent(totals.wins, totals.trades),
    formatMoney(totals.netPnl),
    formatPercent(totals.netPnl, startEquity, 2),
    formatMoney(totals.commission),
  ];
  const sorted = bySymbol.toSorted((a, b) => b.netPnl - a.netPnl || (a.symbol < b.symbol ? -1 : 1));
  return table(
    ['symbol', 'trades', 'win %', 'net PnL', 'return %', 'commission'],
    ['left', 'right', 'right', 'right', 'right', 'right'],
    [...sorted.map((totals) => row(totals, totals.symbol)), row(total, 'TOTAL')],
  );
}

function openPositions({ openPositions }: Summary, title: (text: string) => string): string {
  if (openPositions.length === 0) return `${title('Positions left open')}: none`;
  const rows = openPositions.map((open) => [
    open.symbol,
    open.strategy.replace(/ \(.*\)$/, ''),
    formatQuantity(open.quantity),
    formatPrice(open.averagePrice),
    formatPrice(open.lastClose),
    formatMoney(open.unrealisedPnl),
  ]);
  return `${title('Positions left open')}, marked at the last close; PnL before commission\n${table(
    ['symbol', 'strategy', 'quantity', 'avg price', 'last close', 'PnL'],
    ['left', 'left', 'right', 'right', 'right', 'right'],
    rows,
  )}`;
}

/** Said even of a run without them. */
const USUAL_REASONS: ReadonlySet<string> = new Set<ExitReason>(['signal', 'stop', 'target']);
/** In the text; summary.json has all. */
const TAGS_MAX = 20;
/** With the three numbers beside it a line of 80. */
const TAG_LENGTH_MAX = 36;

function tagTables(
  { byEntryTag, byExitTag, byExitReason, trades }: Summary,
  title: (t: string) => string,
): string {
  if (trades === 0) return '';
  const reasons = Object.entries(byExitReason)
    .filter(([reason, count]) => count > 0 || USUAL_REASONS.has(reason))
    .map(
      ([reason, count]) => `${formatCount(count)} ${reason === 'end of data' ? 'at the' : 'by'} ${reason}`,
    );
  const exits = wrap(`exits: ${reasons.join(', ')}`, WIDTH).join('\n');
  // A child inherits its parent's tag, and who never tags has only one: nobody reads the same table twice.
  const isSame = JSON.stringify(byEntryTag) === JSON.stringify(byExitTag);
  if (isSame && byEntryTag.every(({ tag }) => tag === '')) return `${title('Tags')}: none\n${exits}`;
  const tables = isSame
    ? [tagTable('tag', byEntryTag)]
    : [tagTable('entry tag', byEntryTag), tagTable('exit tag', byExitTag)];
  return [title('Tags'), ...tables, exits].join('\n');
}

/** Those that moved the most money, best first. */
function tagTable(head: string, tags: readonly TagTotals[]): string {
  const shown = tags.toSorted((a, b) => Math.abs(b.netPnl) - Math.abs(a.netPnl)).slice(0, TAGS_MAX);
  const rows = shown
    .toSorted((a, b) => b.netPnl - a.netPnl || (a.tag < b.tag ? -1 : 1))
    .map(({ tag, trades, wins, netPnl }) => [
      tag === '' ? '(none)' : shortTag(tag),
      formatCount(trades),
      formatPercent(wins, trades),
      formatMoney(netPnl),
    ]);
  const drawn = table([head, 'trades', 'win %', 'net PnL'], ['left', 'right', 'right', 'right'], rows);
  const more = tags.length - shown.length;
  return more === 0
    ? drawn
    : `${drawn}\n… and ${formatCount(more)} more, with less PnL each; summary.json has all`;
}

/** On one line, whatever a strategy has put into it. */
function shortTag(tag: string): string {
  const line = tag.replaceAll(/\p{Cc}+/gu, ' ');
  return line.length <= TAG_LENGTH_MAX ? line : `${line.slice(0, TAG_LENGTH_MAX - 1)}…`;
}

type Row = readonly [key: string, value: string];

const METRIC_KEYS: Readonly<Record<string, string>> = {
  totalReturn: 'total return',
  cagr: 'CAGR',
  annualVolatility: 'volatility, annualised',
  sharpe: 'Sharpe, annualised',
  maxDrawdown: 'maximum drawdown',
  calmar: 'Calmar',
  winRate: 'win rate',
  profitFactor: 'profit factor',
  expectancy: 'expectancy per trade',
  averageWin: 'average win',
  averageLoss: 'average loss',
  exposure: 'exposure',
};

function totals(summary: Summary): Row[] {
  const { total, timing, memory, metrics } = summary;
  // What trades have not taken over of the commissions belongs to what is still open: the two lines add up to the change of equity.
  const openCommission = total.commission - (total.grossPnl - total.netPnl);
  const open = summary.openPositions.reduce((sum, { unrealisedPnl }) => sum + unrealisedPnl, -openCommission);
  return [
    ['elapsed [days]', elapsedDays(summary)],
    ['start equity [money]', formatMoney(summary.startEquity)],
    ['final equity [money]', formatMoney(summary.finalEquity)],
    ['final cash [money]', formatMoney(summary.finalCash)],
    ['closed trades, net [money]', formatMoney(total.netPnl)],
    ['open positions, net [money]', formatMoney(open)],
    ['commission [money]', formatMoney(total.commission)],
    ...Object.entries(metrics).map(([name, metric]) => metricRow(METRIC_KEYS[name] ?? name, metric)),
    [
      'trades, long / short [count]',
      `${formatCount(total.trades)}, ${formatCount(total.longs)} / ${formatCount(total.shorts)}`,
    ],
    ['orders [count]', formatCount(summary.orders)],
    ['fills [count]', formatCount(summary.fills)],
    ['cancelled [count]', formatCount(summary.cancels)],
    ['expired [count]', formatCount(summary.expiries)],
    ['loading / run / all [s]', [timing.loadMs, timing.runMs, timing.wallMs].map(formatSeconds).join(' / ')],
    ['ticks [count]', formatCount(summary.ticks)],
    ['speed [ticks per s]', formatCount((1_000 * summary.ticks) / Math.max(1, timing.runMs))],
    [
      'peak memory / bars [MB]',
      `${formatMegabytes(memory.peakRssBytes)} / ${formatMegabytes(memory.loadedBytes)}`,
    ],
  ];
}

/** Beside the annualised figures: what they were stretched from. */
function elapsedDays({ from, to }: Summary): string {
  return ((parseTime(to) - parseTime(from)) / 86_400_000).toFixed(1);
}

const METRIC_UNITS: Readonly<Record<string, string>> = { fraction: '%', ratio: 'ratio', money: 'money' };

function metricRow(key: string, { value, unit, reason }: Metric): Row {
  const name = `${key} [${METRIC_UNITS[unit] ?? unit}]`;
  if (value === null) return [name, `– (${reason})`];
  if (unit === 'fraction') return [name, formatPercent(value, 1, 2)];
  return [name, unit === 'money' ? formatMoney(value) : value.toFixed(2)];
}

function cautions({ summary, outcome, prepared }: SummaryTextGiven): Row[] {
  const { rejections, rejectionsByCode, counts, fills } = summary;
  const codes = Object.entries(rejectionsByCode).map(([code, count]) => `${code} ${formatCount(count)}`);
  const { transcendental } = outcome;
  return [
    ['rejected orders', rejections === 0 ? '0' : `${formatCount(rejections)}: ${codes.join(', ')}`],
    ...(prepared.plan.rules.fills.preset === 'lockstep' ? policyCautions(summary) : []),
    ['fills outside their bar', formatCount(counts.fillsOutsideBar)],
    ['fills above 10 % of volume', `${formatCount(counts.fillsAboveTenthOfVolume)} of ${formatCount(fills)}`],
    ...(prepared.plan.rules.account.kind === 'margin' || counts.liquidations > 0
      ? [['liquidations', liquidationsText(counts.liquidations)] as const]
      : []),
    ['orders dropped', formatCount(outcome.droppedOrders)],
    ...(transcendental.length === 0
      ? []
      : [
          [
            'Math calls met',
            `${transcendental.map((name) => `Math.${name}`).join(', ')}: last bits may differ on other machines`,
          ] as const,
        ]),
  ];
}

/** What the intrabar policy decided, and what the others would have made of it. */
function policyCautions({ counts, finalEquityUnder }: Summary): Row[] {
  const others = Object.entries(finalEquityUnder).map(([name, equity]) => `${name} ${formatMoney(equity)}`);
  const ambiguous = formatCount(counts.ambiguousBars);
  return [
    [
      'ambiguous bars',
      counts.ambiguousBars === 0
        ? ambiguous
        : `${ambiguous}; final equity with each valued at its close under another policy, and everything after it as it was: ${others.join(', ')}`,
    ],
    ['stops passed at entry', formatCount(counts.stopsPassedAtEntry)],
  ];
}

function liquidationsText(count: number): string {
  return count === 0
    ? '0'
    : `${formatCount(count)}: equity fell below the maintenance margin, and positions were closed for it`;
}
