import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AroundNavHandler, Router } from 'wouter';
import { navigate as goTo } from 'wouter/use-browser-location';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { pathOfUnsavedChanges } from '../components/use-unsaved-changes.ts';

/** Asks before a link, a key, the tray or the browser's back button leads away from changes that are not saved. */
export function LeaveGuard({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [target, setTarget] = useState('/');
  const askBefore = (to: string) => {
    setTarget(to);
    setOpened(true);
  };
  useBackButton(askBefore);
  const aroundNav: AroundNavHandler = (navigate, to, options) =>
    losesChanges(to) ? askBefore(to) : navigate(to, options);
  return (
    <Router aroundNav={aroundNav}>
      {children}
      <ConfirmDialog
        opened={opened}
        onClose={() => setOpened(false)}
        title={t('leave.title')}
        confirmLabel={t('leave.confirm')}
        destructive
        onConfirm={() => {
          setOpened(false);
          goTo(target);
        }}
      >
        {t('leave.text')}
      </ConfirmDialog>
    </Router>
  );
}

function losesChanges(to: string): boolean {
  const unsaved = pathOfUnsavedChanges();
  return unsaved !== undefined && unsaved !== to;
}

/** Asks about going back or forward, while there is a guard. */
let askBeforeMoving: ((to: string) => void) | undefined;

function useBackButton(askBefore: (to: string) => void): void {
  useEffect(() => {
    askBeforeMoving = askBefore;
    return () => {
      askBeforeMoving = undefined;
    };
  });
}

// The browser tells of back and forward when they have happened, and its listeners in the order in which they came: this one is here
// before the router has any, so that the page is put back before the router sees that it was left.
addEventListener('popstate', (event) => {
  const to = location.pathname;
  if (askBeforeMoving === undefined || !losesChanges(to)) return;
  event.stopImmediatePropagation();
  history.pushState(null, '', pathOfUnsavedChanges());
  askBeforeMoving(to);
});
