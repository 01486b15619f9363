import { Button, Checkbox, CloseButton, Group, NumberInput, Paper, Stack, Text, Textarea, Title } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Hook } from '../../../../src/config/plan.ts';
import { Section } from '../../../components/section.tsx';
import type { PartProps } from './draft.ts';
import classes from './editor.module.css';
import { useFieldError } from './field-errors.tsx';
import { useLinesField } from './use-lines-field.ts';

const moments = ['before', 'after', 'onFailure'] as const;
type Moment = (typeof moments)[number];

/** Programs that are started with each run. */
export function HooksPart({ draft, onChange }: PartProps) {
  const { t } = useTranslation('plans');
  const { hooks } = draft;
  const set = (moment: Moment, list: Hook[]) => onChange({ ...draft, hooks: { ...hooks, [moment]: list } });
  return (
    <Section title={t('hooks.title')} description={t('hooks.description')}>
      {moments.map((moment) => (
        <Stack key={moment} gap="sm">
          <Title order={3} size="h5">
            {t(`hooks.${moment}`)}
          </Title>
          {hooks[moment].map((hook, index) => (
            <HookFields
              // biome-ignore lint/suspicious/noArrayIndexKey: a hook is its place in the list, and changes while it is typed
              key={index}
              hook={hook}
              path={`hooks.${moment}.${index}`}
              canCancel={moment === 'before'}
              onChange={(next) =>
                set(
                  moment,
                  hooks[moment].map((one, at) => (at === index ? next : one)),
                )
              }
              onRemove={() =>
                set(
                  moment,
                  hooks[moment].filter((_, at) => at !== index),
                )
              }
            />
          ))}
          <Group>
            <Button
              variant="light"
              size="xs"
              leftSection={<Plus size={14} aria-hidden />}
              aria-label={t('hooks.addTo', { moment: t(`hooks.${moment}`) })}
              onClick={() =>
                set(moment, [...hooks[moment], { command: [], timeoutSeconds: 60, cancelOnFailure: false }])
              }
            >
              {t('hooks.add')}
            </Button>
          </Group>
        </Stack>
      ))}
    </Section>
  );
}

interface HookFieldsProps {
  readonly hook: Hook;
  readonly path: string;
  readonly canCancel: boolean;
  readonly onChange: (hook: Hook) => void;
  readonly onRemove: () => void;
}

function HookFields({ hook, path, canCancel, onChange, onRemove }: HookFieldsProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  const command = useLinesField(hook.command, (lines) => onChange({ ...hook, command: lines }));
  return (
    <Paper p="md" pos="relative">
      <Stack gap="sm">
        <Group align="start" gap="sm" wrap="nowrap">
          <Textarea
            className={classes.grow}
            label={t('hooks.command')}
            description={t('hooks.commandHow')}
            placeholder={'/usr/bin/notify-send\nHoldfast'}
            autosize
            minRows={2}
            spellCheck={false}
            error={errorAt(path)}
            {...command}
          />
          <CloseButton aria-label={t('hooks.remove', { command: hook.command[0] ?? '' })} onClick={onRemove} />
        </Group>
        <Group gap="md" align="end">
          <NumberInput
            label={t('hooks.timeout')}
            w={160}
            min={1}
            max={86_400}
            allowDecimal={false}
            value={hook.timeoutSeconds}
            onChange={(value) => value !== '' && onChange({ ...hook, timeoutSeconds: Number(value) })}
          />
          {canCancel && (
            <Checkbox
              mb={8}
              label={<Text size="sm">{t('hooks.cancelOnFailure')}</Text>}
              checked={hook.cancelOnFailure}
              onChange={(event) => onChange({ ...hook, cancelOnFailure: event.currentTarget.checked })}
            />
          )}
        </Group>
      </Stack>
    </Paper>
  );
}
