/** Around each view: a skeleton while it is loaded, and what to do when it fails. */
import { Button, Skeleton, Stack } from '@mantine/core';
import { Component, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../components/error-alert.tsx';

export function ViewFrame({ children }: { readonly children: ReactNode }) {
  return (
    <FailureBoundary>
      <Suspense fallback={<ViewSkeleton />}>{children}</Suspense>
    </FailureBoundary>
  );
}

function ViewSkeleton() {
  const { t } = useTranslation();
  return (
    <Stack aria-label={t('view.loading')} aria-busy>
      <Skeleton height={32} width={220} />
      <Skeleton height={96} radius="lg" />
      <Skeleton height={160} radius="lg" />
    </Stack>
  );
}

/** React has no hook for this. */
class FailureBoundary extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <ViewFailed error={this.state.error} />;
  }
}

function ViewFailed({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  return (
    <ErrorAlert
      error={error}
      title={t('view.failed')}
      action={
        <Button size="xs" variant="default" onClick={() => location.reload()}>
          {t('connection.reload')}
        </Button>
      }
    />
  );
}
