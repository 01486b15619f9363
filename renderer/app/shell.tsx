/** The frame of all screens: skip link, navigation, connection, the screen itself. */
import { Burger, Drawer } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Route, Switch, useLocation } from 'wouter';
import { useConnection } from '../data/connection.ts';
import { shell } from '../data/shell.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { Mark } from './mark.tsx';
import { Navigation } from './navigation.tsx';
import { screens } from './screens.ts';
import classes from './shell.module.css';
import { Shortcuts } from './shortcuts.tsx';
import { SignedOut } from './signed-out.tsx';
import { ViewFrame } from './view-frame.tsx';

export function Shell() {
  const { t } = useTranslation();
  const connection = useConnection();
  const [menuOpen, menu] = useDisclosure(false);
  const main = useFocusOnNavigation(menu.close);
  useOpenedByDesktop();
  if (connection.state === 'refused') return <SignedOut error={connection.error} />;
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        {t('skip')}
      </a>
      <Shortcuts />
      <header className={classes.bar}>
        <Burger opened={menuOpen} onClick={menu.toggle} aria-label={t('nav.open')} size="sm" />
        <Mark />
      </header>
      <Drawer
        opened={menuOpen}
        onClose={menu.close}
        size={280}
        title={<Mark />}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <Navigation />
      </Drawer>
      <aside className={classes.side}>
        <div className={classes.sticky}>
          <div className={classes.mark}>
            <Mark />
          </div>
          <Navigation />
        </div>
      </aside>
      <div className={classes.content}>
        <ConnectionBanner />
        <main id="main" ref={main} tabIndex={-1} className={classes.main}>
          <Switch>
            {screens.map(({ name, path, View }) => (
              <Route key={name} path={path === '/' ? '/' : `${path}/*?`}>
                <ViewFrame key={name}>
                  <View />
                </ViewFrame>
              </Route>
            ))}
            <Route>
              <NotThere />
            </Route>
          </Switch>
        </main>
      </div>
    </div>
  );
}

/** An address that leads nowhere goes home. */
function NotThere() {
  const [, navigate] = useLocation();
  useEffect(() => navigate('/', { replace: true }), [navigate]);
  return null;
}

/** The tray and notifications lead to screens. */
function useOpenedByDesktop(): void {
  const [, navigate] = useLocation();
  const go = useRef(navigate);
  go.current = navigate;
  useEffect(() => shell?.onOpen((path) => go.current(path)), []);
}

/** After another screen was chosen the focus is on it, not on what led there. */
function useFocusOnNavigation(onNavigated: () => void) {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = path.split('/')[1] ?? '';
  const shown = useRef(first);
  const navigated = useRef(onNavigated);
  navigated.current = onNavigated;
  useEffect(() => {
    if (shown.current === first) return;
    shown.current = first;
    navigated.current();
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [first]);
  // Within a screen: where the link that was followed is gone, as that of a list is on the page of one thing.
  const shownPath = useRef(path);
  useEffect(() => {
    if (shownPath.current === path) return;
    shownPath.current = path;
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [path]);
  return main;
}
