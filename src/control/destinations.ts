/** Where repositories can live, and what each kind of place is told: for faces that make forms of it. */
export { type DestinationField, destinationKind, destinationKinds } from '../config/destination.ts';
