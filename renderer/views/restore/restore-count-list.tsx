import { List, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../components/use-format.ts';
import type { RestoreCounts } from './restore-result.ts';

const outcomes = ['restored', 'updated', 'unchanged', 'skipped'] as const;

interface RestoreCountListProps {
  readonly counts: RestoreCounts;
  /** What will be, or was, done. */
  readonly tense: 'will' | 'did';
}

/** A line for each outcome that there is; that something is replaced stands out. */
export function RestoreCountList({ counts, tense }: RestoreCountListProps) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const shown = outcomes.filter((outcome) => counts[outcome] > 0);
  const writes = counts.restored + counts.updated > 0;
  return (
    <div role="status">
      {shown.length === 0 && <Text size="sm">{t('outcome.nothing')}</Text>}
      <List size="sm">
        {shown.map((outcome) => (
          <List.Item key={outcome} fw={outcome === 'updated' || outcome === 'restored' ? 600 : 400}>
            {t(`outcome.${tense}.${outcome}`, { count: counts[outcome], files: format.count(counts[outcome]) })}
          </List.Item>
        ))}
      </List>
      {writes ? (
        <Text size="sm" c="dimmed">
          {t('outcome.bytes', { size: format.bytes(counts.bytes) })}
        </Text>
      ) : (
        counts.skipped > 0 && <Text size="sm">{t('outcome.allThere')}</Text>
      )}
    </div>
  );
}
