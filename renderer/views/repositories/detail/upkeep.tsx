import { Button, Checkbox, Group, NumberInput, Select, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ScheduleTrigger } from '../../../../src/config/trigger.ts';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Fields } from '../../../components/fields.tsx';
import { Section } from '../../../components/section.tsx';
import { useTriggerWords } from '../../../components/use-trigger-words.ts';
import { useAgentMutation } from '../../../data/agent-call.ts';
import type { RepositoryView } from '../repository-list.tsx';

const day = 1440;
const rhythms: readonly ScheduleTrigger[] = [
  { kind: 'interval', minutes: day },
  { kind: 'interval', minutes: 7 * day },
  { kind: 'interval', minutes: 30 * day },
  { kind: 'manual' },
];

/** Checks and pruning by themselves. */
export function Upkeep({ view: { repository } }: { readonly view: RepositoryView }) {
  const { t } = useTranslation('repositories');
  const [draft, setDraft] = useState(repository.upkeep);
  const update = useAgentMutation('repositories', 'update', {
    onSuccess: () => notifications.show({ message: t('saved'), color: 'tide' }),
  });
  const isChanged = JSON.stringify(draft) !== JSON.stringify(repository.upkeep);
  return (
    <Section title={t('upkeep.title')} description={t('upkeep.description')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          update.mutate({ params: { id: repository.id }, body: { name: repository.name, upkeep: draft } });
        }}
      >
        <Stack>
          <Fields>
            <RhythmField
              label={t('upkeep.check')}
              value={draft.check}
              onChange={(check) => setDraft((now) => ({ ...now, check }))}
            />
            <NumberInput
              label={t('upkeep.read')}
              min={0}
              max={100}
              suffix=" %"
              allowDecimal={false}
              value={draft.readDataPercent}
              onChange={(value) => value !== '' && setDraft((now) => ({ ...now, readDataPercent: Number(value) }))}
            />
            <RhythmField
              label={t('upkeep.prune')}
              value={draft.prune}
              onChange={(prune) => setDraft((now) => ({ ...now, prune }))}
            />
          </Fields>
          <Checkbox
            label={t('upkeep.notOnBattery')}
            checked={draft.notOnBattery}
            onChange={(event) => setDraft({ ...draft, notOnBattery: event.currentTarget.checked })}
          />
          {update.error !== null && <ErrorAlert error={update.error} />}
          <Group>
            <Button type="submit" variant="light" disabled={!isChanged} loading={update.isPending}>
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

interface RhythmFieldProps {
  readonly label: string;
  readonly value: ScheduleTrigger;
  readonly onChange: (trigger: ScheduleTrigger) => void;
}

function RhythmField({ label, value, onChange }: RhythmFieldProps) {
  const words = useTriggerWords();
  const key = (trigger: ScheduleTrigger) => JSON.stringify(trigger);
  const all = rhythms.some((one) => key(one) === key(value)) ? rhythms : [value, ...rhythms];
  return (
    <Select
      label={label}
      allowDeselect={false}
      data={all.map((trigger) => ({ value: key(trigger), label: words(trigger) }))}
      value={key(value)}
      onChange={(chosen) => {
        const trigger = all.find((one) => key(one) === chosen);
        if (trigger !== undefined) onChange(trigger);
      }}
    />
  );
}
