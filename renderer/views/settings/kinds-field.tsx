import { Checkbox, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TellingKind } from '../../../src/config/telling.ts';

const kinds: readonly TellingKind[] = ['failed', 'overdue', 'warning', 'problem', 'skipped', 'started', 'succeeded'];
/** What people want to hear of; the rest is noise to most. */
export const usualKinds: readonly TellingKind[] = ['failed', 'overdue', 'warning', 'problem'];

interface KindsFieldProps {
  readonly value: readonly TellingKind[];
  readonly onChange: (value: TellingKind[]) => void;
}

/** Of what somebody is told. */
export function KindsField({ value, onChange }: KindsFieldProps) {
  const { t } = useTranslation('settings');
  return (
    <Checkbox.Group
      label={t('kinds.label')}
      value={[...value]}
      onChange={(chosen) => onChange(kinds.filter((kind) => chosen.includes(kind)))}
    >
      <Group gap="md" mt="xs">
        {kinds.map((kind) => (
          <Checkbox key={kind} value={kind} label={t(`kinds.${kind}`)} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}
