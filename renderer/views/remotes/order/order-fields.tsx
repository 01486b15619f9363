import { Checkbox, Group, NumberInput, Select, Stack, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RemoteOrder } from '../../../../src/config/remote.ts';
import { useLinesField } from '../../plans/editor/use-lines-field.ts';
import type { Capabilities } from '../remote-view.ts';
import { databaseTypes, orderFields } from './order.ts';

interface OrderProps {
  readonly order: RemoteOrder;
  readonly onChange: (order: RemoteOrder) => void;
}

/** The fields that the dialect takes, and no others. */
export function OrderFields({ capabilities, ...props }: OrderProps & { readonly capabilities: Capabilities }) {
  const { t } = useTranslation('remotes');
  const shown = orderFields.filter((field) => capabilities.createFields.includes(field));
  if (shown.length === 0) return <Text c="dimmed">{t('order.none')}</Text>;
  return (
    <Stack gap="sm">
      {shown.map((field) => (
        <OrderField key={field} field={field} required={capabilities.createNeeds.includes(field)} {...props} />
      ))}
    </Stack>
  );
}

interface OrderFieldProps extends OrderProps {
  readonly field: (typeof orderFields)[number];
  readonly required: boolean;
}

function OrderField({ field, order, onChange, required }: OrderFieldProps) {
  const { t } = useTranslation('remotes');
  const label = t(`order.${field}`);
  const set = (value: unknown) => onChange({ ...order, [field]: value });
  switch (field) {
    case 'name':
    case 'path':
    case 'frequency':
      return (
        <TextInput
          label={label}
          {...(field === 'name' ? {} : { description: t(`order.${field}How`), spellCheck: false })}
          required={required}
          value={order[field] ?? ''}
          onChange={(event) => set(event.currentTarget.value)}
        />
      );
    case 'description':
      return (
        <Textarea label={label} value={order.description ?? ''} onChange={(event) => set(event.currentTarget.value)} />
      );
    case 'ignored':
      return <IgnoredField order={order} onChange={onChange} />;
    case 'locked':
      return (
        <Checkbox
          label={label}
          checked={order.locked === true}
          onChange={(event) => set(event.currentTarget.checked || undefined)}
        />
      );
    case 'databaseTypes':
      return (
        <Checkbox.Group
          label={label}
          description={t('order.databaseTypesHow')}
          value={[...(order.databaseTypes ?? [])]}
          onChange={set}
        >
          <Group mt={6}>
            {databaseTypes.map((type) => (
              <Checkbox key={type} value={type} label={t(`database.${type}`)} />
            ))}
          </Group>
        </Checkbox.Group>
      );
    case 'keepCount':
      return (
        <NumberInput
          label={label}
          maw={240}
          min={1}
          max={100_000}
          allowDecimal={false}
          value={order.keepCount ?? ''}
          onChange={(value) => set(value === '' ? undefined : Number(value))}
        />
      );
    case 'gzip':
    case 'onReplica':
      return (
        <Select
          label={label}
          maw={280}
          allowDeselect={false}
          data={choices.map((value) => ({ value, label: t(`choice.${value}`) }))}
          value={order[field] === undefined ? 'usual' : order[field] ? 'yes' : 'no'}
          onChange={(chosen) => set(chosen === 'usual' ? undefined : chosen === 'yes')}
        />
      );
    case 'excludedTables':
      return <TagsInput label={label} value={[...(order.excludedTables ?? [])]} onChange={set} />;
  }
}

const choices = ['usual', 'yes', 'no'] as const;

function IgnoredField({ order, onChange }: OrderProps) {
  const { t } = useTranslation('remotes');
  const lines = useLinesField(order.ignored ?? [], (ignored) => onChange({ ...order, ignored }));
  return (
    <Textarea label={t('order.ignored')} description={t('order.ignoredHow')} rows={3} spellCheck={false} {...lines} />
  );
}
