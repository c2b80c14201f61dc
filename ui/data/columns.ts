/** The columns of the list of workloads: which there are, what they need, which go first when room is short. */

export const columns = ['name', 'pods', 'cause', 'since', 'strip', 'usage', 'restarts', 'image', 'age'] as const;
export type Column = (typeof columns)[number];

interface ColumnRule {
  /** For `grid-template-columns`. */
  readonly track: string;
  /** In CSS pixels at 16 px a rem: what it needs to be worth showing. */
  readonly needs: number;
  /** The higher, the earlier it goes. 0 stays. */
  readonly yields: number;
}

const rules: Readonly<Record<Column, ColumnRule>> = {
  name: { track: 'minmax(12rem, 1.7fr)', needs: 230, yields: 0 },
  pods: { track: '8rem', needs: 128, yields: 1 },
  cause: { track: 'minmax(14rem, 3fr)', needs: 260, yields: 0 },
  since: { track: '5.75rem', needs: 92, yields: 2 },
  strip: { track: 'minmax(5rem, 7rem)', needs: 110, yields: 3 },
  usage: { track: '8.5rem', needs: 136, yields: 5 },
  restarts: { track: '4.75rem', needs: 76, yields: 4 },
  image: { track: 'minmax(7rem, 1.2fr)', needs: 140, yields: 6 },
  age: { track: '4.5rem', needs: 72, yields: 7 },
};

/** Below this width a workload is a card of three lines instead of a row. */
export const cardBelow = 620;

/** The columns that fit into `width`, less those that the reader hid, in their fixed order. */
export function fittingColumns(width: number, hidden: readonly string[]): readonly Column[] {
  const shown = columns.filter((column) => rules[column].yields === 0 || !hidden.includes(column));
  let needed = shown.reduce((sum, column) => sum + rules[column].needs, 0);
  const going = new Set<Column>();
  for (const column of shown.toSorted((left, right) => rules[right].yields - rules[left].yields)) {
    if (needed <= width || rules[column].yields === 0) break;
    going.add(column);
    needed -= rules[column].needs;
  }
  return shown.filter((column) => !going.has(column));
}

export function gridTemplate(shown: readonly Column[]): string {
  return shown.map((column) => rules[column].track).join(' ');
}
