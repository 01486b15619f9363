import { Button, Group, Input, List, Radio, Select, Stack, Text, TextInput } from '@mantine/core';
import { FolderSearch, Undo2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { FolderPicker } from '../../components/folder-picker.tsx';
import { PathText } from '../../components/path-text.tsx';
import { useFormat } from '../../components/use-format.ts';
import { type CallInput, useAgentMutation } from '../../data/agent-call.ts';
import type { RestoreOrder } from './restore-dialog.tsx';
import { RestorePreview } from './restore-preview.tsx';
import { commonFolder } from './snapshot-paths.ts';

type RestoreBody = CallInput<'snapshots', 'restore'>['body'];
type Overwrite = NonNullable<RestoreBody['overwrite']>;

interface RestoreFormProps {
  readonly order: RestoreOrder;
  readonly onClose: () => void;
  readonly onStarted: (jobId: string) => void;
}

const policies: readonly Overwrite[] = ['never', 'if-changed', 'if-newer', 'always'];
const shownPaths = 3;

/** Where to, and what becomes of what is there. */
export function RestoreForm({ order, onClose, onStarted }: RestoreFormProps) {
  const { t } = useTranslation(['restore', 'common']);
  const [elsewhere, setElsewhere] = useState(false);
  const [folder, setFolder] = useState('');
  const [picking, setPicking] = useState(false);
  // Of one file this version is wanted; among many, what was changed since is not to be lost by accident.
  const [overwrite, setOverwrite] = useState<Overwrite>(order.single ? 'if-changed' : 'never');
  const restore = useAgentMutation('snapshots', 'restore', { onSuccess: (job) => onStarted(job.id) });
  const target = folder.trim();
  const body = bodyOf(order, elsewhere ? target : undefined, overwrite);
  const isReady = !elsewhere || target !== '';
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) restore.mutate({ body });
  };
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <What order={order} />
        <Radio.Group
          label={t('dialog.where')}
          value={elsewhere ? 'folder' : 'original'}
          onChange={(value) => setElsewhere(value === 'folder')}
        >
          <Stack gap="xs" mt={6}>
            <Radio value="original" label={t('dialog.original')} description={<Original order={order} />} />
            <Radio value="folder" label={t('dialog.folder')} description={t('dialog.folderText')} />
          </Stack>
        </Radio.Group>
        {elsewhere && (
          <Group gap="xs" align="end" wrap="nowrap">
            <TextInput
              flex={1}
              label={t('dialog.target')}
              value={folder}
              onChange={(event) => setFolder(event.currentTarget.value)}
              spellCheck={false}
              data-autofocus
            />
            <Button
              variant="default"
              leftSection={<FolderSearch size={16} aria-hidden />}
              onClick={() => setPicking(true)}
            >
              {t('dialog.choose')}
            </Button>
          </Group>
        )}
        <Select
          label={t('dialog.overwrite')}
          allowDeselect={false}
          data={policies.map((value) => ({ value, label: t(`overwrite.${value}`) }))}
          value={overwrite}
          onChange={(value) => setOverwrite(policies.find((one) => one === value) ?? overwrite)}
        />
        <Input.Wrapper label={t('preview.label')} labelElement="div">
          {isReady ? (
            <RestorePreview body={body} />
          ) : (
            <Text size="sm" c="dimmed">
              {t('preview.noFolder')}
            </Text>
          )}
        </Input.Wrapper>
        {restore.error !== null && <ErrorAlert error={restore.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common:action.cancel')}
          </Button>
          <Button
            type="submit"
            disabled={!isReady}
            loading={restore.isPending}
            leftSection={<Undo2 size={16} aria-hidden />}
            data-autofocus
          >
            {t('restore.action')}
          </Button>
        </Group>
      </Stack>
      <FolderPicker
        title={t('dialog.choose')}
        opened={picking}
        onClose={() => setPicking(false)}
        onChoose={setFolder}
      />
    </form>
  );
}

function bodyOf(order: RestoreOrder, target: string | undefined, overwrite: Overwrite): RestoreBody {
  const { repositoryId, snapshotId, paths } = order;
  const place = target === undefined ? {} : { target, ...(paths.length === 0 ? {} : { from: commonFolder(paths) }) };
  return { repositoryId, snapshotId, paths: [...paths], overwrite, ...place };
}

/** The things that are wanted, and how old they are. */
function What({ order: { paths, time } }: { readonly order: RestoreOrder }) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const more = paths.length - shownPaths;
  return (
    <div>
      {paths.length === 0 ? (
        <Text fw={600}>{t('dialog.everything')}</Text>
      ) : (
        <List listStyleType="none" aria-label={t('dialog.what')}>
          {paths.slice(0, shownPaths).map((path) => (
            <List.Item key={path}>
              <PathText path={path} />
            </List.Item>
          ))}
        </List>
      )}
      {more > 0 && <Text size="sm">{t('dialog.more', { count: more, items: format.count(more) })}</Text>}
      {time !== undefined && (
        <Text size="sm" c="dimmed">
          {t('dialog.from', { time: format.time(time) })}
        </Text>
      )}
    </div>
  );
}

function Original({ order: { paths } }: { readonly order: RestoreOrder }) {
  const { t } = useTranslation('restore');
  if (paths.length === 0) return t('dialog.originalText');
  return (
    <>
      {t('dialog.into')} <PathText path={commonFolder(paths)} />
    </>
  );
}
