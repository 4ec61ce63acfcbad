/**
 * The canonical record: everything that happened in a run, as one sorted list of events.
 *
 * This file declares the kinds and their fields once; encoding, digest, result files and comparison follow from it.
 *
 * Every event has a key: (step, phase, symbol, strategy, event), `event` counting from 0 within the other four. Kinds
 * share the count, so the key orders all events of a run in one sequence. Equity belongs to nobody: symbol '', strategy −1.
 */
import {
  CANCEL_REASONS,
  EXIT_REASONS,
  EXPIRY_REASONS,
  FILL_EFFECTS,
  LEVELS,
  ORDER_TYPES,
  REJECTION_CODES,
  SIDES,
  SIZE_KINDS,
  TIMES_IN_FORCE,
} from '../broker/order.ts';

export const PHASE = {
  cash: 0,
  closeAtOpen: 1,
  enter: 2,
  close: 3,
  mark: 4,
  tick: 5,
  portfolio: 6,
  end: 7,
} as const;

/** How a field is held: a double; an index into a fixed list of words; or a text of the strategy's own. */
export type FieldType = 'number' | readonly string[] | 'text';

/** The fields of each kind, after the key. NaN stands for "does not apply", 0 for "no such order". */
export const RECORD_FIELDS = {
  /** As submitted, never changed later. */
  order: {
    sequence: 'number',
    /** Sequence of the parent of a bracket's child. */
    parent: 'number',
    /** Smallest sequence of its OCO group. */
    group: 'number',
    side: SIDES,
    type: ORDER_TYPES,
    /** Rounded down to whole lots. */
    quantity: 'number',
    /** How it was sized, and the number that was given. */
    sizedIn: SIZE_KINDS,
    size: 'number',
    /** Of a bracket's target, the portion of what the parent opens; 1 for others. */
    portion: 'number',
    /**
     * Limit or stop, rounded to the tick, or where a trailing stop starts; NaN if at the market or on the close, or a child whose
     * level is not a price.
     */
    price: 'number',
    /** Of a stop-limit; NaN for others. */
    limitPrice: 'number',
    timeInForce: TIMES_IN_FORCE,
    /** Epoch milliseconds from which it is no longer alive; NaN for none. */
    until: 'number',
    /** How a bracket's child or a trailing stop says where it goes ('' for others), and how far if not by price. */
    level: LEVELS,
    distance: 'number',
    /** 1 or 0. */
    reduceOnly: 'number',
    allowPartial: 'number',
    /** Sequence of the order whose trade it closes. */
    closes: 'number',
    maxOpenRiskPercent: 'number',
    tag: 'text',
  },
  /** What the order stands at after the change. */
  replace: { sequence: 'number', quantity: 'number', price: 'number' },
  fill: {
    sequence: 'number',
    side: SIDES,
    effect: FILL_EFFECTS,
    quantity: 'number',
    price: 'number',
    commission: 'number',
    /** Signed, of this instance, after the fill. */
    position: 'number',
    /** Of the account, after the fill and its commission. */
    cash: 'number',
  },
  /** `price` is what it would have been filled at, NaN if it did not come to that. */
  rejection: { sequence: 'number', code: REJECTION_CODES, quantity: 'number', price: 'number' },
  /** `limit` is the time from which it was not to be alive; NaN at the end of data, and for one bar's orders. */
  expiry: { sequence: 'number', reason: EXPIRY_REASONS, quantity: 'number', limit: 'number' },
  cancel: { sequence: 'number', reason: CANCEL_REASONS, quantity: 'number' },
  /** One for each fill that closes. */
  trade: {
    /** The order that opened the position, and the one that closed this leg of it. */
    entry: 'number',
    exit: 'number',
    /** Step and time of the fill that opened the position from flat. */
    entryStep: 'number',
    entryTime: 'number',
    /** Signed: what was held and is closed. */
    quantity: 'number',
    entryPrice: 'number',
    exitPrice: 'number',
    /** quantity × multiplier × (exit − entry), before commission. */
    pnl: 'number',
    /** Of this exit, and its share of what the entries cost. */
    commission: 'number',
    reason: EXIT_REASONS,
    entryTag: 'text',
    exitTag: 'text',
  },
  /** After the mark of the step. */
  equity: { time: 'number', cash: 'number', equity: 'number' },
} as const satisfies Record<string, Readonly<Record<string, FieldType>>>;

/** What strategies write beside the record: kept and shown, but no part of the digest. */
export const SIDE_FIELDS = {
  log: { message: 'text' },
  plot: { name: 'text', value: 'number' },
} as const satisfies Record<string, Readonly<Record<string, FieldType>>>;

export const ALL_FIELDS = { ...RECORD_FIELDS, ...SIDE_FIELDS };
export type AnyKind = keyof typeof ALL_FIELDS;
export const ALL_KINDS = Object.keys(ALL_FIELDS) as readonly AnyKind[];

export type RecordKind = keyof typeof RECORD_FIELDS;
export const RECORD_KINDS = Object.keys(RECORD_FIELDS) as readonly RecordKind[];

export interface EventKey {
  readonly step: number;
  readonly phase: number;
  readonly symbol: string;
  readonly strategy: number;
  readonly event: number;
}

type FieldValue<T> = T extends readonly (infer Word)[] ? Word : T extends 'text' ? string : number;
type FieldsOf<Kind extends AnyKind> = {
  readonly [Field in keyof (typeof ALL_FIELDS)[Kind]]: FieldValue<(typeof ALL_FIELDS)[Kind][Field]>;
};

/** One event as an object: for tests, files and messages, never for the loop. */
export type EventOf<Kind extends AnyKind> = { readonly kind: Kind } & EventKey & FieldsOf<Kind>;
export type SideEvent = EventOf<'log'> | EventOf<'plot'>;
export type RunEvent = { [Kind in RecordKind]: EventOf<Kind> }[RecordKind];

/** Canonical order: by key. Symbols compare by code unit, as everywhere. */
export function compareKeys(a: EventKey, b: EventKey): number {
  return (
    a.step - b.step ||
    a.phase - b.phase ||
    (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0) ||
    a.strategy - b.strategy ||
    a.event - b.event
  );
}
