import { Button, Checkbox, CloseButton, Group, Input, NumberInput, Stack, TagsInput, TextInput } from '@mantine/core';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Conditions } from '../../../../src/config/conditions.ts';
import { Fields } from '../../../components/fields.tsx';
import { Section } from '../../../components/section.tsx';
import type { PartProps } from './draft.ts';
import { useFieldError } from './field-errors.tsx';
import { PathList } from './path-list.tsx';

export function ConditionsPart({ draft, onChange }: PartProps) {
  return (
    <ConditionsSection conditions={draft.conditions} onChange={(conditions) => onChange({ ...draft, conditions })} />
  );
}

interface ConditionsSectionProps {
  readonly conditions: Conditions;
  readonly onChange: (conditions: Conditions) => void;
}

/** What must hold before a run starts by itself. */
export function ConditionsSection({ conditions, onChange }: ConditionsSectionProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  const set = (change: { readonly [K in keyof Conditions]?: Conditions[K] | undefined }) =>
    onChange(cleaned({ ...conditions, ...change }));
  return (
    <Section title={t('conditions.title')} description={t('conditions.description')}>
      <Stack gap="xs">
        <Checkbox
          label={t('conditions.notOnBattery')}
          checked={conditions.notOnBattery === true}
          onChange={(event) => set({ notOnBattery: event.currentTarget.checked || undefined })}
        />
        <Checkbox
          label={t('conditions.unmetered')}
          checked={conditions.network === 'unmetered'}
          onChange={(event) => set({ network: event.currentTarget.checked ? 'unmetered' : undefined })}
        />
      </Stack>
      <Fields>
        <NumberInput
          label={t('conditions.minBatteryPercent')}
          suffix=" %"
          min={1}
          max={100}
          allowDecimal={false}
          disabled={conditions.notOnBattery === true}
          value={conditions.minBatteryPercent ?? ''}
          error={errorAt('conditions.minBatteryPercent')}
          onChange={(value) => set({ minBatteryPercent: value === '' ? undefined : Number(value) })}
        />
        <TagsInput
          label={t('conditions.wifiNames')}
          description={t('conditions.wifiNamesHow')}
          value={conditions.wifiNames ?? []}
          error={errorAt('conditions.wifiNames')}
          onChange={(wifiNames) => set({ wifiNames })}
        />
      </Fields>
      <QuietHours conditions={conditions} onChange={(quietHours) => set({ quietHours })} />
      <Input.Wrapper label={t('conditions.requirePaths')} description={t('conditions.requirePathsHow')}>
        <Stack gap="sm" mt={6}>
          <PathList
            label={t('conditions.requirePaths')}
            addLabel={t('conditions.addPath')}
            paths={conditions.requirePaths ?? []}
            errorOf={(index) => errorAt(`conditions.requirePaths.${index}`)}
            onChange={(requirePaths) => set({ requirePaths })}
          />
        </Stack>
      </Input.Wrapper>
    </Section>
  );
}

type Hours = NonNullable<Conditions['quietHours']>;

interface QuietHoursProps {
  readonly conditions: Conditions;
  readonly onChange: (hours: Hours) => void;
}

function QuietHours({ conditions, onChange }: QuietHoursProps) {
  const { t } = useTranslation('plans');
  const hours = conditions.quietHours ?? [];
  const replace = (index: number, part: Partial<Hours[number]>) =>
    onChange(hours.map((one, at) => (at === index ? { ...one, ...part } : one)));
  return (
    <Input.Wrapper label={t('conditions.quietHours')} description={t('conditions.quietHoursHow')}>
      <Stack gap="xs" mt={6}>
        {hours.map(({ from, to }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: hours are their place in the list, and change while they are typed
          <Group key={index} gap="sm" align="end">
            {(['from', 'to'] as const).map((end) => (
              <TextInput
                key={end}
                type="time"
                label={t(`conditions.${end}`)}
                w={130}
                value={end === 'from' ? from : to}
                onChange={({ currentTarget: { value } }) => value !== '' && replace(index, { [end]: value })}
              />
            ))}
            <CloseButton
              mb={4}
              aria-label={t('conditions.removeHours', { from, to })}
              onClick={() => onChange(hours.filter((_, at) => at !== index))}
            />
          </Group>
        ))}
        <Group>
          <Button
            variant="light"
            leftSection={<Plus size={16} aria-hidden />}
            onClick={() => onChange([...hours, { from: '22:00', to: '06:00' }])}
          >
            {t('conditions.addHours')}
          </Button>
        </Group>
      </Stack>
    </Input.Wrapper>
  );
}

/** Without what says nothing. */
function cleaned(conditions: { readonly [K in keyof Conditions]?: Conditions[K] | undefined }): Conditions {
  return Object.fromEntries(
    Object.entries(conditions).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
