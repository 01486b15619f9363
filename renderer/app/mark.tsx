import classes from './mark.module.css';

/** The name with its sign. */
export function Mark() {
  return (
    <span className={classes.mark}>
      <img src="/icon.svg" alt="" width={28} height={28} />
      Holdfast
    </span>
  );
}
