import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { useAgentMutation } from '../../data/agent-call.ts';
import type { PlanView } from './plan-row.tsx';

interface DeletePlanProps {
  readonly plan: PlanView['plan'];
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onDeleted?: () => void;
}

/** What was backed up stays; that is said, since people fear the other thing. */
export function DeletePlan({ plan, opened, onClose, onDeleted }: DeletePlanProps) {
  const { t } = useTranslation('plans');
  const remove = useAgentMutation('plans', 'remove', {
    onSuccess: () => {
      onClose();
      onDeleted?.();
    },
  });
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t('delete.title', { plan: plan.name })}
      confirmLabel={t('delete.confirm')}
      destructive
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { id: plan.id } })}
    >
      {t('delete.text')}
    </ConfirmDialog>
  );
}
