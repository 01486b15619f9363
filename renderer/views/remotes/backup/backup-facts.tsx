import { Code } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ByteSize } from '../../../components/byte-size.tsx';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Fact, Facts } from '../../../components/facts.tsx';
import { PathText } from '../../../components/path-text.tsx';
import { Section } from '../../../components/section.tsx';
import { useFormat } from '../../../components/use-format.ts';
import { useSentence } from '../../../i18n/use-sentence.ts';
import { BackupBadge } from '../remote-badge.tsx';
import type { RemoteBackup } from '../remote-view.ts';

/** What the remote tells of it; what it does not tell is not shown. */
export function BackupFacts({ backup }: { readonly backup: RemoteBackup }) {
  const { t } = useTranslation('remotes');
  const format = useFormat();
  const sentence = useSentence();
  const { sizeBytes, storedBytes, files, versions, checksum, restore, verify, ignoredFiles = [] } = backup;
  const texts = { description: backup.description, group: backup.group, price: backup.price };
  const times = { createdAt: backup.createdAt, completedAt: backup.completedAt };
  return (
    <Section title={t('facts.title')}>
      {backup.error !== undefined && <ErrorAlert error={{ message: backup.error }} title={t('backup.failed')} />}
      <Facts>
        <Fact label={t('facts.state')}>
          <BackupBadge state={backup.state} />
        </Fact>
        {named(texts).map(([name, value]) => (
          <Fact key={name} label={t(`backup.${name}`)}>
            <span dir="auto">{value}</span>
          </Fact>
        ))}
        {backup.source !== undefined && (
          <Fact label={t('backup.source')}>
            <PathText path={backup.source} />
          </Fact>
        )}
        {named(times).map(([name, value]) => (
          <Fact key={name} label={t(`backup.${name}`)}>
            <time dateTime={value}>{format.time(value)}</time>
          </Fact>
        ))}
        {sizeBytes !== undefined && (
          <Fact label={t('column.size')}>
            <ByteSize bytes={sizeBytes} />
          </Fact>
        )}
        {storedBytes !== undefined && (
          <Fact label={t('backup.stored')}>
            <ByteSize bytes={storedBytes} />
          </Fact>
        )}
        {files !== undefined && <Fact label={t('backup.files')}>{format.count(files)}</Fact>}
        {versions !== undefined && <Fact label={t('backup.versions')}>{format.count(versions)}</Fact>}
        {backup.locked !== undefined && (
          <Fact label={t('backup.protection')}>{t(backup.locked ? 'backup.locked' : 'backup.unlocked')}</Fact>
        )}
        {restore !== undefined && (
          <Fact label={t('backup.restore')}>
            <BackupBadge state={restore.state} /> {restore.target !== undefined && <PathText path={restore.target} />}{' '}
            {restore.message !== undefined && sentence(restore.message)}
          </Fact>
        )}
        {verify !== undefined && (
          <Fact label={t('backup.verify')}>
            {t(`verify.${verify.state}`)} {verify.message !== undefined && sentence(verify.message)}
          </Fact>
        )}
        {ignoredFiles.length > 0 && <Fact label={t('order.ignored')}>{ignoredFiles.join(', ')}</Fact>}
        {checksum !== undefined && (
          <Fact label={t(`checksum.${checksum.algorithm}`)}>
            <Code>{checksum.hex}</Code>
          </Fact>
        )}
        <Fact label={t('backup.id')}>
          <Code>{backup.id}</Code>
        </Fact>
      </Facts>
    </Section>
  );
}

/** Those that have a value, with their names. */
function named<Name extends string>(values: Readonly<Record<Name, string | undefined>>): [Name, string][] {
  const names = Object.keys(values) as Name[];
  return names.flatMap((name): [Name, string][] => {
    const value = values[name];
    return value === undefined || value === '' ? [] : [[name, value]];
  });
}
