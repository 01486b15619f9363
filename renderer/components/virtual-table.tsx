import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';
import classes from './virtual-table.module.css';

export interface Column<Row> {
  readonly key: string;
  readonly title: ReactNode;
  /** A track of a CSS grid: "1fr", "120px", "minmax(200px, 2fr)". */
  readonly width: string;
  readonly align?: 'end';
  /** Rows are in the order of this column. */
  readonly sorted?: 'ascending' | 'descending' | undefined;
  readonly cell: (row: Row, index: number) => ReactNode;
}

interface VirtualTableProps<Row> {
  /** Of the table, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** How many there are in all. */
  readonly count: number;
  /** Undefined while a row is not loaded: it is shown as a skeleton. */
  readonly row: (index: number) => Row | undefined;
  readonly rowKey?: (index: number) => string | number;
  /** Enter, or a click. */
  readonly onOpen?: (row: Row, index: number) => void;
  /** The space bar: rows that can be chosen have a box to tick in one of their cells. */
  readonly onToggle?: (row: Row, index: number) => void;
  readonly isSelected?: (row: Row, index: number) => boolean;
  /** Told of the rows in sight, so that their pages are loaded. */
  readonly onRange?: (first: number, last: number) => void;
  /** Pixels. */
  readonly rowHeight?: number;
  /** Pixels, or any length. */
  readonly height?: number | string;
}

/**
 * A table of any length: only the rows in sight are there. Rows are walked by the arrow keys, Home, End, PageUp and PageDown,
 * and opened by Enter.
 */
export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { label, columns, count, row, rowKey, onOpen, onToggle, isSelected, onRange } = props;
  const { rowHeight = 44, height = '60vh' } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    ...(rowKey === undefined ? {} : { getItemKey: rowKey }),
    onChange: ({ range }) => range && onRange?.(range.startIndex, range.endIndex),
  });
  const template = columns.map(({ width }) => width).join(' ');
  const focusRow = (index: number) => {
    const to = Math.max(0, Math.min(count - 1, index));
    const find = () => scroller.current?.querySelector<HTMLElement>(`[data-index="${to}"]`);
    const shown = find();
    virtual.scrollToIndex(to);
    // At once where it can be: keys come faster than frames.
    if (shown) shown.focus();
    else requestAnimationFrame(() => find()?.focus());
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>, index: number, item: Row | undefined) => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: count - 1,
    };
    const to = steps[event.key];
    const isToggle = event.key === ' ' && onToggle !== undefined;
    if (to === undefined && event.key !== 'Enter' && !isToggle) return;
    event.preventDefault();
    if (to !== undefined) focusRow(to);
    else if (isToggle && item !== undefined) onToggle(item, index);
    else if (item !== undefined) onOpen?.(item, index);
  };
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a real table cannot be laid out one by one
    <div role="table" aria-label={label} aria-rowcount={count + 1} className={classes.table}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: a heading of columns is no control */}
      <div role="row" aria-rowindex={1} className={classes.head} style={{ gridTemplateColumns: template }}>
        {columns.map(({ key, title, align, sorted }) => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div role="columnheader" key={key} className={classes.cell} data-align={align} aria-sort={sorted}>
            {title}
          </div>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="rowgroup" ref={scroller} className={classes.scroller} style={{ maxHeight: height }}>
        <div role="presentation" className={classes.all} style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, key, start, size }) => {
            const item = row(index);
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above
              <div
                role="row"
                key={key}
                data-index={index}
                data-selected={item !== undefined && isSelected?.(item, index) ? true : undefined}
                data-opens={onOpen === undefined ? undefined : true}
                aria-rowindex={index + 2}
                // One row is reached by Tab, the others by arrow keys.
                tabIndex={index === first ? 0 : -1}
                className={classes.row}
                style={{ gridTemplateColumns: template, height: size, transform: `translateY(${start}px)` }}
                onClick={() => item !== undefined && onOpen?.(item, index)}
                onKeyDown={(event) => onKeyDown(event, index, item)}
              >
                {columns.map(({ key: column, cell, align }) => (
                  // biome-ignore lint/a11y/useSemanticElements: as above
                  <div role="cell" key={column} className={classes.cell} data-align={align}>
                    {item === undefined ? <span className={classes.loading} aria-hidden /> : cell(item, index)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
