import { Alert, Group, List, Stack, Text } from '@mantine/core';
import { CircleX } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isHoldfastError, messageOf } from '../../src/control/errors.ts';
import { useSentence } from '../i18n/use-sentence.ts';

interface ErrorLike {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

interface ErrorAlertProps {
  /** Whatever was thrown, or the error of a job. */
  readonly error: unknown;
  /** Instead of the words for its code. */
  readonly title?: string;
  /** The one thing that helps. */
  readonly action?: ReactNode;
}

/** An error with its message, the hint that says what to do, and the button that does it. */
export function ErrorAlert({ error, title, action }: ErrorAlertProps) {
  const { t, i18n } = useTranslation();
  const sentence = useSentence();
  const { code = '', message, hint, fields = [] } = readError(error);
  const words = i18n.exists(`error.${code}`) ? t(`error.${code as 'other'}`) : t('error.other');
  return (
    <Alert color="red" icon={<CircleX aria-hidden />} title={title ?? words} role="alert">
      <Stack gap="xs">
        <Text size="sm">{sentence(message)}</Text>
        {fields.length > 1 && (
          <List size="sm">
            {fields.map((field) => (
              <List.Item key={field.path}>
                {field.path}: {sentence(field.message)}
              </List.Item>
            ))}
          </List>
        )}
        {hint !== undefined && <Text size="sm">{sentence(hint)}</Text>}
        {action !== undefined && <Group gap="xs">{action}</Group>}
      </Stack>
    </Alert>
  );
}

function readError(error: unknown): ErrorLike {
  if (isHoldfastError(error)) return error;
  if (typeof error === 'object' && error !== null && 'message' in error && !(error instanceof Error)) {
    return error as ErrorLike;
  }
  return { message: messageOf(error) };
}
