import { Checkbox, PasswordInput, Select, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RemoteInput } from '../../../../src/config/remote.ts';
import { Fields } from '../../../components/fields.tsx';
import { dialects, isPlainHttp } from './remote-draft.ts';

interface ConnectionFieldsProps {
  readonly draft: RemoteInput;
  readonly onChange: (draft: RemoteInput) => void;
  readonly credential: string;
  readonly onCredential: (credential: string) => void;
  /** One is there already, and stays unless another one is typed. */
  readonly keepsCredential?: boolean;
}

/** Where it is, what of it, who asks, and what the dialect can be told. */
export function ConnectionFields(props: ConnectionFieldsProps) {
  const { draft, onChange, credential, onCredential, keepsCredential = false } = props;
  const { t } = useTranslation('remotes');
  const { hasScope, setting } = dialects[draft.dialect];
  return (
    <>
      <Fields>
        <TextInput
          label={t('field.address')}
          placeholder="https://backup.example.org"
          required
          spellCheck={false}
          value={draft.baseUrl}
          onChange={(event) => onChange({ ...draft, baseUrl: event.currentTarget.value })}
        />
        {hasScope && (
          <TextInput
            label={t(`scope.${draft.dialect as 'panel'}`)}
            required
            spellCheck={false}
            value={draft.scope ?? ''}
            onChange={(event) => onChange({ ...draft, scope: event.currentTarget.value })}
          />
        )}
        <PasswordInput
          label={t('field.credential')}
          description={t(keepsCredential ? 'field.credentialKept' : 'field.credentialHow')}
          required={!keepsCredential}
          autoComplete="new-password"
          value={credential}
          onChange={(event) => onCredential(event.currentTarget.value)}
        />
        <TextInput
          label={t('field.name')}
          description={t('field.nameHow')}
          value={draft.name}
          onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
        />
        {setting !== undefined && (
          <Select
            label={t(`setting.${setting.name}.label`)}
            description={t(`setting.${setting.name}.how`)}
            allowDeselect={false}
            data={[...setting.values]}
            value={String(draft.settings[setting.name] ?? setting.values[0])}
            onChange={(value) => onChange({ ...draft, settings: { ...draft.settings, [setting.name]: value } })}
          />
        )}
      </Fields>
      {isPlainHttp(draft) && (
        <Checkbox
          label={t('field.allowInsecure')}
          description={t('field.allowInsecureHow')}
          checked={draft.allowInsecure}
          onChange={(event) => onChange({ ...draft, allowInsecure: event.currentTarget.checked })}
        />
      )}
    </>
  );
}
