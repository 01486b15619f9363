import { Button, Group, Paper, Radio, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { BackLink } from '../../../components/back-link.tsx';
import { ChoiceCard, ChoiceCards } from '../../../components/choice-cards.tsx';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Page } from '../../../components/page.tsx';
import { useAgentMutation } from '../../../data/agent-call.ts';
import { ConnectionFields } from './connection-fields.tsx';
import { dialectNames, isComplete, newRemote, remoteInputOf, withDialect } from './remote-draft.ts';
import { TestResult } from './test-result.tsx';

/** Its kind, where it is and who asks; it is tried before it is kept. */
export function AddRemote() {
  const { t } = useTranslation('remotes');
  const [, goTo] = useLocation();
  const [draft, setDraft] = useState(() => newRemote('organizations'));
  const [credential, setCredential] = useState('');
  const test = useAgentMutation('remotes', 'testNew');
  const add = useAgentMutation('remotes', 'add', { onSuccess: ({ remote }) => goTo(`/remotes/${remote.id}`) });
  const isReady = isComplete(draft) && credential !== '';
  const body = () => ({ remote: remoteInputOf(draft), credential });
  const edited = () => {
    test.reset();
    add.reset();
  };
  const error = add.error ?? test.error;
  return (
    <Page title={t('add.title')} description={<BackLink href="/remotes">{t('back')}</BackLink>}>
      <Paper p="lg">
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            test.reset();
            add.mutate({ body: body() });
          }}
        >
          <Stack>
            <Radio.Group
              label={t('field.dialect')}
              value={draft.dialect}
              onChange={(value) => {
                edited();
                setDraft(withDialect(draft, dialectNames.find((name) => name === value) ?? draft.dialect));
              }}
            >
              <ChoiceCards cardWidth={182}>
                {dialectNames.map((name) => (
                  <ChoiceCard
                    key={name}
                    type="radio"
                    value={name}
                    label={t(`dialect.${name}.title`)}
                    description={t(`dialect.${name}.text`)}
                    checked={draft.dialect === name}
                  />
                ))}
              </ChoiceCards>
            </Radio.Group>
            <ConnectionFields
              draft={draft}
              onChange={(next) => {
                edited();
                setDraft(next);
              }}
              credential={credential}
              onCredential={(next) => {
                edited();
                setCredential(next);
              }}
            />
            {error !== null && <ErrorAlert error={error} />}
            {test.data !== undefined && <TestResult message={test.data.message} />}
            <Group justify="flex-end">
              <Button
                variant="default"
                disabled={!isReady}
                loading={test.isPending}
                onClick={() => {
                  add.reset();
                  test.mutate({ body: body() });
                }}
              >
                {t('test.action')}
              </Button>
              <Button type="submit" disabled={!isReady} loading={add.isPending}>
                {t('add.connect')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
    </Page>
  );
}
