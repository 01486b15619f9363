import { useTranslation } from 'react-i18next';
import { BackLink } from '../../components/back-link.tsx';

export function BackToRepositories() {
  const { t } = useTranslation('repositories');
  return <BackLink href="/repositories">{t('back')}</BackLink>;
}
