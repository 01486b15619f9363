import { Checkbox, Radio } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './start.module.css';

interface ChoiceCardProps {
  readonly type: 'checkbox' | 'radio';
  readonly label: string;
  readonly description: ReactNode;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** A choice with room for a sentence; all of it can be clicked. */
export function ChoiceCard({ type, label, description, checked, disabled = false, onChange }: ChoiceCardProps) {
  const Control = type === 'checkbox' ? Checkbox : Radio;
  return (
    <div className={classes.card} data-checked={checked || undefined} data-disabled={disabled || undefined}>
      <Control
        label={label}
        description={description}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
        classNames={{ body: classes.body ?? '', labelWrapper: classes.label ?? '' }}
      />
    </div>
  );
}
