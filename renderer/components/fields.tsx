import type { ReactNode } from 'react';
import classes from './fields.module.css';

interface FieldsProps {
  /** At least, in pixels; 220 unless given. */
  readonly fieldWidth?: number;
  readonly children: ReactNode;
}

/** Fields of a form beside each other, as many as there is room for; the boxes of a line are at one height. */
export function Fields({ fieldWidth = 220, children }: FieldsProps) {
  return (
    <div
      className={classes.fields}
      style={{ gridTemplateColumns: `repeat(auto-fill, minmax(min(${fieldWidth}px, 100%), 1fr))` }}
    >
      {children}
    </div>
  );
}
