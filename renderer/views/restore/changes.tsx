import { Badge, Group, Select, Text } from '@mantine/core';
import { FileDiff } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { PathText } from '../../components/path-text.tsx';
import { useFormat } from '../../components/use-format.ts';
import { VirtualTable } from '../../components/virtual-table.tsx';
import { agentQuery, type CallAnswer } from '../../data/agent-call.ts';
import { usePages } from '../../data/use-pages.ts';
import { isAlike, type SnapshotView } from './backups-of.ts';
import classes from './files.module.css';
import { nameOf, parentOf } from './snapshot-paths.ts';

type DiffView = CallAnswer<'snapshots', 'diff'>;
type ChangeName = DiffView['changes'][number]['change'];

interface ChangesProps {
  readonly backups: readonly SnapshotView[];
  readonly snapshot: SnapshotView;
  readonly onVersions: (path: string) => void;
}

/** What differs between this backup and another one: the one before it unless another is chosen. */
export function Changes({ backups, snapshot, onVersions }: ChangesProps) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const others = backups.filter(({ id, repositoryId }) => id !== snapshot.id && repositoryId === snapshot.repositoryId);
  const before = others.find((one) => one.time < snapshot.time && isAlike(one, snapshot));
  const [chosen, setChosen] = useState((before ?? others[0])?.id);
  const other = others.find(({ id }) => id === chosen);
  if (other === undefined) return <EmptyState icon={FileDiff} title={t('changes.only')} />;
  const [from, to] = other.time < snapshot.time ? [other, snapshot] : [snapshot, other];
  return (
    <>
      <Select
        label={t('changes.with')}
        searchable
        allowDeselect={false}
        limit={200}
        data={others.map(({ id, time }) => ({ value: id, label: format.time(time) }))}
        value={other.id}
        onChange={(id) => id !== null && setChosen(id)}
        maw={320}
      />
      <ChangeList key={`${from.id} ${to.id}`} from={from} to={to} onVersions={onVersions} />
    </>
  );
}

interface ChangeListProps extends Pick<ChangesProps, 'onVersions'> {
  readonly from: SnapshotView;
  readonly to: SnapshotView;
}

const colors: Readonly<Record<ChangeName, string>> = {
  added: 'tide',
  removed: 'red',
  changed: 'blue',
  metadata: 'gray',
};

function ChangeList({ from, to, onVersions }: ChangeListProps) {
  const { t } = useTranslation('restore');
  const { first, total, row, onRange, error } = usePages({
    query: (page) =>
      agentQuery('snapshots', 'diff', {
        params: { id: from.id },
        query: { repositoryId: from.repositoryId, other: to.id, ...page },
      }),
    rows: ({ changes }) => changes,
  });
  if (error !== null) return <ErrorAlert error={error} />;
  if (total === 0) return <EmptyState icon={FileDiff} title={t('changes.none')} />;
  return (
    <>
      {first !== undefined && <Counts diff={first} />}
      <VirtualTable
        label={t('changes.label')}
        columns={[
          {
            key: 'change',
            title: t('changes.change'),
            width: '116px',
            cell: ({ change }) => (
              <Badge variant="light" tt="none" color={colors[change]}>
                {t(`change.${change}`)}
              </Badge>
            ),
          },
          {
            key: 'path',
            title: t('files.name'),
            width: 'minmax(0, 1fr)',
            cell: ({ path }) => (
              <span className={classes.lines}>
                <PathText path={nameOf(path.replace(/\/$/, ''))} />
                <span className={classes.folder}>
                  <PathText path={parentOf(path.replace(/\/$/, ''))} />
                </span>
              </span>
            ),
          },
        ]}
        count={total ?? 8}
        row={row}
        onRange={onRange}
        onOpen={({ path }) => !path.endsWith('/') && onVersions(path)}
        rowHeight={52}
      />
    </>
  );
}

function Counts({ diff: { added, removed, changed, bytesAdded, bytesRemoved } }: { readonly diff: DiffView }) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  return (
    <Group gap="xs">
      <Text size="sm">{t('changes.added', { count: added, files: format.count(added) })}</Text>
      <Text size="sm">{t('changes.removed', { count: removed, files: format.count(removed) })}</Text>
      <Text size="sm">{t('changes.changed', { count: changed, files: format.count(changed) })}</Text>
      <Text size="sm" c="dimmed">
        +{format.bytes(bytesAdded)} −{format.bytes(bytesRemoved)}
      </Text>
    </Group>
  );
}
