import { Alert, Button, Group, NumberInput, Select, Skeleton, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RemoteInput } from '../../../../src/config/remote.ts';
import { BackLink } from '../../../components/back-link.tsx';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Fields } from '../../../components/fields.tsx';
import { Page } from '../../../components/page.tsx';
import { Section } from '../../../components/section.tsx';
import { useUnsavedChanges } from '../../../components/use-unsaved-changes.ts';
import { agentQuery, useAgentMutation } from '../../../data/agent-call.ts';
import { orderOf } from '../order/order.ts';
import { canDo, type RemoteView } from '../remote-view.ts';
import { ConnectionFields } from './connection-fields.tsx';
import { draftOf, isComplete, remoteInputOf } from './remote-draft.ts';
import { SchedulePart } from './schedule-part.tsx';

export function EditRemote({ id }: { readonly id: string }) {
  const { t } = useTranslation('remotes');
  // Of the schedule: loaded now, so that nothing is hidden when it is turned on.
  useTranslation('plans');
  const { data: view, error } = useQuery(agentQuery('remotes', 'get', { params: { id } }));
  return (
    <Page
      title={view?.remote.name ?? t('edit.title')}
      description={<BackLink href={`/remotes/${id}`}>{t('edit.back')}</BackLink>}
    >
      {error !== null && <ErrorAlert error={error} />}
      {view === undefined && error === null && <Skeleton height={400} radius="lg" />}
      {view !== undefined && <Editor view={view} />}
    </Page>
  );
}

/** Works on the remote as it was when the editor was opened; one that was changed meanwhile is not overwritten. */
function Editor({ view }: { readonly view: RemoteView }) {
  const { t } = useTranslation('remotes');
  const [base, setBase] = useState(view);
  const [draft, setDraft] = useState(() => draftOf(view));
  const [credential, setCredential] = useState('');
  const update = useAgentMutation('remotes', 'update', {
    onSuccess: (saved) => {
      reload(saved);
      notifications.show({ message: t('saved'), color: 'tide' });
    },
  });
  useUnsavedChanges(
    !update.isPending && (credential !== '' || JSON.stringify(draft) !== JSON.stringify(draftOf(base))),
  );
  const reload = (to: RemoteView) => {
    setBase(to);
    setDraft(draftOf(to));
    setCredential('');
  };
  const save = () => {
    const body = { remote: savedOf(draft, view), ...(credential === '' ? {} : { credential }) };
    update.mutate({ params: { id: base.remote.id }, query: { revision: base.remote.revision }, body });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Stack gap="lg">
        {view.remote.revision > base.remote.revision && !update.isPending && (
          <Alert color="orange" title={t('edit.changed')}>
            <Button
              size="xs"
              variant="light"
              onClick={() => {
                update.reset();
                reload(view);
              }}
            >
              {t('edit.reload')}
            </Button>
          </Alert>
        )}
        <Section title={t('edit.connection')} description={t('edit.connectionHow')}>
          <ConnectionFields
            draft={draft}
            onChange={setDraft}
            credential={credential}
            onCredential={setCredential}
            keepsCredential={view.credential !== 'none'}
          />
          <NumberInput
            label={t('field.pollMinutes')}
            maw={280}
            min={1}
            max={1440}
            allowDecimal={false}
            value={draft.pollMinutes}
            onChange={(value) => value !== '' && setDraft((now) => ({ ...now, pollMinutes: Number(value) }))}
          />
        </Section>
        <SchedulePart key={base.remote.revision} view={view} draft={draft} onChange={setDraft} />
        {canDo(view, 'download') && <IngestPart draft={draft} onChange={setDraft} />}
        {update.error !== null && <ErrorAlert error={update.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={update.isPending} disabled={!isComplete(draft)}>
            {t('edit.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface IngestPartProps {
  readonly draft: RemoteInput;
  readonly onChange: (draft: RemoteInput) => void;
}

/** Copies of what is made there, in a repository of one's own. */
function IngestPart({ draft, onChange }: IngestPartProps) {
  const { t } = useTranslation('remotes');
  const { data: repositories = [] } = useQuery(agentQuery('repositories', 'list'));
  return (
    <Section title={t('ingestInto.title')} description={t('ingestInto.how')}>
      <Fields>
        <Select
          label={t('ingestInto.label')}
          clearable
          clearButtonProps={{ 'aria-label': t('ingestInto.none') }}
          placeholder={t('ingestInto.none')}
          data={repositories.map(({ repository }) => ({ value: repository.id, label: repository.name }))}
          value={draft.ingestInto ?? null}
          onChange={(chosen) => {
            const { ingestInto: _, ...rest } = draft;
            onChange(chosen === null ? rest : { ...rest, ingestInto: chosen });
          }}
        />
      </Fields>
    </Section>
  );
}

/** Fields that were emptied, or that the dialect does not take, are left out. */
function savedOf(draft: RemoteInput, { capabilities }: RemoteView): RemoteInput {
  const { schedule, ...remote } = remoteInputOf(draft);
  if (schedule === undefined) return remote;
  return {
    ...remote,
    schedule: capabilities === undefined ? schedule : { ...schedule, order: orderOf(schedule.order, capabilities) },
  };
}
