import { Badge, Button, Drawer, Group, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Download, FolderOpen, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ByteSize } from '../../components/byte-size.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { PathText } from '../../components/path-text.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { useFormat } from '../../components/use-format.ts';
import { agentQuery, type CallAnswer } from '../../data/agent-call.ts';
import { versionsOf } from './backups-of.ts';
import { DownloadLink } from './download-link.tsx';
import type { RestoreOrder } from './restore-dialog.tsx';
import { pathOf, queryOf, type Scope } from './scope.ts';
import { nameOf, parentOf } from './snapshot-paths.ts';
import { Unread } from './unread.tsx';

type Version = CallAnswer<'snapshots', 'versions'>['versions'][number];

interface VersionsDrawerProps {
  /** Of the file; closed without one. */
  readonly path: string | undefined;
  readonly scope: Scope;
  readonly repositories: readonly string[];
  readonly onClose: () => void;
  /** The files of a backup are shown now, instead of what was searched for. */
  readonly onBrowse: () => void;
  readonly onRestore: (order: RestoreOrder) => void;
}

/** All versions of a file that are kept, the newest first. */
export function VersionsDrawer({ path, onClose, ...props }: VersionsDrawerProps) {
  const { t } = useTranslation('common');
  return (
    <Drawer
      opened={path !== undefined}
      onClose={onClose}
      position="right"
      size="md"
      title={path !== undefined && <PathText path={nameOf(path)} />}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {path !== undefined && <Versions path={path} onClose={onClose} {...props} />}
    </Drawer>
  );
}

function Versions({
  path,
  scope,
  repositories,
  onClose,
  onBrowse,
  onRestore,
}: VersionsDrawerProps & { readonly path: string }) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const { data, error } = useQuery(agentQuery('snapshots', 'versions', { query: { ...queryOf(scope), path } }));
  if (error !== null) return <ErrorAlert error={error} />;
  if (data === undefined) return <Skeleton height={200} />;
  const versions = versionsOf(data.versions, repositories);
  return (
    <Stack>
      <Unread repositories={data.unread} />
      <Text size="sm" c="dimmed">
        <PathText path={parentOf(path)} />
      </Text>
      <Text role="status">
        {t('versions.count', { count: versions.length, versions: format.count(versions.length) })}
      </Text>
      <Stack component="ol" gap="sm" m={0} p={0} style={{ listStyle: 'none' }} aria-label={t('versions.column')}>
        {versions.map((version, at) => (
          <VersionCard
            key={`${version.repositoryId} ${version.snapshotIds[0]}`}
            {...{ path, scope, version, onClose, onBrowse, onRestore }}
            newest={at === 0}
          />
        ))}
      </Stack>
    </Stack>
  );
}

interface VersionCardProps extends Pick<VersionsDrawerProps, 'scope' | 'onClose' | 'onBrowse' | 'onRestore'> {
  readonly path: string;
  readonly version: Version;
  readonly newest: boolean;
}

function VersionCard({ path, scope, version, newest, onClose, onBrowse, onRestore }: VersionCardProps) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const [, navigate] = useLocation();
  const { repositoryId, mtime, size, firstSeen, lastSeen } = version;
  const snapshotId = version.snapshotIds[0] ?? '';
  return (
    <Paper component="li" p="md">
      <Group gap="xs">
        <Text fw={600}>{t('versions.changed', { time: format.time(mtime) })}</Text>
        {newest && (
          <Badge variant="light" tt="none">
            {t('versions.newest')}
          </Badge>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        <RelativeTime time={mtime} />
        {size !== undefined && (
          <>
            {' · '}
            <ByteSize bytes={size} />
          </>
        )}
      </Text>
      {firstSeen !== undefined && lastSeen !== undefined && (
        <Text size="sm" c="dimmed">
          {t('versions.kept', {
            count: version.snapshotIds.length,
            backups: format.count(version.snapshotIds.length),
            first: format.time(firstSeen),
            last: format.time(lastSeen),
          })}
        </Text>
      )}
      <Group gap="xs" mt="xs">
        <Button
          size="xs"
          variant={newest ? 'filled' : 'light'}
          leftSection={<Undo2 size={14} aria-hidden />}
          onClick={() => onRestore({ repositoryId, snapshotId, time: lastSeen, paths: [path], single: true })}
        >
          {t('versions.restore')}
        </Button>
        <DownloadLink
          snapshot={{ id: snapshotId, repositoryId }}
          paths={[path]}
          leftSection={<Download size={14} aria-hidden />}
        >
          {t('download.short')}
        </DownloadLink>
        <Button
          size="xs"
          variant="subtle"
          leftSection={<FolderOpen size={14} aria-hidden />}
          onClick={() => {
            onClose();
            onBrowse();
            navigate(`${pathOf(scope)}?${new URLSearchParams({ at: snapshotId, path: parentOf(path) })}`);
          }}
        >
          {t('versions.folder')}
        </Button>
      </Group>
    </Paper>
  );
}
