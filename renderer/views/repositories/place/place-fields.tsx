import { Button, Collapse, Group, PasswordInput, Radio, Select, Stack, Text, TextInput } from '@mantine/core';
import { FolderOpen, KeyRound } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type DestinationField, destinationKinds } from '../../../../src/control/destinations.ts';
import { ChoiceCard, ChoiceCards } from '../../../components/choice-cards.tsx';
import { Fields } from '../../../components/fields.tsx';
import { FolderPicker } from '../../../components/folder-picker.tsx';
import { exampleOf, newPlace, type Place, placeKinds } from './place.ts';

export interface PlaceFieldsProps {
  readonly place: Place;
  readonly onChange: (place: Place) => void;
  /** Names of credentials that are kept already. */
  readonly kept?: readonly string[];
}

/** What hardly anybody needs is a click away. */
const usualFields: Readonly<Record<string, readonly string[]>> = {
  sftp: ['password', 'keyFile', 'passphrase'],
  s3: ['accessKeyId', 'secretAccessKey', 'region'],
  rest: ['username', 'password', 'caFile'],
};

/** Values that there are but few of. */
const choices: Readonly<Record<string, readonly string[]>> = {
  bucketLookup: ['auto', 'path', 'dns'],
  sse: ['AES256', 'aws:kms'],
  retentionMode: ['GOVERNANCE', 'COMPLIANCE'],
};

/** The kind of place, its address, and what it is told, as config/destination.ts lists it. */
export function PlaceFields({ place, onChange, kept = [] }: PlaceFieldsProps) {
  const { t } = useTranslation('repositories');
  const [isOpen, setOpen] = useState(false);
  const fields = (destinationKinds[place.kind]?.fields ?? []).filter(({ name }) => name !== 'hostKey');
  const usual = usualFields[place.kind] ?? [];
  const more = fields.filter(({ name }) => !usual.includes(name));
  const shown = fields.filter(({ name }) => usual.includes(name));
  const fieldProps = { place, onChange, kept };
  return (
    <Stack>
      <Radio.Group
        label={t('place.kind')}
        value={place.kind}
        onChange={(kind) => kind !== place.kind && onChange(newPlace(kind))}
      >
        <ChoiceCards>
          {placeKinds.map((kind) => (
            <ChoiceCard
              key={kind}
              type="radio"
              value={kind}
              label={t(`kind.${kind as 'local'}.title`)}
              description={t(`kind.${kind as 'local'}.text`)}
              checked={kind === place.kind}
            />
          ))}
        </ChoiceCards>
      </Radio.Group>
      <Address {...fieldProps} />
      {shown.length > 0 && (
        <Fields>
          {shown.map((field) => (
            <Field key={field.name} field={field} {...fieldProps} />
          ))}
        </Fields>
      )}
      {place.settings.hostKey !== undefined && (
        <Group gap="xs">
          <KeyRound size={16} aria-hidden />
          <Text size="sm">{t('place.hostKey')}</Text>
          <Button size="compact-sm" variant="subtle" onClick={() => onChange(withoutHostKey(place))}>
            {t('place.forgetHostKey')}
          </Button>
        </Group>
      )}
      {more.length > 0 && (
        <>
          <Group>
            <Button variant="subtle" size="xs" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {t('place.more')}
            </Button>
          </Group>
          <Collapse expanded={isOpen}>
            <Fields>
              {more.map((field) => (
                <Field key={field.name} field={field} {...fieldProps} />
              ))}
            </Fields>
          </Collapse>
        </>
      )}
    </Stack>
  );
}

function Address({ place, onChange }: PlaceFieldsProps) {
  const { t } = useTranslation('repositories');
  const [isPicking, setPicking] = useState(false);
  const isFolder = place.kind === 'local';
  return (
    <Group align="end" gap="sm">
      <TextInput
        flex={1}
        miw={220}
        label={t(isFolder ? 'place.folder' : 'place.address')}
        placeholder={exampleOf(place.kind)}
        {...(isFolder ? {} : { leftSection: <Text size="sm">{place.kind}:</Text>, leftSectionWidth: 48 })}
        required
        spellCheck={false}
        value={place.address}
        onChange={(event) => onChange({ ...place, address: event.currentTarget.value })}
      />
      {isFolder && (
        <>
          <Button variant="default" leftSection={<FolderOpen size={16} aria-hidden />} onClick={() => setPicking(true)}>
            {t('place.choose')}
          </Button>
          <FolderPicker
            opened={isPicking}
            onClose={() => setPicking(false)}
            title={t('place.choose')}
            onChoose={(address) => onChange({ ...place, address })}
          />
        </>
      )}
    </Group>
  );
}

function Field({
  field: { name, secret },
  place,
  onChange,
  kept = [],
}: PlaceFieldsProps & { readonly field: DestinationField }) {
  const { t } = useTranslation('repositories');
  const label = t(`field.${place.kind}.${name}` as 'field.sftp.keyFile');
  const group = secret ? 'credentials' : 'settings';
  const value = place[group][name] ?? '';
  const set = (text: string) => onChange({ ...place, [group]: { ...place[group], [name]: text } });
  if (secret) {
    return (
      <PasswordInput
        label={label}
        description={t(kept.includes(name) ? 'place.kept' : 'place.secret')}
        autoComplete="new-password"
        value={value}
        onChange={(event) => set(event.currentTarget.value)}
      />
    );
  }
  const few = choices[name];
  if (few !== undefined) {
    return (
      <Select
        label={label}
        clearable
        clearButtonProps={{ 'aria-label': t('place.clear') }}
        data={[...few]}
        value={value === '' ? null : value}
        onChange={(chosen) => set(chosen ?? '')}
      />
    );
  }
  return (
    <TextInput label={label} spellCheck={false} value={value} onChange={(event) => set(event.currentTarget.value)} />
  );
}

function withoutHostKey(place: Place): Place {
  const { hostKey: _, ...settings } = place.settings;
  return { ...place, settings };
}
