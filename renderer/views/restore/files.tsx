import { ActionIcon, Button, Checkbox, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { ArrowDown, ArrowUp, Download, FolderOpen, FolderX, History, Undo2 } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isHoldfastError } from '../../../src/control/errors.ts';
import { ByteSize } from '../../components/byte-size.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { PathText, visiblePath } from '../../components/path-text.tsx';
import { useFormat } from '../../components/use-format.ts';
import { useIsNarrow } from '../../components/use-is-narrow.ts';
import { type Column, VirtualTable } from '../../components/virtual-table.tsx';
import { agentQuery, type CallAnswer } from '../../data/agent-call.ts';
import { usePages } from '../../data/use-pages.ts';
import type { SnapshotView } from './backups-of.ts';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { DownloadLink } from './download-link.tsx';
import { EntryIcon } from './entry-icon.tsx';
import classes from './files.module.css';
import type { RestoreOrder } from './restore-dialog.tsx';
import { parentOf } from './snapshot-paths.ts';

type Entry = CallAnswer<'snapshots', 'browse'>['entries'][number];
type Selection = ReadonlyMap<string, Entry>;

interface Order {
  readonly sort: 'name' | 'size' | 'mtime';
  readonly descending: boolean;
}

interface FilesProps {
  readonly snapshot: SnapshotView;
  readonly path: string;
  /** Nobody chose the path yet. */
  readonly isStart: boolean;
  readonly onPath: (path: string, replace?: boolean) => void;
  readonly onRestore: (order: RestoreOrder) => void;
  readonly onVersions: (path: string) => void;
}

/** A backup as a file manager shows it. What is ticked stays so from folder to folder. */
export function Files({ snapshot, path, isStart, onPath, onRestore, onVersions }: FilesProps) {
  const [selection, setSelection] = useState<Selection>(new Map());
  const [order, setOrder] = useState<Order>({ sort: 'name', descending: false });
  const toggle = (entry: Entry) => {
    const next = new Map(selection);
    if (!next.delete(entry.path)) next.set(entry.path, entry);
    setSelection(next);
  };
  // Whoever walks through folders by keys goes on with the first thing in the next one.
  const takesFocus = useRef(false);
  const open = (to: string) => {
    takesFocus.current = true;
    onPath(to);
  };
  const up = () => path !== '/' && open(parentOf(path));
  useHotkeys([
    ['Backspace', up],
    ['alt+ArrowUp', up],
  ]);
  return (
    <>
      <Breadcrumbs path={path} onPath={onPath} />
      <SelectionBar
        snapshot={snapshot}
        path={path}
        selection={selection}
        onClear={() => setSelection(new Map())}
        onRestore={onRestore}
      />
      <FolderTable
        key={`${path} ${order.sort} ${order.descending}`}
        {...{ snapshot, path, isStart, onPath, onVersions, selection, order, takesFocus }}
        onFolder={open}
        onToggle={toggle}
        onOrder={setOrder}
      />
    </>
  );
}

interface SelectionBarProps extends Pick<FilesProps, 'snapshot' | 'path' | 'onRestore'> {
  readonly selection: Selection;
  readonly onClear: () => void;
}

/** What can be done with what is ticked; with nothing ticked, with the whole folder. */
function SelectionBar({ snapshot, path, selection, onClear, onRestore }: SelectionBarProps) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const chosen = [...selection.values()];
  const paths = chosen.length === 0 ? (path === '/' ? [] : [path]) : chosen.map((entry) => entry.path);
  const { id: snapshotId, repositoryId, time } = snapshot;
  return (
    <div className={classes.bar}>
      <Text size="sm" c="dimmed" role="status" className={classes.said}>
        {chosen.length === 0
          ? t('selection.none')
          : t('selection.some', { count: chosen.length, items: format.count(chosen.length) })}
      </Text>
      {chosen.length > 0 && (
        <Button size="compact-sm" variant="subtle" onClick={onClear}>
          {t('selection.clear')}
        </Button>
      )}
      <div className={classes.buttons}>
        <DownloadLink snapshot={snapshot} paths={paths} leftSection={<Download size={14} aria-hidden />}>
          {t('download.zip')}
        </DownloadLink>
        <Button
          size="xs"
          leftSection={<Undo2 size={14} aria-hidden />}
          onClick={() =>
            onRestore({
              repositoryId,
              snapshotId,
              time,
              paths,
              single: chosen.length === 1 && chosen[0]?.type !== 'dir',
            })
          }
        >
          {chosen.length === 0
            ? t('restore.folder')
            : t('restore.some', { count: chosen.length, items: format.count(chosen.length) })}
        </Button>
      </div>
    </div>
  );
}

interface FolderTableProps extends Pick<FilesProps, 'snapshot' | 'path' | 'isStart' | 'onPath' | 'onVersions'> {
  readonly selection: Selection;
  readonly order: Order;
  /** Set when the first row gets the focus, once it is there. */
  readonly takesFocus: RefObject<boolean>;
  readonly onFolder: (path: string) => void;
  readonly onOrder: (order: Order) => void;
  readonly onToggle: (entry: Entry) => void;
}

function FolderTable(props: FolderTableProps) {
  const { snapshot, path, isStart, onPath, onFolder, onVersions, order, selection, onToggle, takesFocus } = props;
  const { t } = useTranslation('restore');
  const columns = useColumns(props);
  const { total, row, onRange, error } = usePages({
    query: (page) =>
      agentQuery('snapshots', 'browse', {
        params: { id: snapshot.id },
        query: { repositoryId: snapshot.repositoryId, path, ...order, ...page },
      }),
    rows: ({ entries }) => entries,
  });
  // A plan can save single files: then what it saved is no folder, but lies in one.
  const isNoFolder = isHoldfastError(error, 'not-found') && isStart && path !== '/';
  useEffect(() => {
    if (isNoFolder) onPath(parentOf(path), true);
  }, [isNoFolder, path, onPath]);
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (total === undefined || !takesFocus.current) return;
    takesFocus.current = false;
    requestAnimationFrame(() => content.current?.querySelector<HTMLElement>('[data-index="0"]')?.focus());
  }, [total, takesFocus]);
  if (isHoldfastError(error, 'not-found') && !isNoFolder && path !== '/') {
    return (
      <EmptyState
        icon={FolderX}
        title={t('files.notThen')}
        action={<Button onClick={() => onPath(parentOf(path))}>{t('files.up')}</Button>}
      >
        <PathText path={path} />
      </EmptyState>
    );
  }
  if (error !== null && !isNoFolder) return <ErrorAlert error={error} />;
  if (total === 0) return <EmptyState icon={FolderOpen} title={t('files.empty')} />;
  return (
    <div ref={content}>
      <VirtualTable
        label={t('files.label', { path: visiblePath(path) })}
        columns={columns}
        count={total ?? 8}
        row={row}
        rowKey={(index) => row(index)?.path ?? index}
        onRange={onRange}
        onOpen={(entry) => (entry.type === 'dir' ? onFolder(entry.path) : onVersions(entry.path))}
        onToggle={onToggle}
        isSelected={(entry) => selection.has(entry.path)}
        rowHeight={42}
      />
    </div>
  );
}

function useColumns({ order, onOrder, selection, onToggle, onVersions }: FolderTableProps): readonly Column<Entry>[] {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const narrow = useIsNarrow('64em');
  const sortable = (sort: Order['sort'], title: string) =>
    ({
      title: (
        <SortButton sort={sort} order={order} onOrder={onOrder}>
          {title}
        </SortButton>
      ),
      sorted: order.sort === sort ? (order.descending ? 'descending' : 'ascending') : undefined,
    }) as const;
  const choose: Column<Entry> = {
    key: 'choose',
    title: <span className={classes.hidden}>{t('selection.column')}</span>,
    width: '24px',
    cell: (entry) => (
      <Checkbox
        aria-label={t('selection.choose', { name: visiblePath(entry.name) })}
        checked={selection.has(entry.path)}
        onChange={() => onToggle(entry)}
        onClick={(event) => event.stopPropagation()}
      />
    ),
  };
  const name: Column<Entry> = {
    key: 'name',
    ...sortable('name', t('files.name')),
    width: 'minmax(0, 1fr)',
    cell: ({ name: text, type }) => (
      <span className={classes.name}>
        <EntryIcon type={type} />
        <PathText path={text} />
      </span>
    ),
  };
  const size: Column<Entry> = {
    key: 'size',
    ...sortable('size', t('files.size')),
    width: '80px',
    align: 'end',
    cell: (entry) => (entry.size === undefined || entry.type === 'dir' ? null : <ByteSize bytes={entry.size} />),
  };
  if (narrow) return [choose, name, size];
  return [
    choose,
    name,
    size,
    {
      key: 'mtime',
      ...sortable('mtime', t('files.modified')),
      width: '148px',
      cell: ({ mtime }) => <time dateTime={mtime}>{format.time(mtime)}</time>,
    },
    {
      key: 'versions',
      title: <span className={classes.hidden}>{t('versions.column')}</span>,
      width: '32px',
      cell: (entry) =>
        entry.type !== 'dir' && (
          <ActionIcon
            variant="subtle"
            title={t('versions.column')}
            aria-label={t('versions.of', { name: visiblePath(entry.name) })}
            onClick={(event) => {
              event.stopPropagation();
              onVersions(entry.path);
            }}
          >
            <History size={16} aria-hidden />
          </ActionIcon>
        ),
    },
  ];
}

interface SortButtonProps {
  readonly sort: Order['sort'];
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
  readonly children: ReactNode;
}

function SortButton({ sort, order, onOrder, children }: SortButtonProps) {
  const isSorted = order.sort === sort;
  const Arrow = order.descending ? ArrowDown : ArrowUp;
  return (
    <button
      type="button"
      className={classes.sort}
      onClick={() => onOrder({ sort, descending: isSorted ? !order.descending : sort !== 'name' })}
    >
      {children}
      {isSorted && <Arrow size={14} aria-hidden />}
    </button>
  );
}
