import { useTranslation } from 'react-i18next';
import { BackLink } from '../../../components/back-link.tsx';

export function BackToPlans() {
  const { t } = useTranslation('plans');
  return <BackLink href="/plans">{t('back')}</BackLink>;
}
