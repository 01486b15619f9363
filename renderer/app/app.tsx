/** Everything that all screens share: theme, cache, live connection, router, shell. */
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useEffect, useState } from 'react';
import { client } from '../data/client.ts';
import { setConnection } from '../data/connection.ts';
import { followAgent } from '../data/live.ts';
import { createQueryClient } from '../data/query-client.ts';
import { theme } from '../theme/theme.ts';
import { colorSchemeManager } from './color-scheme.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { Shell } from './shell.tsx';
import { useSettingsEffects } from './use-settings-effects.ts';

export function App() {
  const [queryClient] = useState(createQueryClient);
  useEffect(() => {
    const stop = new AbortController();
    void followAgent({ client, queryClient, signal: stop.signal, onConnection: setConnection });
    return () => stop.abort();
  }, [queryClient]);
  return (
    // The build writes what Mantine would put into <style> elements (build/window/theme-style-sheet.mjs).
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" />
        <Suspense>
          <LeaveGuard>
            <Signed />
          </LeaveGuard>
        </Suspense>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Signed() {
  useSettingsEffects();
  return <Shell />;
}
