import { Button, SegmentedControl, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CalendarDays, ChevronLeft, ChevronRight, Undo2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'wouter';
import { EmptyState } from '../../components/empty-state.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { useFormat } from '../../components/use-format.ts';
import { agentQuery } from '../../data/agent-call.ts';
import { backupsOf, neighboursOf, type SnapshotView } from './backups-of.ts';
import classes from './browse-backups.module.css';
import { Changes } from './changes.tsx';
import { Files } from './files.tsx';
import { ReadingError } from './reading-error.tsx';
import type { RestoreOrder } from './restore-dialog.tsx';
import { queryOf, type Scope } from './scope.ts';
import { startOf } from './snapshot-paths.ts';
import { Timeline } from './timeline.tsx';
import { Unread } from './unread.tsx';
import { useOwnerWords } from './use-owner-words.ts';

interface BrowseBackupsProps {
  readonly scope: Scope;
  /** Ids: what several have is taken from the first. */
  readonly repositories: readonly string[];
  readonly onRestore: (order: RestoreOrder) => void;
  readonly onVersions: (path: string) => void;
}

const mostBackups = 10_000;

/** The backups over time, and the files of the one that is chosen. The choice is in the address, so that "back" goes back. */
export function BrowseBackups({ scope, repositories, ...actions }: BrowseBackupsProps) {
  const { t } = useTranslation('restore');
  const { data, error } = useQuery(
    agentQuery('snapshots', 'list', { query: { ...queryOf(scope), limit: mostBackups } }),
  );
  const [params, setParams] = useSearchParams();
  const backups = useMemo(() => backupsOf(data?.snapshots ?? [], repositories), [data, repositories]);
  if (error !== null) return <ReadingError error={error} />;
  if (data === undefined) return <Skeleton height={420} radius="lg" />;
  const at = params.get('at');
  const wanted = at === null ? undefined : data.snapshots.find(({ id }) => id.startsWith(at));
  const selected = wanted ?? backups[0];
  if (selected === undefined) {
    return (
      <>
        <Unread repositories={data.unread} />
        <EmptyState icon={Undo2} title={t('timeline.none')}>
          {t('timeline.noneText')}
        </EmptyState>
      </>
    );
  }
  const select = (backup: SnapshotView) =>
    setParams((now) => {
      now.set('at', backup.id);
      return now;
    });
  return (
    <>
      <Unread repositories={data.unread} />
      <Chosen backups={backups} selected={selected} mixed={scope.kind !== 'plan'} onSelect={select} {...actions} />
    </>
  );
}

interface ChosenProps extends Pick<BrowseBackupsProps, 'onRestore' | 'onVersions'> {
  readonly backups: readonly SnapshotView[];
  readonly selected: SnapshotView;
  /** Of several plans: each says whose it is. */
  readonly mixed: boolean;
  readonly onSelect: (backup: SnapshotView) => void;
}

function Chosen({ backups, selected, mixed, onSelect, onRestore, onVersions }: ChosenProps) {
  const { t } = useTranslation('restore');
  const [params, setParams] = useSearchParams();
  const [open, setOpen] = useState(false);
  const tab = params.get('show') === 'changes' ? 'changes' : 'files';
  const path = params.get('path') ?? startOf(selected.paths);
  const set = (name: string, value: string, replace = false) =>
    setParams(
      (now) => {
        now.set(name, value);
        return now;
      },
      { replace },
    );
  return (
    <div className={classes.browse}>
      <aside className={classes.timeline} data-open={open || undefined} aria-label={t('timeline.label')}>
        <Timeline
          backups={backups}
          selected={selected}
          mixed={mixed}
          onSelect={(backup) => {
            onSelect(backup);
            setOpen(false);
          }}
        />
      </aside>
      <Stack gap="sm" className={classes.content} component="section" aria-labelledby="backup">
        <BackupTitle backups={backups} selected={selected} mixed={mixed} onSelect={onSelect} />
        <div className={classes.choices}>
          <Button
            hiddenFrom="sm"
            variant="default"
            leftSection={<CalendarDays size={16} aria-hidden />}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {t('timeline.other')}
          </Button>
          <SegmentedControl
            aria-label={t('show.label')}
            data={[
              { value: 'files', label: t('show.files') },
              { value: 'changes', label: t('show.changes') },
            ]}
            value={tab}
            onChange={(value) => set('show', value, true)}
          />
        </div>
        {tab === 'files' ? (
          <Files
            key={selected.id}
            snapshot={selected}
            path={path}
            isStart={params.get('path') === null}
            onPath={(to, replace) => set('path', to, replace)}
            onRestore={onRestore}
            onVersions={onVersions}
          />
        ) : (
          <Changes key={selected.id} backups={backups} snapshot={selected} onVersions={onVersions} />
        )}
      </Stack>
    </div>
  );
}

function BackupTitle({ backups, selected, mixed, onSelect }: Omit<ChosenProps, 'onRestore' | 'onVersions'>) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const ownerOf = useOwnerWords();
  const { older, newer } = neighboursOf(backups, selected);
  return (
    <div className={classes.head}>
      <div>
        <Title order={2} id="backup">
          {t('timeline.title', { time: longTime(selected.time, format.language) })}
        </Title>
        <Text size="sm" c="dimmed">
          {mixed && <>{ownerOf(selected)} · </>}
          <RelativeTime time={selected.time} />
          {selected.files !== undefined && (
            <> · {t('timeline.files', { count: selected.files, files: format.count(selected.files) })}</>
          )}
          {selected.bytes !== undefined && <> · {format.bytes(selected.bytes)}</>}
          {selected.hostname !== '' && <> · {selected.hostname}</>}
        </Text>
      </div>
      <Button.Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<ChevronLeft size={14} aria-hidden />}
          disabled={older === undefined}
          onClick={() => older !== undefined && onSelect(older)}
        >
          {t('timeline.older')}
        </Button>
        <Button
          size="xs"
          variant="default"
          rightSection={<ChevronRight size={14} aria-hidden />}
          disabled={newer === undefined}
          onClick={() => newer !== undefined && onSelect(newer)}
        >
          {t('timeline.newer')}
        </Button>
      </Button.Group>
    </div>
  );
}

function longTime(time: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(time));
}
