import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import classes from './navigation.module.css';
import { navigation } from './screens.ts';

/** The list of screens. */
export function Navigation() {
  const { t } = useTranslation();
  const [location] = useLocation();
  return (
    <nav aria-label={t('nav.label')} className={classes.list}>
      {navigation.map(({ name, path, Icon }) => (
        <Link key={name} href={path} className={classes.link} aria-current={isAt(location, path) ? 'page' : undefined}>
          <Icon size={18} aria-hidden />
          {t(`nav.${name}`)}
        </Link>
      ))}
    </nav>
  );
}

function isAt(location: string, path: string): boolean {
  return path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`);
}
