/** How long to wait before the agent is started again, and when the user is told. */

/** It is told of after so many ends in a row. */
const tellAfter = 4;
/** One that ran for so long did not fail to start. */
export const steadyMs = 60_000;

const firstMs = 500;
const longestMs = 60_000;

/** @param failures how often it ended in a row, from 1 */
export function retryInMs(failures: number): number {
  return Math.min(longestMs, firstMs * 4 ** (failures - 1));
}

/** Once in a row of failures. */
export function isToBeTold(failures: number): boolean {
  return failures === tellAfter;
}
