import { Anchor } from '@mantine/core';
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import classes from './repositories.module.css';

export function BackToRepositories() {
  const { t } = useTranslation('repositories');
  return (
    <Anchor component={Link} href="/repositories" size="sm" className={classes.back}>
      <ArrowLeft size={14} aria-hidden /> {t('back')}
    </Anchor>
  );
}
