import { Checkbox, Radio } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './choice-cards.module.css';

interface ChoiceCardsProps {
  /** At least, in pixels; 220 unless given. */
  readonly cardWidth?: number;
  readonly children: ReactNode;
}

/** Choices beside each other, as many as there is room for. */
export function ChoiceCards({ cardWidth = 220, children }: ChoiceCardsProps) {
  return (
    <div
      className={classes.cards}
      style={{ gridTemplateColumns: `repeat(auto-fill, minmax(min(${cardWidth}px, 100%), 1fr))` }}
    >
      {children}
    </div>
  );
}

interface ChoiceCardProps {
  readonly type: 'checkbox' | 'radio';
  readonly label: string;
  readonly description: ReactNode;
  readonly checked: boolean;
  readonly disabled?: boolean;
  /** In a Radio.Group, which then hears of the choice. */
  readonly value?: string;
  readonly onChange?: (isOn: boolean) => void;
}

/** A choice with room for a sentence; all of it can be clicked. */
export function ChoiceCard({ type, label, description, checked, disabled, value, onChange }: ChoiceCardProps) {
  const Control = type === 'checkbox' ? Checkbox : Radio;
  return (
    <div className={classes.card} data-checked={checked || undefined} data-disabled={disabled || undefined}>
      <Control
        label={label}
        description={description}
        checked={checked}
        disabled={disabled === true}
        {...(value === undefined ? {} : { value })}
        onChange={(event) => onChange?.(event.currentTarget.checked)}
        classNames={{ body: classes.body ?? '', inner: classes.box ?? '', labelWrapper: classes.label ?? '' }}
      />
    </div>
  );
}
