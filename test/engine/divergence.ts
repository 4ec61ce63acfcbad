/** Where two records part: for the message of a test that expected them to be the same. */
import type { RunEvent } from '../../src/record/records.ts';

const EVENTS_BEFORE = 3;
const EVENTS_AFTER = 2;

/** The first event that differs in any field, with some around it on both sides; '' if none does. −0 is not 0. */
export function divergence(
  ours: readonly RunEvent[],
  theirs: readonly RunEvent[],
  names: readonly [ours: string, theirs: string] = ['engine', 'naive'],
): string {
  const first = firstDifference(ours, theirs);
  if (first < 0) return '';
  const width = Math.max(...names.map((name) => name.length));
  const told = (name: string, events: readonly RunEvent[]): string[] =>
    Array.from({ length: EVENTS_BEFORE + 1 + EVENTS_AFTER }, (_, i) => first - EVENTS_BEFORE + i)
      .filter((place) => place >= 0)
      .map((place) => {
        const event = events[place];
        const mark = place === first ? '>' : ' ';
        return `${mark} ${name.padEnd(width)} ${place} ${event === undefined ? '(no more)' : describeEvent(event)}`;
      });
  const fields = differingFields(ours[first], theirs[first]);
  return [
    `the records part at event ${first} (${fields.join(', ') || 'one of them ends'})`,
    ...told(names[0], ours),
    ...told(names[1], theirs),
  ].join('\n');
}

function firstDifference(ours: readonly RunEvent[], theirs: readonly RunEvent[]): number {
  const length = Math.max(ours.length, theirs.length);
  for (let place = 0; place < length; place++) {
    const [a, b] = [ours[place], theirs[place]];
    if (a === undefined || b === undefined || differingFields(a, b).length > 0) return place;
  }
  return -1;
}

function differingFields(a: RunEvent | undefined, b: RunEvent | undefined): string[] {
  if (a === undefined || b === undefined) return [];
  const [left, right] = [a, b] as unknown as Record<string, unknown>[];
  return Object.keys({ ...a, ...b }).filter((field) => !Object.is(left![field], right![field]));
}

/** JSON has neither NaN nor −0. */
function describeEvent(event: RunEvent): string {
  return JSON.stringify(event, (_, value) =>
    typeof value === 'number' && (Number.isNaN(value) || Object.is(value, -0))
      ? Object.is(value, -0)
        ? '-0'
        : 'NaN'
      : value,
  );
}
