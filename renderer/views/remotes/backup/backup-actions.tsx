import { Button, Group, Modal, Text } from '@mantine/core';
import { CircleSlash, Download, HardDriveDownload, Lock, LockOpen, Pencil, Trash2, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Section } from '../../../components/section.tsx';
import { useAgentMutation } from '../../../data/agent-call.ts';
import { actionsOn, type RemoteBackup, type RemoteView } from '../remote-view.ts';
import { DescribeForm } from './describe-form.tsx';
import { DownloadForm } from './download-form.tsx';
import { IngestForm } from './ingest-form.tsx';
import { RestoreForm } from './restore-form.tsx';

export interface BackupProps {
  readonly view: RemoteView;
  readonly backup: RemoteBackup;
}

const titles = {
  restore: 'remotes:restore.title',
  download: 'remotes:download.title',
  ingest: 'remotes:ingest.title',
  describe: 'remotes:describe.title',
} as const;
type Dialog = keyof typeof titles;

/** Only what the dialect can do, and the state allows. */
export function BackupActions({ view, backup }: BackupProps) {
  const { t } = useTranslation(['remotes', 'common']);
  const [dialog, setDialog] = useState<Dialog>();
  const can = actionsOn(view, backup);
  const params = { id: view.remote.id, backup: backup.id };
  const cancel = useAgentMutation('remotes', 'cancel');
  const lock = useAgentMutation('remotes', 'lock');
  const error = cancel.error ?? lock.error;
  const close = () => setDialog(undefined);
  const form = { view, backup, onDone: close };
  if (!Object.entries(can).some(([action, is]) => is && action !== 'files')) return null;
  return (
    <Section title={t('remotes:actions.title')}>
      <Group gap="sm">
        {can.cancel && (
          <Button
            variant="default"
            leftSection={<CircleSlash size={16} aria-hidden />}
            loading={cancel.isPending}
            onClick={() => cancel.mutate({ params })}
          >
            {t('remotes:actions.cancel')}
          </Button>
        )}
        {can.restore && (
          <Button leftSection={<Undo2 size={16} aria-hidden />} onClick={() => setDialog('restore')}>
            {t('remotes:restore.action')}
          </Button>
        )}
        {can.download && (
          <>
            <Button
              variant="default"
              leftSection={<Download size={16} aria-hidden />}
              onClick={() => setDialog('download')}
            >
              {t('remotes:download.action')}
            </Button>
            <Button
              variant="default"
              leftSection={<HardDriveDownload size={16} aria-hidden />}
              onClick={() => setDialog('ingest')}
            >
              {t('remotes:ingest.action')}
            </Button>
          </>
        )}
        {(can.rename || can.describe) && (
          <Button
            variant="default"
            leftSection={<Pencil size={16} aria-hidden />}
            onClick={() => setDialog('describe')}
          >
            {t('remotes:describe.action')}
          </Button>
        )}
        {can.lock && (
          <Button
            variant="default"
            leftSection={backup.locked === true ? <LockOpen size={16} aria-hidden /> : <Lock size={16} aria-hidden />}
            loading={lock.isPending}
            onClick={() => lock.mutate({ params, body: { locked: backup.locked !== true } })}
          >
            {t(backup.locked === true ? 'remotes:actions.unlock' : 'remotes:actions.lock')}
          </Button>
        )}
        {can.delete && <Delete view={view} backup={backup} />}
      </Group>
      {can.delete && backup.locked === true && (
        <Text size="sm" c="dimmed">
          {t('remotes:delete.locked')}
        </Text>
      )}
      {error !== null && <ErrorAlert error={error} />}
      <Modal
        opened={dialog !== undefined}
        onClose={close}
        title={t(titles[dialog ?? 'restore'])}
        closeButtonProps={{ 'aria-label': t('common:action.close') }}
      >
        {dialog === 'restore' && <RestoreForm {...form} />}
        {dialog === 'download' && <DownloadForm {...form} />}
        {dialog === 'ingest' && <IngestForm {...form} />}
        {dialog === 'describe' && <DescribeForm {...form} />}
      </Modal>
    </Section>
  );
}

function Delete({ view: { remote }, backup }: BackupProps) {
  const { t } = useTranslation('remotes');
  const [, goTo] = useLocation();
  const [isAsking, setAsking] = useState(false);
  const remove = useAgentMutation('remotes', 'delete', { onSuccess: () => goTo(`/remotes/${remote.id}`) });
  return (
    <>
      <Button
        variant="light"
        color="red"
        disabled={backup.locked === true}
        leftSection={<Trash2 size={16} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        {t('delete.action')}
      </Button>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => {
          remove.reset();
          setAsking(false);
        }}
        title={t('delete.question', { name: backup.name ?? backup.id })}
        confirmLabel={t('delete.action')}
        destructive
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ params: { id: remote.id, backup: backup.id } })}
      >
        {t('delete.text', { remote: remote.name })}
      </ConfirmDialog>
    </>
  );
}
