import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HoldfastError } from '../../../../src/control/errors.ts';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Section } from '../../../components/section.tsx';
import { useUnsavedChanges } from '../../../components/use-unsaved-changes.ts';
import { DatabasesPart } from '../databases/databases-part.tsx';
import { SchedulePart } from '../schedule/schedule-part.tsx';
import { CarePart } from './care-part.tsx';
import { ConditionsPart } from './conditions-part.tsx';
import type { Draft, PartProps } from './draft.ts';
import classes from './editor.module.css';
import { ExcludesPart } from './excludes-part.tsx';
import { FieldErrors, useFieldError } from './field-errors.tsx';
import { HooksPart } from './hooks-part.tsx';
import { RepositoriesPart } from './repositories-part.tsx';
import { RetentionPart } from './retention-part.tsx';
import { SourcesPart } from './sources-part.tsx';

interface PlanFormProps {
  readonly initial: Draft;
  /** Of a plan that is there already. */
  readonly planId?: string;
  readonly saveLabel: string;
  readonly pending: boolean;
  readonly error: HoldfastError | null;
  readonly onSave: (draft: Draft) => void;
}

export function PlanForm({ initial, planId, saveLabel, pending, error, onSave }: PlanFormProps) {
  const { t } = useTranslation('plans');
  const [draft, setDraft] = useState(initial);
  const isChanged = draft !== initial && JSON.stringify(draft) !== JSON.stringify(initial);
  // What is being saved is not lost.
  useUnsavedChanges(isChanged && !pending);
  const part: PartProps = { draft, onChange: setDraft };
  return (
    <FieldErrors value={error?.fields ?? []}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSave(draft);
        }}
      >
        <Stack gap="lg">
          <NamePart {...part} />
          <SourcesPart {...part} />
          <DatabasesPart {...part} />
          <ExcludesPart {...part} />
          <SchedulePart {...part} />
          <RepositoriesPart {...part} />
          <RetentionPart {...part} planId={planId} />
          <ConditionsPart {...part} />
          <CarePart {...part} />
          <HooksPart {...part} />
          {error !== null && <ErrorAlert error={error} />}
          <div className={classes.bar}>
            <Text size="sm" c="dimmed">
              {isChanged && planId !== undefined && t('unsaved')}
            </Text>
            <Group gap="sm">
              {isChanged && planId !== undefined && (
                <Button variant="default" onClick={() => setDraft(initial)}>
                  {t('discard')}
                </Button>
              )}
              <Button type="submit" loading={pending}>
                {saveLabel}
              </Button>
            </Group>
          </div>
        </Stack>
      </form>
    </FieldErrors>
  );
}

function NamePart({ draft, onChange }: PartProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  return (
    <Section title={t('name.title')}>
      <TextInput
        label={t('name.label')}
        required
        maw={480}
        value={draft.name}
        error={errorAt('name')}
        onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
      />
    </Section>
  );
}
