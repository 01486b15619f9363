import { Modal } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RestoreForm } from './restore-form.tsx';
import { RestoreRun } from './restore-run.tsx';

/** What somebody wants back. */
export interface RestoreOrder {
  readonly repositoryId: string;
  readonly snapshotId: string;
  /** Of the backup that it is taken from, ISO. */
  readonly time: string | undefined;
  /** In the snapshot; none: everything. */
  readonly paths: readonly string[];
  /** One file, so this version of it is wanted. */
  readonly single: boolean;
}

interface RestoreDialogProps {
  /** Closed without one. */
  readonly order: RestoreOrder | undefined;
  readonly onClose: () => void;
}

/** From where to, and over what, to done: counted before it is begun. Once begun it goes on when the dialog is closed. */
export function RestoreDialog({ order, onClose }: RestoreDialogProps) {
  const { t } = useTranslation(['restore', 'common']);
  return (
    <Modal
      opened={order !== undefined}
      onClose={onClose}
      size="lg"
      title={t('dialog.title')}
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
    >
      {order !== undefined && <DialogContent order={order} onClose={onClose} />}
    </Modal>
  );
}

function DialogContent({ order, onClose }: RestoreDialogProps & { readonly order: RestoreOrder }) {
  const [jobId, setJobId] = useState<string>();
  if (jobId !== undefined) return <RestoreRun jobId={jobId} order={order} onClose={onClose} />;
  return <RestoreForm order={order} onClose={onClose} onStarted={setJobId} />;
}
