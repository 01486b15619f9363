/** The errors that a client of the control API throws, for faces that know nothing else of what lies below. */
export { type HoldfastError, isHoldfastError, messageOf } from '../base/errors.ts';
