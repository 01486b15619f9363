import { useEffect } from 'react';

/** Where the changes are that nobody saved yet: the path of the page; there is one form a page. */
let unsaved: string | undefined;

export function pathOfUnsavedChanges(): string | undefined {
  return unsaved;
}

/** Going away is asked about: by the browser when the page is closed, by LeaveGuard when another screen is opened. */
export function useUnsavedChanges(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return;
    unsaved = location.pathname;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => {
      unsaved = undefined;
      removeEventListener('beforeunload', ask);
    };
  }, [isChanged]);
}
