import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '../../data/client.ts';
import { commonFolder } from './snapshot-paths.ts';

interface DownloadLinkProps {
  readonly snapshot: { readonly id: string; readonly repositoryId: string };
  readonly paths: readonly string[];
  readonly leftSection?: ReactNode;
  readonly children: ReactNode;
}

/** Characters of an address that every server takes. */
const longestAddress = 8000;

/** A selection as one archive, through the browser: also for who looks at an agent on another machine. */
export function DownloadLink({ snapshot, paths, leftSection, children }: DownloadLinkProps) {
  const { t } = useTranslation('restore');
  const href = client.snapshots.download.url({
    params: { id: snapshot.id },
    query: {
      repositoryId: snapshot.repositoryId,
      paths: [...paths],
      format: 'zip',
      ...(paths.length === 0 ? {} : { from: commonFolder(paths) }),
    },
  });
  if (href.length > longestAddress) {
    return (
      <Button size="xs" variant="default" disabled leftSection={leftSection} title={t('download.tooMany')}>
        {children}
      </Button>
    );
  }
  return (
    <Button size="xs" variant="default" component="a" href={href} download leftSection={leftSection}>
      {children}
    </Button>
  );
}
