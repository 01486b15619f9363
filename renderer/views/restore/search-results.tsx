import { Button, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { SearchX, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ByteSize } from '../../components/byte-size.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { PathText, visiblePath } from '../../components/path-text.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { useFormat } from '../../components/use-format.ts';
import { useIsNarrow } from '../../components/use-is-narrow.ts';
import { type Column, VirtualTable } from '../../components/virtual-table.tsx';
import { agentQuery, type CallAnswer } from '../../data/agent-call.ts';
import { versionsOf } from './backups-of.ts';
import { EntryIcon } from './entry-icon.tsx';
import classes from './files.module.css';
import { ReadingError } from './reading-error.tsx';
import type { RestoreOrder } from './restore-dialog.tsx';
import { pathOf, queryOf, type Scope } from './scope.ts';
import { nameOf, parentOf } from './snapshot-paths.ts';
import { Unread } from './unread.tsx';

type Found = CallAnswer<'snapshots', 'search'>['files'][number];

interface SearchResultsProps {
  readonly scope: Scope;
  readonly text: string;
  readonly repositories: readonly string[];
  readonly onRestore: (order: RestoreOrder) => void;
  readonly onVersions: (path: string) => void;
  readonly onBrowse: () => void;
}

const mostResults = 1000;

/** Files of that name in all backups, each once, with the newest version to be had by one click. */
export function SearchResults(props: SearchResultsProps) {
  const { scope, text, repositories } = props;
  const { t } = useTranslation('restore');
  const format = useFormat();
  const { data, error } = useQuery(
    agentQuery('snapshots', 'search', { query: { ...queryOf(scope), text, mode: modeOf(text), limit: mostResults } }),
  );
  const columns = useColumns(props);
  const [, navigate] = useLocation();
  if (error !== null) return <ReadingError error={error} />;
  if (data === undefined) return <Skeleton height={240} radius="md" aria-label={t('search.searching')} aria-busy />;
  if (data.files.length === 0) {
    return (
      <>
        <Unread repositories={data.unread} />
        <EmptyState icon={SearchX} title={t('search.none', { text: visiblePath(text) })}>
          {t('search.noneText', { count: data.snapshots, backups: format.count(data.snapshots) })}
        </EmptyState>
      </>
    );
  }
  const open = (found: Found) => {
    const newest = versionsOf(found.versions, repositories)[0];
    if (newest?.type !== 'dir') return props.onVersions(found.path);
    props.onBrowse();
    const at = new URLSearchParams({ at: newest.snapshotIds[0] ?? '', path: found.path });
    navigate(`${pathOf(scope)}?${at}`);
  };
  return (
    <>
      <Unread repositories={data.unread} />
      <section aria-label={t('search.results')}>
        <Text size="sm" c="dimmed" mb="xs" role="status">
          {data.more
            ? t('search.more', { files: format.count(data.files.length) })
            : t('search.found', { count: data.files.length, files: format.count(data.files.length) })}
        </Text>
        <VirtualTable
          label={t('search.results')}
          columns={columns}
          count={data.files.length}
          row={(index) => data.files[index]}
          rowKey={(index) => data.files[index]?.path ?? index}
          rowHeight={60}
          onOpen={open}
        />
      </section>
    </>
  );
}

/** Stars and question marks are wildcards for those who know them. */
function modeOf(text: string): 'glob' | 'text' {
  return /[*?]/.test(text) ? 'glob' : 'text';
}

function useColumns({ repositories, onRestore }: SearchResultsProps): readonly Column<Found>[] {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const narrow = useIsNarrow();
  const newestOf = (found: Found) => versionsOf(found.versions, repositories)[0];
  const name: Column<Found> = {
    key: 'name',
    title: t('files.name'),
    width: 'minmax(0, 1fr)',
    cell: (found) => (
      <span className={classes.name}>
        <EntryIcon type={newestOf(found)?.type ?? 'file'} />
        <span className={classes.lines}>
          <PathText path={nameOf(found.path)} />
          <span className={classes.folder}>
            <PathText path={parentOf(found.path)} />
          </span>
        </span>
      </span>
    ),
  };
  const restore: Column<Found> = {
    key: 'restore',
    title: <span className={classes.hidden}>{t('restore.action')}</span>,
    width: narrow ? '48px' : '140px',
    align: 'end',
    cell: (found) => {
      const newest = newestOf(found);
      if (newest === undefined) return null;
      return (
        <Button
          size="xs"
          variant="light"
          aria-label={t('restore.one', { name: visiblePath(nameOf(found.path)) })}
          leftSection={narrow ? undefined : <Undo2 size={14} aria-hidden />}
          {...(narrow ? { px: 8 } : {})}
          onClick={(event) => {
            event.stopPropagation();
            onRestore({
              repositoryId: newest.repositoryId,
              snapshotId: newest.snapshotIds[0] ?? '',
              time: newest.lastSeen,
              paths: [found.path],
              single: newest.type !== 'dir',
            });
          }}
        >
          {narrow ? <Undo2 size={14} aria-hidden /> : t('restore.action')}
        </Button>
      );
    },
  };
  if (narrow) return [name, restore];
  return [
    name,
    {
      key: 'seen',
      title: t('search.lastSeen'),
      width: '150px',
      cell: (found) => {
        const seen = newestOf(found)?.lastSeen;
        return seen === undefined ? null : <RelativeTime time={seen} />;
      },
    },
    {
      key: 'versions',
      title: t('versions.column'),
      width: '90px',
      align: 'end',
      cell: (found) => format.count(versionsOf(found.versions, repositories).length),
    },
    {
      key: 'size',
      title: t('files.size'),
      width: '90px',
      align: 'end',
      cell: (found) => {
        const size = newestOf(found)?.size;
        return size === undefined ? null : <ByteSize bytes={size} />;
      },
    },
    restore,
  ];
}
