// In the page itself: it is shown, too, when nothing more can be had from the agent.
import icon from '../icon.svg?inline';
import classes from './mark.module.css';

/** The name with its sign. */
export function Mark() {
  return (
    <span className={classes.mark}>
      <img src={icon} alt="" width={28} height={28} />
      Holdfast
    </span>
  );
}
