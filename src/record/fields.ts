/** Where a field stands in a row, by its name: for those who read rows without making objects of them. */
import { assert } from '../kernel/assert.ts';
import { KEY_SIZE } from './record-log.ts';
import { ALL_FIELDS, type AnyKind } from './records.ts';

/** Its place in the row, counted from the row's first cell. Ask once, outside the loop. */
export function placeOf<Kind extends AnyKind>(
  kind: Kind,
  field: keyof (typeof ALL_FIELDS)[Kind] & string,
): number {
  const index = Object.keys(ALL_FIELDS[kind]).indexOf(field);
  assert(index >= 0, 'the kind has this field');
  return KEY_SIZE + index;
}
