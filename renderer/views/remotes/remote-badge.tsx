import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleSlash,
  CircleX,
  Clock,
  LoaderCircle,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { type Look, LookBadge } from '../../components/state-badge.tsx';
import type { RemoteBackup, RemoteView } from './remote-view.ts';

const remoteLooks: Readonly<Record<RemoteView['state'], Look>> = {
  failing: { color: 'red', Icon: CircleX },
  running: { color: 'blue', Icon: LoaderCircle },
  new: { color: 'gray', Icon: CircleDashed },
  ok: { color: 'tide', Icon: CircleCheck },
};

const backupLooks: Readonly<Record<RemoteBackup['state'], Look>> = {
  queued: { color: 'blue', Icon: CircleDashed },
  running: remoteLooks.running,
  done: remoteLooks.ok,
  failed: remoteLooks.failing,
  cancelled: { color: 'gray', Icon: CircleSlash },
  expired: { color: 'gray', Icon: Clock },
  unknown: { color: 'gray', Icon: CircleHelp },
};

/** How a remote stands; without a credential it cannot be asked. */
export function RemoteBadge({ view: { state, credential } }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  if (credential === 'none') return <LookBadge color="orange" Icon={CircleAlert} label={t('state.noCredential')} />;
  return <LookBadge {...remoteLooks[state]} label={t(`state.${state}`)} />;
}

/** The state of a backup there, or of its restore. */
export function BackupBadge({ state }: { readonly state: RemoteBackup['state'] }) {
  const { t } = useTranslation('remotes');
  return <LookBadge {...backupLooks[state]} label={t(`backupState.${state}`)} />;
}
