import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { isHoldfastError } from '../../../src/control/errors.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';

/** Why backups cannot be read; where it is the repository itself, with the way to where that is mended. */
export function ReadingError({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  const isMendable = isHoldfastError(error, 'wrong-password', 'no-repository', 'corrupt');
  if (!isMendable) return <ErrorAlert error={error} />;
  const toRepositories = (
    <Button size="xs" component={Link} href="/repositories">
      {t('nav.repositories')}
    </Button>
  );
  return <ErrorAlert error={error} action={toRepositories} />;
}
