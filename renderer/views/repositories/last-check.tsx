import { useTranslation } from 'react-i18next';
import { RelativeTime } from '../../components/relative-time.tsx';
import type { RepositoryView } from './repository-list.tsx';

/** When it was last looked through for damage, and how that ended. */
export function LastCheck({ view: { lastCheckAt, lastCheckFailed } }: { readonly view: RepositoryView }) {
  const { t } = useTranslation('repositories');
  if (lastCheckAt === undefined) return t('facts.notYet');
  return (
    <>
      {lastCheckFailed === true && t('fact.checkFailed')} <RelativeTime time={lastCheckAt} />
    </>
  );
}
